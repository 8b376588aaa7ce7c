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

test('gaps are those of a calculation by hand: their mean at first, then the later ones count more', () => {
  for (const [rate, expected] of [
    [0.1, [4, 7, 34 / 3]],
    [0.5, [4, 7, 13.5]],
  ] as const) {
    const frequency = new StreamingFrequency({ slots: 16, rate })
    const found: number[] = []
    for (let step = 1; step <= 34; step++) {
      const isThere = [4, 14, 34].includes(step)
      frequency.observe(isThere ? [3, 3] : [])
      if (isThere) found.push(1 / frequency.probability(3))
    }
    assert.ok(
      found.every((gap, k) => Math.abs(gap - expected[k]!) < 1e-9),
      `${found}`,
    )
    assert.equal(frequency.probability(4), 0)
  }
})

test('an item that is met a few times does not seem frequent', () => {
  const frequency = new StreamingFrequency({ slots: 4096 })
  const planted = Array.from({ length: 400 }, () => 5 / 10_000)
  observe(frequency, planted, 10_000, 5)
  const estimates = planted.map((_, item) => Math.log(frequency.probability(item) || planted[item]!))
  const bias = estimates.reduce((sum, log, item) => sum + log - Math.log(planted[item]!), 0) / planted.length
  assert.ok(Math.abs(bias) < 0.3, `${bias}`)
})

test('a step for each item counts an item as often as it is there', () => {
  const frequency = new StreamingFrequency({ slots: 64, rate: 0.001 })
  const [often, once, one] = [7, 1, 2]
  for (let batch = 0; batch < 500; batch++) frequency.observeEach([often, often, once, often])
  assert.ok(Math.abs(frequency.probability(often) - 0.75) < 0.01)
  assert.ok(Math.abs(frequency.probability(once) - 0.25) < 0.01)
  assert.equal(frequency.probability(one), 0)
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

test('an item that was never met has no probability because it shares one of its slots', () => {
  const frequency = new StreamingFrequency({ slots: 64, hashes: 3 })
  for (let step = 0; step < 10; step++) frequency.observe([1, 2, 3, 4, 5])
  // One in thirteen shares a given slot, one in two thousand all three of them.
  const seeming = Array.from({ length: 1000 }, (_, k) => 6 + k).filter(
    (item) => frequency.probability(item) > 0,
  )
  assert.ok(seeming.length < 10, `${seeming.length}`)
})

test('a rate that is none is refused', () => {
  for (const rate of [0, 1.5, Number.NaN])
    assert.throws(() => new StreamingFrequency({ slots: 4, rate }), InvalidOptionError)
})
