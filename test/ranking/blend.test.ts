/** @file The blend: features, the pool, alignment, and what fitting finds in planted requests. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { alignBlend, equalBlend, scoreBlend, writeBlendFeatures } from '../../src/ranking/blend.ts'
import { type BlendExamples, fitBlend } from '../../src/ranking/fit-blend.ts'
import { minimize } from '../../src/ranking/lbfgs.ts'
import { mergeCandidates } from '../../src/sources/merge.ts'

const list = (items: number[], scores: number[]) => ({
  items: Uint32Array.from(items),
  scores: Float32Array.from(scores),
})

test('a feature is the root of the share of the best score; beyond a full list it is half of the last one', () => {
  const merged = mergeCandidates([list([7, 3], [8, 2]), list([5], [4])])
  const features = new Float32Array(6)
  writeBlendFeatures(merged, 2, [3, 3], features)
  const root = (share: number) => Math.fround(Math.sqrt(share))
  // Rows 3, 5, 7. The first list holds 2 of 3 asked: full; the second 1 of 3: it ended.
  assert.deepEqual([...features], [root(0.25), 0, root(0.125), 1, 1, 0])
})

test('scaling all scores of a source changes nothing', () => {
  const scores = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(scores, scores, fc.double({ min: 0.01, max: 100, noNaN: true }), (first, second, factor) => {
      const rank = (scale: number) => {
        const lists = [first, second].map((values, s) => {
          const sorted = values.map((value) => value * (s === 0 ? scale : 1)).sort((a, b) => b - a)
          return list(
            sorted.map((_, k) => k * 2 + s),
            sorted,
          )
        })
        return scoreBlend(equalBlend(['a', 'b'], { asked: [20, 20], pool: 20 }), mergeCandidates(lists))
      }
      const plain = rank(1)
      rank(factor).forEach((score, row) => {
        assert.ok(Math.abs(score - plain[row]!) < 1e-4)
      })
    }),
  )
})

test('candidates outside the pool of every source are never listed', () => {
  const merged = mergeCandidates([list([1, 2, 3], [3, 2, 1]), list([3, 2, 1], [3, 2, 1])])
  const scores = scoreBlend(equalBlend(['a', 'b'], { asked: [3, 3], pool: 1 }), merged)
  assert.ok(Number.isFinite(scores[0]) && Number.isFinite(scores[2]))
  assert.equal(scores[1], Number.NEGATIVE_INFINITY)
})

test('aligning keeps weights with their names and gives strangers none', () => {
  const blend = { ...equalBlend(['a', 'b'], { asked: [10, 20], pool: 10 }), weights: [2, 3] }
  assert.deepEqual(alignBlend(blend, ['c', 'b', 'a']).weights, [0, 3, 2])
})

test('fitting finds the source that tells relevant items apart and ignores the one that does not', () => {
  const examples = plantedExamples(400)
  const { weights } = fitBlend(
    ['telling', 'noise', 'misleading'],
    { asked: [10, 10, 10], pool: 10 },
    examples,
  )
  assert.ok(weights[0]! > 1, `telling ${weights[0]}`)
  assert.ok(Math.abs(weights[1]!) < 0.3 * weights[0]!, `noise ${weights[1]}`)
  assert.ok(weights[2]! < 0, `misleading ${weights[2]}`)
})

test('a request without a relevant candidate says nothing about the order', () => {
  const examples = plantedExamples(100)
  const rows = examples.relevant.length
  const more: BlendExamples = {
    offsets: Uint32Array.of(...examples.offsets, rows + 5),
    features: Float32Array.of(...examples.features, ...Array(15).fill(0.7)),
    relevant: Uint8Array.of(...examples.relevant, 0, 0, 0, 0, 0),
  }
  const lists = { asked: [10, 10, 10], pool: 10 }
  const names = ['telling', 'noise', 'misleading']
  const before = fitBlend(names, lists, examples).weights
  fitBlend(names, lists, more).weights.forEach((weight, s) => {
    // The added rows move the deviations, and with them the ridge, a little.
    assert.ok(Math.abs(weight - before[s]!) < 0.02 * Math.abs(before[0]!))
  })
})

test('L-BFGS finds the minimum of a badly scaled quadratic and of Rosenbrock’s valley', () => {
  const quadratic = (x: Float64Array, gradient: Float64Array) => {
    let value = 0
    for (let k = 0; k < x.length; k++) {
      const scale = 10 ** k
      gradient[k] = scale * (x[k]! - k)
      value += 0.5 * scale * (x[k]! - k) ** 2
    }
    return value
  }
  const found = minimize(quadratic, new Float64Array(5))
  found.forEach((value, k) => {
    assert.ok(Math.abs(value - k) < 1e-4)
  })
  const valley = ([x, y]: Float64Array, gradient: Float64Array) => {
    gradient[0] = -400 * x! * (y! - x! * x!) - 2 * (1 - x!)
    gradient[1] = 200 * (y! - x! * x!)
    return 100 * (y! - x! * x!) ** 2 + (1 - x!) ** 2
  }
  const bottom = minimize(valley, Float64Array.of(-1.2, 1), { iterations: 500 })
  assert.ok(Math.abs(bottom[0]! - 1) < 1e-4 && Math.abs(bottom[1]! - 1) < 1e-4)
})

/** Requests of ten candidates, one relevant: high in the first feature, low in the third, anyhow in the second. */
function plantedExamples(requests: number): BlendExamples {
  const random = createRandom(3)
  const offsets = Uint32Array.from({ length: requests + 1 }, (_, r) => r * 10)
  const features = new Float32Array(requests * 30)
  const relevant = new Uint8Array(requests * 10)
  for (let row = 0; row < relevant.length; row++) {
    relevant[row] = row % 10 === Math.floor(row / 10) % 10 ? 1 : 0
    features[row * 3] = Math.min(1, 0.5 * random.float() + 0.4 * relevant[row]!)
    features[row * 3 + 1] = random.float()
    features[row * 3 + 2] = random.float() * (1 - 0.5 * relevant[row]!)
  }
  return { offsets, features, relevant }
}
