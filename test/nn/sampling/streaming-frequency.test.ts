import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError } from '../../../src/base/errors.ts'
import { createRandom } from '../../../src/base/random.ts'
import { StreamingFrequency } from '../../../src/nn/sampling/streaming-frequency.ts'

/** Steps in which item k is met with probability `of[k]`. */
function observe(frequency: StreamingFrequency, of: readonly number[], steps: number, seed: number): void {
  const random = createRandom(seed)
  for (let step = 0; step < steps; step++)
    frequency.observe(of.flatMap((probability, item) => (random.float() < probability ? [item] : [])))
}

/** Mean over items of |estimate / truth − 1|. */
const errorOf = (frequency: StreamingFrequency, of: readonly number[]) =>
  of.reduce((sum, truth, item) => sum + Math.abs(frequency.probability(item) / truth - 1), 0) / of.length

test('an item of every tenth step has the gaps of a calculation by hand', () => {
  const frequency = new StreamingFrequency({ slots: 16, rate: 0.5 })
  const found: number[] = []
  for (let step = 1; step <= 30; step++) {
    frequency.observe(step % 10 === 0 ? [3, 3] : [])
    if (step % 10 === 0) found.push(1 / frequency.probability(3))
  }
  assert.deepEqual(found, [5, 7.5, 8.75])
  assert.equal(frequency.probability(4), 0)
})

test('planted frequencies come back', () => {
  const planted = Array.from({ length: 60 }, (_, item) => 0.5 * (item + 1) ** -0.55)
  const frequency = new StreamingFrequency({ slots: 4096, rate: 0.002 })
  observe(frequency, planted, 100_000, 1)
  assert.ok(errorOf(frequency, planted) < 0.05)
})

test('a frequency that changes is followed', () => {
  const [before, after] = [
    [0.5, 0.02, 0.1],
    [0.05, 0.4, 0.1],
  ]
  const frequency = new StreamingFrequency({ slots: 4096, rate: 0.01 })
  observe(frequency, before!, 50_000, 2)
  assert.ok(errorOf(frequency, before!) < 0.2)
  assert.ok(errorOf(frequency, after!) > 2)
  observe(frequency, after!, 50_000, 3)
  assert.ok(errorOf(frequency, after!) < 0.2)
})

test('items that share a slot seem more frequent, and several hashes undo most of it', () => {
  const planted = Array.from({ length: 300 }, () => 0.02)
  const [one, four] = [1, 4].map((hashes) => {
    const frequency = new StreamingFrequency({ slots: 600, hashes, rate: 0.01 })
    observe(frequency, planted, 30_000, 4)
    return planted.reduce((sum, truth, item) => sum + frequency.probability(item) / truth, 0) / planted.length
  }) as [number, number]
  assert.ok(one > 1.2, `${one}`)
  assert.ok(Math.abs(four - 1) < 0.1, `${four}`)
})

test('a rate that is none is refused', () => {
  for (const rate of [0, 1.5, Number.NaN])
    assert.throws(() => new StreamingFrequency({ slots: 4, rate }), InvalidOptionError)
})
