/** @file What every exploration policy promises: the propensities that it states are those with which it draws. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { chiSquareTail } from '../../../src/base/distributions.ts'
import { createRandom } from '../../../src/base/random.ts'
import { createPolicy, policyOptions } from '../../../src/ranking/exploration/options.ts'
import type { Evidence, Policy } from '../../../src/ranking/exploration/policy.ts'
import { ordersOf, productOf } from './orders.ts'

const POLICIES: Record<string, Policy> = Object.fromEntries(
  [
    { policy: 'ranked' },
    { policy: 'uniform' },
    { policy: 'uniform', pool: 4 },
    { policy: 'epsilon-greedy', epsilon: 0.3, pool: 5 },
    { policy: 'epsilon-greedy', epsilon: 1, pool: 3 },
    { policy: 'plackett-luce', temperature: 0.2, pool: 5 },
    { policy: 'plackett-luce', temperature: 3, pool: 4 },
    { policy: 'thompson', strength: 8, pool: 5 },
  ].map((options) => [JSON.stringify(options), createPolicy(policyOptions.parse(options))]),
)

const SCORES = Float32Array.of(0.3, 0.62, 0.1, 0.55, 0.2)
const EVIDENCE: Evidence = { clicks: [3, 0, 0.5, 60, 0], looks: [5, 2, 0, 100, 40] }
const PLACES = 3

for (const [name, policy] of Object.entries(POLICIES)) {
  describe(name, () => {
    const all = ordersOf(SCORES.length, PLACES)
    const stated = all.map((order) => productOf(policy.conditionals(SCORES, order, EVIDENCE)))

    test('the probabilities of all lists sum to 1', () => {
      const sum = stated.reduce((total, probability) => total + probability, 0)
      assert.ok(Math.abs(sum - 1) < 1e-3, `${sum}`)
    })

    test('at every place the conditional probabilities of all that is left sum to 1', () => {
      const { order } = policy.show(SCORES, PLACES, createRandom(3), EVIDENCE)
      for (let place = 0; place < PLACES; place++) {
        let sum = 0
        for (let candidate = 0; candidate < SCORES.length; candidate++) {
          if (order.subarray(0, place).includes(candidate)) continue
          // What comes later does not matter, as long as the list has its length.
          const rest = Array.from(SCORES.keys()).filter((other) => other !== candidate)
          const later = rest.filter((other) => !order.subarray(0, place).includes(other))
          const list = [...order.subarray(0, place), candidate, ...later].slice(0, PLACES)
          sum += policy.conditionals(SCORES, list, EVIDENCE)[place]!
        }
        assert.ok(Math.abs(sum - 1) < 1e-3, `place ${place}: ${sum}`)
      }
    })

    test('lists come as often as stated (χ² over 60,000 draws)', () => {
      const random = createRandom(11)
      const counts = new Map<string, number>()
      const draws = 60_000
      for (let k = 0; k < draws; k++) {
        const { order } = policy.show(SCORES, PLACES, random, EVIDENCE)
        counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1)
      }
      let statistic = 0
      let cells = 0
      let rareExpected = 0
      let rareSeen = 0
      all.forEach((order, k) => {
        const expected = draws * stated[k]!
        const seen = counts.get(order.join()) ?? 0
        if (expected < 5) {
          rareExpected += expected
          rareSeen += seen
          return
        }
        statistic += (seen - expected) ** 2 / expected
        cells++
      })
      if (rareExpected >= 5) {
        statistic += (rareSeen - rareExpected) ** 2 / rareExpected
        cells++
      } else assert.ok(rareSeen < 25, `${rareSeen} lists that are next to impossible`)
      if (cells > 1) assert.ok(chiSquareTail(statistic, cells - 1) > 0.01, `χ² ${statistic}, ${cells} cells`)
    })

    test('marginals are sums over all lists that have the candidate at the place', () => {
      for (let place = 0; place < PLACES; place++) {
        for (let candidate = 0; candidate < SCORES.length; candidate++) {
          const at = all.findIndex((order) => order[place] === candidate)
          const marginal = policy.marginals(SCORES, all[at]!, EVIDENCE)[place]!
          const sum = all.reduce(
            (total, order, k) => total + (order[place] === candidate ? stated[k]! : 0),
            0,
          )
          assert.ok(Math.abs(marginal - sum) < 1e-3, `${candidate} at ${place}: ${marginal} against ${sum}`)
        }
      }
    })

    test('the same seed shows the same list, and what is shown states what conditionals says', () => {
      const first = policy.show(SCORES, PLACES, createRandom(5), EVIDENCE)
      assert.deepEqual(policy.show(SCORES, PLACES, createRandom(5), EVIDENCE), first)
      assert.deepEqual(policy.conditionals(SCORES, first.order, EVIDENCE), first.propensities)
    })

    test('whatever the scores and the limit: distinct candidates, propensities above 0 and at most 1', () => {
      const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 })
      fc.assert(
        fc.property(scores, fc.integer({ min: 0, max: 35 }), fc.nat(), (values, limit, seed) => {
          const { order, propensities } = policy.show(values, limit, createRandom(seed))
          assert.equal(new Set(order).size, Math.min(limit, values.length))
          for (const propensity of propensities) assert.ok(propensity > 0 && propensity <= 1, `${propensity}`)
        }),
        { numRuns: 100, seed: 1 },
      )
    })

    test('what is filtered out, at −Infinity, is never shown', () => {
      const scores = [0.4, Number.NEGATIVE_INFINITY, 0.3]
      const { order } = policy.show(scores, 3, createRandom(1))
      assert.deepEqual(Array.from(order).sort(), [0, 2])
    })
  })
}
