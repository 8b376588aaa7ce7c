/** @file What a new ranker must show: a worse one, a doubtful one and skewed features do not pass. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { compareRankings, failedGates, gateOptions } from '../../src/learning/gates.ts'
import type { RankRows } from '../../src/ranking/rankers/ranker.ts'

const REQUESTS = 300
const SHOWN = 8
const options = gateOptions.parse({})

/** One wanted item a request, which a score of quality q tells from the others with noise of 1. */
function planted() {
  const random = createRandom(4)
  const labels = new Float32Array(REQUESTS * SHOWN)
  for (let request = 0; request < REQUESTS; request++) labels[request * SHOWN + random.below(SHOWN)] = 1
  const rows: RankRows = {
    names: [],
    families: [],
    values: new Float32Array(0),
    rows: labels.length,
    labels,
    offsets: Uint32Array.from({ length: REQUESTS + 1 }, (_, k) => k * SHOWN),
    units: Uint32Array.from({ length: REQUESTS }, (_, k) => k % 90),
    relevant: new Uint32Array(REQUESTS).fill(1),
  }
  const scores = (quality: number) => labels.map((label) => label * quality + random.float() * 2 - 1)
  return { rows, scores }
}

test('a better ranker passes, a worse one is refused with by how much', () => {
  const { rows, scores } = planted()
  const [weak, strong] = [scores(0.3), scores(1.5)]
  const better = compareRankings(rows, weak, strong, 1)!
  assert.equal(better.requests, REQUESTS)
  assert.equal(better.users, 90)
  assert.ok(better.difference.low > 0)
  assert.deepEqual(failedGates(better, 0, options), [])
  const worse = compareRankings(rows, strong, weak, 1)!
  assert.match(failedGates(worse, 0, options).join(), /NDCG@10 would change by -0\.\d+/)
})

test('the same ranker passes: it is not worse', () => {
  const { rows, scores } = planted()
  const served = scores(1)
  const same = compareRankings(rows, served, served, 1)
  assert.equal(same!.difference.value, 0)
  assert.deepEqual(failedGates(same, 0, options), [])
})

test('features that are not what was served are refused, as is a comparison over nothing', () => {
  const { rows, scores } = planted()
  const better = compareRankings(rows, scores(0.3), scores(1.5), 1)
  assert.match(failedGates(better, 0.05, options).join(), /5\.0 % of the logged feature values/)
  const nothing = { ...rows, labels: new Float32Array(rows.rows) }
  assert.equal(compareRankings(nothing, scores(1), scores(1), 1), null)
  assert.match(failedGates(null, 0, options).join(), /0 judged requests/)
})
