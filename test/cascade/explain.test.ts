/** @file Explanations add up to scores, also of items that no source ranked high and that fill up a short list. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { BELOW_POOL, explainRequest } from '../../src/cascade/explain.ts'
import { localExecutor } from '../../src/cascade/local-executor.ts'
import { Recommender } from '../../src/cascade/recommender.ts'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import type { RequestRecord } from '../../src/store/records.ts'
import { fittedClub } from '../server/reading-club.ts'

const club = await fittedClub()
after(() => club.remove())
const fitted = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
/** Sources agree on few books, so a category leaves less of them than a list has places. */
const POOL = 3
const snapshot = {
  ...fitted,
  blends: { ...fitted.blends, related: { ...fitted.blends.related!, pool: POOL } },
}

test('an item that fills up a list says by how much it was lowered, and its explanation adds up to its score', async () => {
  const requests: RequestRecord[] = []
  const log = {
    putItems: async () => ({ added: 0, updated: 0, repeated: 0 }),
    appendEvents: async () => ({ added: 0, updated: 0, repeated: 0 }),
    appendRequests: async (records: readonly RequestRecord[]) => void requests.push(...records),
    findRequest: async () => undefined,
  }
  const executor = localExecutor(snapshot, () => 0)
  const recommender = new Recommender({ snapshot, executor, log, now: () => 1_707_700_000_000 })
  const filters = [{ attribute: 'category', values: ['poetry'] }]
  const { items: shown } = await recommender.related('book-7', { limit: 12, filters, requestId: 'r' })
  assert.equal(shown.length, 12)
  const { items } = explainRequest({ request: requests[0]!, outcomes: [] }, snapshot)
  const amounts = items.map(({ score, features }) => {
    const sum = features.reduce((total, { contribution }) => total + (contribution ?? 0), 0)
    assert.ok(Math.abs(sum - score) < 1e-4, `${sum} ${score}`)
    return features.find(({ feature }) => feature === BELOW_POOL)?.value ?? 0
  })
  const inPool = amounts.indexOf(amounts.find((amount) => amount !== 0)!)
  assert.ok(inPool >= 1 && inPool < 12, String(inPool))
  assert.ok(amounts.slice(0, inPool).every((amount) => amount === 0))
  assert.ok(amounts.slice(inPool).every((amount) => amount !== 0))
})
