/** @file The tree ranker: finds what the blend does not see, and grows nothing where there is nothing to find. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { BLEND_SCORE } from '../../../src/ranking/features/membership.ts'
import { holdOutUnits } from '../../../src/ranking/rankers/hold-out.ts'
import type { RankRows } from '../../../src/ranking/rankers/ranker.ts'
import { fitRanker, openRanker } from '../../../src/ranking/rankers/registry.ts'

const REQUESTS = 400
const CANDIDATES = 20
const NAMES = [BLEND_SCORE, 'hidden', 'noise']

/** @param weight how much what is wanted follows from the feature `hidden`, beside the blend's score */
function rowsWith(weight: number): RankRows {
  const random = createRandom(9)
  const rows = REQUESTS * CANDIDATES
  const values = new Float32Array(rows * NAMES.length)
  const labels = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < NAMES.length; c++) values[row * NAMES.length + c] = random.float()
    const [blend, hidden] = values.subarray(row * NAMES.length)
    labels[row] = random.float() < 0.1 * blend + weight * (hidden > 0.8 ? 1 : 0) ? 1 : 0
  }
  return {
    names: NAMES,
    families: ['membership', 'item', 'item'],
    values,
    rows,
    labels,
    offsets: Uint32Array.from({ length: REQUESTS + 1 }, (_, k) => k * CANDIDATES),
    units: Uint32Array.from({ length: REQUESTS }, (_, k) => k % 150),
    periods: Uint8Array.from({ length: REQUESTS }, (_, k) => k % 3),
    relevant: new Uint32Array(REQUESTS).fill(1),
  }
}
const fit = { threads: 2, seed: 1, progress: silentProgress }

test('a planted feature is found, and lifts the rows that have it', async () => {
  const model = await fitRanker('trees', rowsWith(0.6), { minDataInLeaf: 20 }, fit)
  assert.ok((model.fitted.trees as number) > 0)
  const scores = new Float32Array(2)
  openRanker(model, 'planted').score(Float32Array.of(0.5, 0.2, 0.5, 0.5, 0.95, 0.5), 2, scores)
  assert.ok(scores[1] > scores[0] + 0.5, scores.join())
})

test('where nothing is left to learn there is no tree, and the order is the blend’s', async () => {
  const model = await fitRanker('trees', rowsWith(0), {}, fit)
  assert.deepEqual([model.fitted.trees, model.text, model.blendWeight], [0, '', 1])
  const scores = Float32Array.of(7, 7)
  openRanker(model, 'nothing').score(new Float32Array(6), 2, scores)
  assert.deepEqual([...scores], [0, 0])
})

test('nobody is on both sides of a validation, and only the latest period judges', () => {
  const rows = rowsWith(0)
  const { train, valid } = holdOutUnits(rows, 0.2, 1)
  const taught = new Set(train.units)
  assert.ok(train.units.length > 0 && valid.units.length > 0)
  assert.ok(valid.units.every((unit) => !taught.has(unit)))
  assert.ok(valid.periods!.every((period) => period === 0))
  assert.ok(train.periods!.every((period) => period > 0))
  const { periods: _, ...single } = rows
  const plain = holdOutUnits(single, 0.2, 1)
  assert.equal(plain.train.units.length + plain.valid.units.length, REQUESTS)
})
