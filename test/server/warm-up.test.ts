/** @file What a worker asks itself is what its first visitors will ask. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { degree } from '../../src/base/csr.ts'
import { LocalCascade, pagesToShare } from '../../src/cascade/local-executor.ts'
import { readSnapshot } from '../../src/cascade/snapshot.ts'
import { warmUp } from '../../src/server/warm-up.ts'
import { fittedClub } from './reading-club.ts'

const club = await fittedClub()
after(() => club.remove())
const snapshot = await readSnapshot(club.snapshotFolder, '20240211-000000-000')
const clock = () => performance.now()

/** Grows with each answer that is remembered, and with nothing else. */
const remembered = (pages: Int32Array) => pages.reduce((count, word) => count + (word === 0 ? 0 : 1), 0)

function visit(cascade: LocalCascade, item: number): void {
  cascade.propose({
    request: {
      surface: 'related',
      items: Uint32Array.of(item),
      weights: Float32Array.of(1),
      times: Float64Array.of(1_707_000_000_000),
      user: 3,
      region: 0,
      language: 0,
      segment: 1,
      time: 1_707_000_000_000,
      seed: item + 1,
    },
    limit: 20,
    seen: new Uint32Array(0),
    filters: [],
    requestId: 'a visit',
    record: true,
    useRanker: true,
    boost: false,
    arm: 0,
  })
}

test('after it, no page of the catalog has to be looked for, whichever worker did it', () => {
  const pages = pagesToShare()
  const cascades = [0, 1].map(() => new LocalCascade(snapshot, clock, {}, pages))
  const requests = cascades.map(
    (cascade, place) => [...warmUp(cascade, snapshot, { place, workers: 2 })].length,
  )
  // 120 books, one of them hidden, and two dozen lists for `home` each.
  assert.equal(requests[0]! + requests[1]!, 119 + 2 * 24)
  const before = remembered(pages)
  const hidden = snapshot.catalog.hidden.indexOf(1)
  for (let item = 0; item < 120; item++) if (item !== hidden) visit(cascades[item % 2]!, item)
  assert.equal(remembered(pages), before)
  visit(cascades[0]!, hidden)
  assert.ok(remembered(pages) > before, 'the hidden book was not asked for')
})

test('a worker that is stopped on the way has gone through the most popular pages', () => {
  const pages = pagesToShare()
  const cascade = new LocalCascade(snapshot, clock, {}, pages)
  const steps = warmUp(cascade, snapshot, { place: 0, workers: 1 })
  for (let k = 0; k < 24 + 10; k++) steps.next()
  const before = remembered(pages)
  const readers = Array.from(snapshot.catalog.hidden, (_, item) => degree(snapshot.graph.toCollections, item))
  visit(cascade, readers.indexOf(Math.max(...readers)))
  assert.equal(remembered(pages), before)
  visit(cascade, readers.indexOf(Math.min(...readers)))
  assert.ok(remembered(pages) > before)
})
