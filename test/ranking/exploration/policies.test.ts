/** @file What each policy is for, and how the share of randomised requests accounts for both of its policies. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import { createExploration, explorationOptions } from '../../../src/ranking/exploration/options.ts'
import { plackettLuce } from '../../../src/ranking/exploration/plackett-luce.ts'
import { thompson } from '../../../src/ranking/exploration/thompson.ts'
import { ordersOf, productOf } from './orders.ts'

const SCORES = [0.3, 0.6, 0.1, 0.5]

test('a cold softmax ranks, a hot one shuffles', () => {
  assert.deepEqual(Array.from(plackettLuce(1e-4, 10).conditionals(SCORES, [1, 3, 0])), [1, 1, 1])
  const hot = plackettLuce(1e6, 10).conditionals(SCORES, [2, 0, 1])
  hot.forEach((propensity, k) => {
    assert.ok(Math.abs(propensity - 1 / (4 - k)) < 1e-6)
  })
})

test('scores however large do not overflow the softmax', () => {
  const { propensities } = plackettLuce(1, 10).show([1e5, 1e5 - 1, -1e5], 3, createRandom(2))
  for (const propensity of propensities) assert.ok(propensity > 0 && propensity <= 1)
})

test('Thompson tries what is little known more often than what is as good and well known', () => {
  const scores = [0.2, 0.2]
  const [unknown, known] = [
    { clicks: [0, 100], looks: [0, 500] },
    { clicks: [10, 100], looks: [50, 500] },
  ].map(
    (evidence) =>
      thompson(5, 10).marginals([...scores, 0.25], [0], {
        clicks: [...evidence.clicks, 125],
        looks: [...evidence.looks, 500],
      })[0]!,
  )
  assert.ok(unknown! > known! + 0.1, `${unknown} against ${known}`)
})

test('Thompson of two Betas with whole numbers agrees with the closed form', () => {
  // P(Beta(2, 3) > Beta(4, 5)) by the sum of Cook (2005); the prior counts 1 click and 1 look without.
  const evidence = { clicks: [1, 3], looks: [3, 7] }
  const [first] = thompson(2, 10).conditionals([0.5, 0.5], [0, 1], evidence)
  assert.ok(Math.abs(first! - exceeds(2, 3, 4, 5)) < 1e-4, `${first} against ${exceeds(2, 3, 4, 5)}`)
})

/** P(Beta(a, b) > Beta(c, d)), whole numbers. */
function exceeds(a: number, b: number, c: number, d: number): number {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))
  const beta = (x: number, y: number) => (factorial(x - 1) * factorial(y - 1)) / factorial(x + y - 1)
  let sum = 0
  for (let i = 0; i < a; i++) sum += beta(c + i, b + d) / ((b + i) * beta(1 + i, b) * beta(c, d))
  return sum
}

test('one request in a hundred is randomised, always the same ones, others with another salt', () => {
  const ids = Array.from({ length: 50_000 }, (_, k) => `request-${k}`)
  const first = createExploration()
  const chosen = ids.filter((id) => first.isRandomised(id))
  assert.ok(Math.abs(chosen.length - 500) < 70, `${chosen.length}`)
  assert.deepEqual(
    ids.filter((id) => createExploration().isRandomised(id)),
    chosen,
  )
  const other = createExploration({ salt: 'b' })
  assert.ok(chosen.filter((id) => other.isRandomised(id)).length < 30)
  assert.equal(first.policyFor(chosen[0]!).name, 'uniform')
})

test('propensities over both policies: all lists sum to 1, the ranked list has both chances', () => {
  const exploration = createExploration({ share: 0.1 })
  const lists = ordersOf(4, 3)
  const sum = lists.reduce((total, order) => total + productOf(exploration.conditionals(SCORES, order)), 0)
  assert.ok(Math.abs(sum - 1) < 1e-12)
  const ofRanked = productOf(exploration.conditionals(SCORES, [1, 3, 0]))
  assert.ok(Math.abs(ofRanked - (0.9 + 0.1 / 6)) < 1e-12)
  assert.ok(Math.abs(productOf(exploration.conditionals(SCORES, [3, 0, 1])) - 0.1 / 6) < 1e-12)
  assert.ok(Math.abs(exploration.marginals(SCORES, [1, 0, 3])[0]! - (0.9 + 0.1 / 3)) < 1e-12)
})

test('options outside their ranges are refused', () => {
  for (const options of [
    { share: 1.5 },
    { otherwise: { policy: 'epsilon-greedy', epsilon: -1 } },
    { x: 1 },
  ]) {
    assert.throws(() => explorationOptions.parse(options))
  }
})
