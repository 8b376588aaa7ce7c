import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError } from '../../../src/base/errors.ts'
import { createRandom } from '../../../src/base/random.ts'
import { logQSampler } from '../../../src/nn/sampling/log-q-sampler.ts'
import { StreamingFrequency } from '../../../src/nn/sampling/streaming-frequency.ts'

const ITEMS = 500
const BATCH = 256
/** Falls as 1 / rank: the first item is fifteen times in a batch, the last one in every thirteenth batch. */
const weights = Array.from({ length: ITEMS }, (_, item) => 1 / (item + 1))
const total = weights.reduce((a, b) => a + b)
const planted = weights.map((weight) => weight / total)
const ends = planted.map((_, item) => planted.slice(0, item + 1).reduce((a, b) => a + b))

test('on a skewed stream the estimates are the logarithms of the true probabilities', () => {
  const sampler = logQSampler({
    items: 'item',
    frequency: new StreamingFrequency({ slots: 2 ** 16, hashes: 2 }),
  })
  const random = createRandom(1)
  const errors = { head: [] as number[], tail: [] as number[] }
  for (let batch = 0; batch < 1000; batch++) {
    const item = Uint32Array.from({ length: BATCH }, () => {
      const drawn = random.float() * ends.at(-1)!
      return ends.findIndex((end) => drawn < end)
    })
    const { logQ } = sampler.sample({ item }, batch)
    assert.equal(logQ!.length, BATCH)
    // Every item has been met some forty times by then.
    if (batch < 500) continue
    item.forEach((one, k) => {
      errors[one < 20 ? 'head' : 'tail'].push(logQ![k]! - Math.log(planted[one]!))
    })
  }
  for (const all of [errors.head, errors.tail]) {
    const bias = all.reduce((a, b) => a + b) / all.length
    const deviation = Math.sqrt(all.reduce((sum, error) => sum + error * error, 0) / all.length)
    assert.ok(Math.abs(bias) < 0.02, `bias ${bias}`)
    // √(α / 2) = 0.07 for those that were met 1/α times, a little more for others.
    assert.ok(deviation < 0.15, `deviation ${deviation}`)
  }
})

test('an array that the batch does not have is named', () => {
  const sampler = logQSampler({ items: 'film', frequency: new StreamingFrequency({ slots: 4 }) })
  assert.throws(() => sampler.sample({ item: Uint32Array.of(1) }, 0), InvalidOptionError)
})
