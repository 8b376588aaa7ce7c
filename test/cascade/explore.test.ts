/** @file Lists in random order: drawn anew for every request, again for the same id, with the stated probabilities. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { LocalCascade } from '../../src/cascade/local-executor.ts'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import { explorationOptions } from '../../src/ranking/exploration/options.ts'
import { fittedClub } from '../server/reading-club.ts'

const club = await fittedClub()
after(() => club.remove())
const snapshot = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
const LIMIT = 4
const REQUESTS = 600

/** The page of one book, always with the same seed, as visitors ask for it. */
function listFor(cascade: LocalCascade, requestId: string | null) {
  const asked = {
    request: {
      surface: 'related' as const,
      items: Uint32Array.of(7),
      weights: Float32Array.of(1),
      times: Float64Array.of(Number.NaN),
      user: -1,
      region: 0,
      language: 0,
      segment: 0,
      time: 1_707_700_000_000,
      seed: 8,
    },
    limit: LIMIT,
    seen: new Uint32Array(0),
    filters: [],
    requestId,
    record: false,
    useRanker: true,
    boost: false,
    arm: 0,
  }
  return cascade.finish(asked, cascade.propose(asked).proposals)
}

test('visitors of one page see its random lists in different orders, each as often as its propensity says', () => {
  const exploration = explorationOptions.parse({ share: 1 })
  const cascade = new LocalCascade(snapshot, () => 0, { exploration })
  const best = [...listFor(cascade, null).items]
  const first = new Map<number, number>()
  for (let k = 0; k < REQUESTS; k++) {
    const { items, propensities, policy } = listFor(cascade, `request-${k}`)
    assert.equal(policy, 'uniform')
    assert.deepEqual([...items].sort(), [...best].sort())
    assert.ok(Math.abs(propensities[0] - 1 / LIMIT) < 1e-12)
    first.set(items[0], (first.get(items[0]) ?? 0) + 1)
  }
  // χ² with three degrees of freedom is above 16.3 once in a thousand.
  const expected = REQUESTS / LIMIT
  const chiSquare = best.reduce((sum, item) => sum + ((first.get(item) ?? 0) - expected) ** 2 / expected, 0)
  assert.ok(chiSquare < 16.3, String(chiSquare))
  assert.deepEqual(listFor(cascade, 'request-3').items, listFor(cascade, 'request-3').items)
})

test('a request without an id never explores', () => {
  const exploration = explorationOptions.parse({ share: 1 })
  const cascade = new LocalCascade(snapshot, () => 0, { exploration })
  const { policy, propensities } = listFor(cascade, null)
  assert.equal(policy, 'ranked')
  assert.ok(propensities.every((propensity) => propensity === 1))
})
