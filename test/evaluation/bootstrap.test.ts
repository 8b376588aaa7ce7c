/** @file Tests of the bootstrap: repeatable, of the right width, paired, and by units. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import {
  bootstrap,
  bootstrapDefaults,
  differenceOf,
  intervalOf,
  quantile,
} from '../../src/evaluation/bootstrap.ts'

const alone = (n: number) => Uint32Array.from({ length: n }, (_, i) => i)

function sample(n: number, columns: number, seed: number): Float64Array {
  const random = createRandom(seed)
  return Float64Array.from({ length: n * columns }, () => random.normal())
}

test('the interval of a mean has the width that theory gives', () => {
  const n = 2000
  const drawn = bootstrap(sample(n, 1, 5), 1, alone(n), n, { ...bootstrapDefaults, resamples: 2000 })
  const { value, low, high } = intervalOf(drawn, 0, 0.95)
  const expected = (2 * 1.96) / Math.sqrt(n)
  assert.ok(low < value && value < high)
  assert.ok(Math.abs((high - low) / expected - 1) < 0.08, `${(high - low) / expected}`)
})

test('intervals contain the true mean in about 95 of 100 samples', () => {
  let inside = 0
  for (let k = 0; k < 300; k++) {
    const { low, high } = intervalOf(bootstrap(sample(60, 1, 100 + k), 1, alone(60), 60), 0, 0.95)
    if (low < 0 && 0 < high) inside++
  }
  assert.ok(inside >= 272 && inside <= 296, `${inside} of 300`)
})

test('a constant gain is seen exactly when differences are paired', () => {
  const n = 200
  const noise = sample(n, 1, 9)
  const values = new Float64Array(n * 2)
  for (let t = 0; t < n; t++) values.set([noise[t]!, noise[t]! + 0.01], t * 2)
  const drawn = bootstrap(values, 2, alone(n), n)
  const { low, high } = differenceOf(drawn, 1, 0, 0.95)
  assert.ok(Math.abs(low - 0.01) < 1e-12 && Math.abs(high - 0.01) < 1e-12)
  assert.ok(intervalOf(drawn, 1, 0.95).low < intervalOf(drawn, 0, 0.95).high)
})

test('tasks of one unit are resampled together, so copies of a task do not narrow the interval', () => {
  const units = 100
  const copies = 10
  const once = sample(units, 1, 4)
  const often = new Float64Array(units * copies).map((_, t) => once[Math.floor(t / copies)]!)
  const unit = Uint32Array.from({ length: units * copies }, (_, t) => Math.floor(t / copies))
  const single = intervalOf(bootstrap(once, 1, alone(units), units), 0, 0.95)
  const repeated = intervalOf(bootstrap(often, 1, unit, units), 0, 0.95)
  assert.ok(Math.abs(single.low - repeated.low) < 1e-12 && Math.abs(single.high - repeated.high) < 1e-12)
})

test('units of different size weigh by their tasks', () => {
  const { means } = bootstrap(Float64Array.of(1, 1, 1, 5), 1, Uint32Array.of(0, 0, 0, 1), 2)
  assert.equal(means[0], 2)
})

test('the same seed gives the same replicates, another seed others', () => {
  const values = sample(50, 3, 1)
  const draw = (seed: number) =>
    bootstrap(values, 3, alone(50), 50, { ...bootstrapDefaults, seed }).replicates
  assert.deepEqual(draw(3), draw(3))
  assert.notDeepEqual(draw(3), draw(4))
})

test('a column’s replicates do not depend on which columns stand beside it', () => {
  const values = sample(40, 2, 2)
  const second = Float64Array.from({ length: 40 }, (_, t) => values[t * 2 + 1]!)
  assert.deepEqual(
    intervalOf(bootstrap(values, 2, alone(40), 40), 1, 0.9),
    intervalOf(bootstrap(second, 1, alone(40), 40), 0, 0.9),
  )
})

test('quantiles interpolate between order statistics', () => {
  assert.equal(quantile(Float64Array.of(1, 2, 3, 4), 0.5), 2.5)
  assert.equal(quantile(Float64Array.of(1, 2, 3, 4), 0), 1)
  assert.equal(quantile(Float64Array.of(1, 2, 3, 4), 1), 4)
})
