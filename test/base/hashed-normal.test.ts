import assert from 'node:assert/strict'
import test from 'node:test'
import { normalCdf } from '../../src/base/distributions.ts'
import { hashedNormal } from '../../src/base/hashed-normal.ts'

const COUNT = 20_000
const deviatesOf = (seed: number) => Float64Array.from({ length: COUNT }, (_, k) => hashedNormal(seed)(k))

function correlation(a: Float64Array, b: Float64Array): number {
  let [product, first, second] = [0, 0, 0]
  for (let k = 0; k < a.length; k++) {
    product += a[k]! * b[k]!
    first += a[k]! ** 2
    second += b[k]! ** 2
  }
  return product / Math.sqrt(first * second)
}

test('deviates of one seed, and of one number over seeds, are standard normal', () => {
  const overSeeds = Float64Array.from({ length: COUNT }, (_, seed) => hashedNormal(seed)(17))
  for (const values of [deviatesOf(0), deviatesOf(0xffffffff), overSeeds]) {
    const sorted = values.toSorted()
    // Kolmogorov and Smirnov: beyond 1.95/√n in one of a thousand samples.
    sorted.forEach((value, k) => {
      assert.ok(Math.abs(normalCdf(value) - (k + 0.5) / COUNT) < 1.95 / Math.sqrt(COUNT))
    })
  }
})

test('neighbouring numbers and neighbouring seeds are independent', () => {
  const values = deviatesOf(5)
  for (const other of [deviatesOf(6), deviatesOf(4), deviatesOf(5 + 0x10000)])
    assert.ok(Math.abs(correlation(values, other)) < 4 / Math.sqrt(COUNT))
  for (const step of [1, 2, 256]) {
    const rest = COUNT - step
    assert.ok(Math.abs(correlation(values.subarray(0, rest), values.subarray(step))) < 4 / Math.sqrt(COUNT))
  }
})

test('the same seed and number draw the same, in whatever order they are asked for', () => {
  const [one, two] = [hashedNormal(9), hashedNormal(9)]
  const ahead = Array.from({ length: 50 }, (_, k) => one(k))
  const backwards = Array.from({ length: 50 }, (_, k) => two(49 - k))
  assert.deepEqual(backwards.reverse(), ahead)
})
