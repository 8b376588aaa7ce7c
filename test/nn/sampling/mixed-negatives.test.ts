import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError } from '../../../src/base/errors.ts'
import { createRandom } from '../../../src/base/random.ts'
import { mixedNegatives } from '../../../src/nn/sampling/mixed-negatives.ts'
import { StreamingFrequency } from '../../../src/nn/sampling/streaming-frequency.ts'

const [CATALOGUE, COUNT, BATCH] = [200, 100, 50]
const open = (seed = 1) =>
  mixedNegatives({
    ...{ items: 'item', catalogue: CATALOGUE, count: COUNT, seed },
    frequency: new StreamingFrequency({ slots: 4096, hashes: 2, rate: 0.002 }),
  })

test('negatives are uniform, the same for the same batch, others for another', () => {
  const sampler = open()
  const counts = new Uint32Array(CATALOGUE)
  const of = (number: number) => Array.from(sampler.sample({ item: Uint32Array.of(3) }, number).negative!)
  for (let number = 0; number < 1000; number++) for (const item of of(number)) counts[item]!++
  const expected = (1000 * COUNT) / CATALOGUE
  assert.ok(counts.every((count) => Math.abs(count - expected) < 5 * Math.sqrt(expected)))
  assert.deepEqual(of(7), of(7))
  assert.notDeepEqual(of(7), of(8))
  assert.deepEqual(of(7), Array.from(open().sample({ item: Uint32Array.of(3) }, 7).negative!))
})

test('the correction is how often an item is among the candidates, by an example or by a draw', () => {
  const sampler = open()
  const random = createRandom(2)
  // Item 0 is half of what is taken up, items 1 to 9 the other half; the rest is only ever drawn.
  const popularity = (item: number) => (item === 0 ? 0.5 : item < 10 ? 0.5 / 9 : 0)
  const met = new Float64Array(CATALOGUE)
  const estimates = new Map<number, number>()
  const batches = 2000
  for (let number = 0; number < batches; number++) {
    const item = Uint32Array.from({ length: BATCH }, () => (random.float() < 0.5 ? 0 : 1 + random.below(9)))
    const { negative, logQ, 'negative/logQ': ofNegatives } = sampler.sample({ item }, number)
    item.forEach((one, k) => {
      met[one]!++
      estimates.set(one, logQ![k]!)
    })
    negative!.forEach((one, k) => {
      met[one]!++
      estimates.set(one, ofNegatives![k]!)
    })
  }
  for (const [item, estimate] of estimates) {
    const truth = BATCH * popularity(item) + COUNT / CATALOGUE
    assert.ok(Math.abs(met[item]! / batches / truth - 1) < 0.15)
    assert.ok(Math.abs(estimate - Math.log(truth)) < 0.2, `${item}: ${estimate}, ${Math.log(truth)}`)
  }
})

test('an array that the batch does not have is named', () => {
  assert.throws(() => open().sample({ film: Uint32Array.of(1) }, 0), InvalidOptionError)
})
