/** @file Rankers trained on position-biased clicks: weights by examination and the place as a feature undo the bias. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'
import {
  weightsByExamination,
  weightsByPropensity,
} from '../../../src/ranking/examination/inverse-weights.ts'
import { atFixedPlace, PLACE_FEATURE, withPlaces } from '../../../src/ranking/examination/place-feature.ts'
import { fitLinear } from '../../../src/ranking/linear/fit-linear.ts'
import { openLinear } from '../../../src/ranking/linear/linear-model.ts'

const CURVE = Float64Array.of(1, 0.5, 0.25, 0.12, 0.06)
const LISTS = 40_000

/** Two features matter alike for the click, but the old ranker sorted by the first alone. */
function biasedLog(): { rows: LabelledRows; places: Uint16Array } {
  const random = createRandom(4)
  const places = CURVE.length
  const values = new Float32Array(LISTS * places * 2)
  const labels = new Float32Array(LISTS * places)
  for (let list = 0; list < LISTS; list++) {
    const first = Float32Array.from({ length: places }, () => random.float())
      .sort()
      .reverse()
    for (let place = 0; place < places; place++) {
      const row = list * places + place
      values[2 * row] = first[place]!
      values[2 * row + 1] = random.float()
      const attractive = 0.02 + 0.1 * (values[2 * row]! + values[2 * row + 1]!)
      labels[row] = random.float() < CURVE[place]! * attractive ? 1 : 0
    }
  }
  const rows: LabelledRows = {
    names: ['first', 'second'],
    values,
    rows: LISTS * places,
    offsets: Uint32Array.from({ length: LISTS + 1 }, (_, list) => list * places),
    labels,
  }
  return { rows, places: Uint16Array.from({ length: LISTS * places }, (_, row) => row % places) }
}

const { rows, places } = biasedLog()
const fit = (given: LabelledRows, method: 'pointwise' | 'pairwise') => fitLinear(given, { method }, 1)
const ratio = ({ weights }: { weights: number[] }) => weights[0]! / weights[1]!

test('clicks as they are credit the old ranker’s feature with the place, weights by examination do not', () => {
  const { weights, clipped } = weightsByExamination(places, rows.labels, CURVE, 100)
  assert.equal(clipped, 0)
  for (const method of ['pointwise', 'pairwise'] as const) {
    const plain = ratio(fit(rows, method))
    assert.ok(plain > 2.5, `${method}: ${plain}`)
    const weighted = ratio(fit({ ...rows, weights }, method))
    assert.ok(weighted > 0.6 && weighted < 1.5, `${method}, weighted: ${weighted}`)
  }
})

test('with the place as a feature the rest is what ranks, and serving needs no place', () => {
  const model = fit(withPlaces(rows, places), 'pointwise')
  assert.ok(ratio(model) > 0.6 && ratio(model) < 1.6, `${ratio(model)}`)
  const scorer = atFixedPlace(openLinear(model))
  assert.deepEqual(scorer.features, ['first', 'second'])
  const scores = new Float32Array(2)
  scorer.score(Float32Array.of(0.2, 0.3, 0.9, 0.8), 2, scores)
  const expected = new Float32Array(1)
  openLinear(model).score(Float32Array.of(0.9, 0.8, 0), 1, expected)
  assert.equal(scores[1], expected[0])
  assert.ok(scores[1]! > scores[0]!)
  assert.throws(() => atFixedPlace(scorer), { message: `the last feature is not ${PLACE_FEATURE}` })
})

test('inverse propensities are clipped and have mean 1', () => {
  const { weights, clipped } = weightsByPropensity([1, 0.5, 0.001], 10)
  assert.equal(clipped, 1)
  const scale = 3 / (1 + 2 + 10)
  assert.deepEqual(Array.from(weights), [scale, 2 * scale, 10 * scale].map(Math.fround))
})
