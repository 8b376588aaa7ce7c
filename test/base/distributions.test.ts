/** @file Tests of the distributions against values that other programs print to all digits. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  chiSquareTail,
  gammaTail,
  logFairBinomial,
  logGamma,
  normalCdf,
  normalQuantile,
  twoSidedP,
} from '../../src/base/distributions.ts'

function near(actual: number, expected: number, relative = 1e-12): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, expected ${expected}`)
}

test('ln Γ of whole and half numbers, and of large ones', () => {
  near(logGamma(0.5), Math.log(Math.PI) / 2)
  near(logGamma(5), Math.log(24))
  near(logGamma(0.1), 2.252712651734206)
  near(logGamma(1000), 5905.220423209181)
})

test('the normal distribution function, far into both tails', () => {
  assert.equal(normalCdf(0), 0.5)
  near(normalCdf(1.959963984540054), 0.975)
  near(normalCdf(-1), 0.15865525393145707)
  near(normalCdf(-8), 6.220960574271785e-16)
  near(normalCdf(-20), 2.7536241186062337e-89, 1e-10)
  near(twoSidedP(1.959963984540054), 0.05)
  near(twoSidedP(-3), 0.0026997960632601866)
})

test('the normal quantile, far into both tails', () => {
  near(normalQuantile(0.975), 1.959963984540054)
  near(normalQuantile(0.8), 0.8416212335729143)
  near(normalQuantile(1e-10), -6.361340902404056)
  near(normalQuantile(1e-100), -21.27345356096532)
  assert.equal(normalQuantile(0.5), 0)
})

test('the quantile undoes the distribution function', () => {
  fc.assert(
    fc.property(fc.double({ min: -8, max: 5, noNaN: true }), (x) => {
      assert.ok(Math.abs(normalQuantile(normalCdf(x)) - x) < 1e-9 * Math.max(1, Math.abs(x)))
    }),
  )
})

test('the tail of χ² at tabled points', () => {
  near(chiSquareTail(3.841458820694124, 1), 0.05)
  near(chiSquareTail(10, 1), 0.001565402258002549)
  near(chiSquareTail(124.34211340400407, 100), 0.05)
  near(chiSquareTail(2 * Math.LN2, 2), 0.5)
  assert.equal(chiSquareTail(0, 3), 1)
})

test('the gamma tail of shape 1 is the exponential', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 500, noNaN: true }), (x) =>
      near(gammaTail(1, x), Math.exp(-x), 1e-9),
    ),
  )
})

test('probabilities of a fair coin sum to one', () => {
  for (const n of [1, 7, 250]) {
    let sum = 0
    for (let k = 0; k <= n; k++) sum += Math.exp(logFairBinomial(k, n))
    near(sum, 1, 1e-11)
  }
  near(Math.exp(logFairBinomial(5, 10)), 252 / 1024)
})
