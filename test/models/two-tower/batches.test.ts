import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { csrFromEdges, rowOf } from '../../../src/base/csr.ts'
import { createRandom } from '../../../src/base/random.ts'
import { batchCount, openBatches, type TwoTowerExamples } from '../../../src/models/two-tower/batches.ts'

const USERS = 40
const ITEMS = 60

/** Users with 2 … 12 distinct items, the small numbers more often. */
function examplesOf(seed: number, given: Partial<TwoTowerExamples> = {}): TwoTowerExamples {
  const random = createRandom(seed)
  const from: number[] = []
  const to: number[] = []
  for (let user = 0; user < USERS; user++) {
    const own = new Set<number>()
    const wanted = 2 + random.below(11)
    while (own.size < wanted) own.add(Math.floor(ITEMS * random.float() ** 2))
    for (const item of own) {
      from.push(user)
      to.push(item)
    }
  }
  const popularity = new Float32Array(ITEMS)
  for (const item of to) popularity[item]! += 1 / to.length
  return {
    histories: csrFromEdges(USERS, ITEMS, { from, to }),
    learners: Uint32Array.from({ length: USERS }, (_, user) => user),
    isOrdered: false,
    popularity,
    batch: 8,
    candidates: 32,
    mixedNegatives: true,
    hardNegatives: 0,
    queryItems: 6,
    pooling: 'sum',
    targets: 4,
    hiddenIds: 0,
    content: null,
    neighbours: null,
    attributes: [Uint32Array.from({ length: USERS }, (_, user) => user % 3)],
    seed,
    ...given,
  }
}

test('a batch follows from its numbers alone', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(3), fc.nat(4), (seed, epoch, index) => {
      const examples = examplesOf(seed)
      const make = openBatches(examples)
      make({ epoch: epoch + 1, index: 0 })
      assert.deepEqual(make({ epoch, index }), openBatches(examples)({ epoch, index }))
    }),
    { numRuns: 20, seed: 1 },
  )
})

test('every user comes once an epoch', () => {
  const examples = examplesOf(3)
  const make = openBatches(examples)
  const sizes: number[] = []
  for (let index = 0; index < batchCount(examples); index++)
    sizes.push((make({ epoch: 2, index })['query/offsets'] as Uint32Array).length - 1)
  assert.equal(
    sizes.reduce((a, b) => a + b),
    USERS,
  )
})

test('a target is one of the user, never asked with, and what else the user has is masked', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.boolean(), fc.boolean(), (seed, isOrdered, mixedNegatives) => {
      const { histories, ...rest } = examplesOf(seed, { isOrdered, mixedNegatives })
      const batch = openBatches({ histories, ...rest })({ epoch: 0, index: 0 })
      const candidates = batch.candidates as Uint32Array
      const labels = batch.labels as Float32Array
      const offsets = batch['query/offsets'] as Uint32Array
      assert.equal(new Set(candidates).size, candidates.length)
      for (let row = 0; row + 1 < offsets.length; row++) {
        const asked = (batch.query as Uint32Array).subarray(offsets[row]!, offsets[row + 1]!)
        const owners = Array.from({ length: USERS }, (_, user) => user).filter((user) => {
          const own = new Set(rowOf(histories, user))
          return asked.every((item) => own.has(item))
        })
        const labelled = (test: (label: number) => boolean) =>
          Array.from(candidates).filter((_, k) => test(labels[row * candidates.length + k]!))
        const targets = labelled((label) => label > 0)
        const masked = labelled((label) => label < 0)
        const isOf = (user: number) => {
          const own = rowOf(histories, user)
          const present = own.filter((item) => candidates.includes(item)).length
          return targets.every((item) => own.includes(item)) && present === targets.length + masked.length
        }
        assert.ok(owners.some(isOf))
        assert.ok(targets.every((item) => !asked.includes(item)))
        const total = labelled((label) => label > 0).length
        if (total > 0)
          assert.ok(
            Math.abs(
              labels
                .slice(row * candidates.length, (row + 1) * candidates.length)
                .filter((x) => x > 0)
                .reduce((a, b) => a + b) - 1,
            ) < 1e-5,
          )
      }
    }),
    { numRuns: 20, seed: 2 },
  )
})

test('the correction is the logarithm of how often an item is a candidate', () => {
  for (const mixedNegatives of [true, false]) {
    const examples = examplesOf(5, { mixedNegatives, candidates: mixedNegatives ? 40 : ITEMS })
    const make = openBatches(examples)
    const seen = new Float64Array(ITEMS)
    const predicted = new Float64Array(ITEMS)
    const batches = 400 * batchCount(examples)
    for (let epoch = 0; epoch < 400; epoch++) {
      for (let index = 0; index < batchCount(examples); index++) {
        const batch = make({ epoch, index })
        ;(batch.candidates as Uint32Array).forEach((item, k) => {
          seen[item]!++
          predicted[item]! += Math.exp((batch.logQ as Float32Array)[k]!)
        })
      }
    }
    for (let item = 0; item < ITEMS; item++) {
      if (seen[item]! < 100) continue
      const share = seen[item]! / batches
      const mean = predicted[item]! / seen[item]!
      assert.ok(Math.abs(mean - share) < 0.12, `item ${item}: ${mean} for ${share}`)
    }
  }
})

test('ids are hidden as often as asked, behind the last item', () => {
  const make = openBatches(examplesOf(7, { hiddenIds: 0.25, candidates: 60 }))
  let hidden = 0
  let all = 0
  for (let epoch = 0; epoch < 100; epoch++) {
    for (const item of make({ epoch, index: 0 }).candidates as Uint32Array) {
      if (item === ITEMS) hidden++
      all++
    }
  }
  assert.ok(Math.abs(hidden / all - 0.25) < 0.02)
})
