/** @file Hard negatives: which items they are, where they stand in a batch, and how much they count. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { type Csr, csrFromEdges, rowOf } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { topK } from '../../../src/base/top-k.ts'
import { batchCount, openBatches, type TwoTowerExamples } from '../../../src/models/two-tower/batches.ts'
import { openHardNegatives } from '../../../src/models/two-tower/hard-negatives.ts'
import { itemNeighbours } from '../../../src/models/two-tower/item-neighbours.ts'
import { openQuery } from '../../../src/models/two-tower/query.ts'
import { softmaxLoss } from '../../../src/models/two-tower/softmax-loss.ts'
import { fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { input } from '../../../src/nn/tensor.ts'
import { vectorAt } from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'

const USERS = 120
const GROUPS = 6
const PER_GROUP = 20
const ITEMS = GROUPS * PER_GROUP
const groupOf = (item: number) => Math.floor(item / PER_GROUP)

/** Eight items of one group, the first ones more often, and two of any. */
function grouped(): Csr {
  const random = createRandom(5)
  const from: number[] = []
  const to: number[] = []
  for (let user = 0; user < USERS; user++) {
    const own = new Set<number>()
    while (own.size < 8) own.add((user % GROUPS) * PER_GROUP + Math.floor(PER_GROUP * random.float() ** 1.5))
    while (own.size < 10) own.add(random.below(ITEMS))
    for (const item of own) {
      from.push(user)
      to.push(item)
    }
  }
  return csrFromEdges(USERS, ITEMS, { from, to })
}

const histories = grouped()
const everybody = Uint32Array.from({ length: USERS }, (_, user) => user)
const neighbours = await itemNeighbours(histories, everybody, 1)
const popularity = new Float32Array(ITEMS)
for (const item of histories.targets) popularity[item]! += 1 / histories.targets.length

const examplesOf = (given: Partial<TwoTowerExamples> = {}): TwoTowerExamples => ({
  ...{ histories, learners: everybody, popularity, neighbours, content: null },
  ...{ batch: 12, candidates: 40, mixedNegatives: true, hardNegatives: 3, queryItems: 6, targets: 2 },
  // What a batch says of its users: who they are.
  ...{ attributes: [everybody], pooling: 'sum', hiddenIds: 0, isOrdered: false, seed: 4 },
  ...given,
})

/** Without tables of neighbours or sums that are kept. */
function slowly(query: Uint32Array, had: Uint32Array, wanted: number): number[] {
  const known = new Set(had)
  const score = (item: number) =>
    query.reduce((sum, asked) => {
      const k = rowOf(neighbours, asked).indexOf(item)
      return k < 0 ? sum : sum + neighbours.weights![neighbours.offsets[asked]! + k]!
    }, 0)
  const all = Array.from({ length: ITEMS }, (_, item) => item).filter((item) => !known.has(item))
  const scores = new Map(all.map((item) => [item, score(item)]))
  const found = all.filter((item) => scores.get(item)! > 0)
  return found.sort((a, b) => scores.get(b)! - scores.get(a)!).slice(0, wanted)
}

test('hard is what goes most with the query, of the same group, and nothing that the user has', () => {
  const find = openHardNegatives(neighbours, 5)
  let inGroup = 0
  for (let user = 0; user < USERS; user++) {
    const had = rowOf(histories, user)
    const query = had.slice(0, 5)
    const found = [...find(query, had)]
    const scoreless = slowly(query, had, ITEMS)
    // Equal sums may be rounded apart: what counts is that no better one is left out.
    assert.ok(found.every((item) => scoreless.slice(0, 7).includes(item)))
    assert.equal(found.length, 5)
    assert.ok(found.every((item) => !had.includes(item)))
    inGroup += found.filter((item) => groupOf(item) === user % GROUPS).length / 5 / USERS
  }
  assert.ok(inGroup > 0.8, `${inGroup} of the user's group`)
})

test('they stand behind all other candidates, which stay as they are, and are marked in the row of their user', () => {
  const task = { epoch: 1, index: 2 }
  const [withHard, without] = [
    openBatches(examplesOf())(task),
    openBatches(examplesOf({ hardNegatives: 0 }))(task),
  ]
  const candidates = withHard.candidates as Uint32Array
  const before = without.candidates as Uint32Array
  assert.deepEqual(candidates.slice(0, before.length), before)
  assert.ok(candidates.length > before.length && new Set(candidates).size === candidates.length)
  assert.deepEqual(withHard.query, without.query)
  const offsets = withHard['query/offsets'] as Uint32Array
  const brought = new Set<number>()
  for (let row = 0; row + 1 < offsets.length; row++) {
    const query = (withHard.query as Uint32Array).slice(offsets[row]!, offsets[row + 1]!)
    const labels = (withHard.labels as Float32Array).subarray(
      row * candidates.length,
      (row + 1) * candidates.length,
    )
    const user = (withHard['attribute/0'] as Int32Array)[row]!
    const marked = candidates.filter((_, k) => labels[k] === 2)
    const expected = openHardNegatives(neighbours, 3)(query, rowOf(histories, user))
    assert.deepEqual([...marked].sort(), [...expected].sort())
    for (const item of marked) brought.add(item)
  }
  assert.ok(candidates.slice(before.length).every((item) => brought.has(item)))
})

test('in the mean candidates stand for the whole catalogue, also where the hard ones score high', () => {
  const examples = examplesOf()
  const make = openBatches(examples)
  // Of its own group an item is worth more: as a user's score would have it.
  const worth = (user: number, item: number) => (groupOf(item) === user % GROUPS ? 8 : 0.2)
  let found = 0
  let expected = 0
  for (let epoch = 0; epoch < 60; epoch++) {
    for (let index = 0; index < batchCount(examples); index++) {
      const batch = make({ epoch, index })
      const candidates = batch.candidates as Uint32Array
      const labels = batch.labels as Float32Array
      for (let row = 0; row < examples.batch; row++) {
        const user = (batch['attribute/0'] as Int32Array)[row]!
        candidates.forEach((item, k) => {
          const label = labels[row * candidates.length + k]!
          if (label === 0) found += worth(user, item) / Math.exp((batch.logQ as Float32Array)[k]!)
          if (label === 2) found += worth(user, item)
        })
        const had = new Set(rowOf(histories, user))
        for (let item = 0; item < ITEMS; item++)
          if (popularity[item]! > 0 && !had.has(item)) expected += worth(user, item)
      }
    }
  }
  assert.ok(Math.abs(found / expected - 1) < 0.03, `${found / expected} of what there is`)
})

test('the loss counts a hard negative of its own row once, and one of another row by its chance', async () => {
  const scores = [
    [1, 0.5, 2, -1],
    [0.3, 1.5, 1, 0],
  ]
  const labels = [
    [1, 0, 2, -1],
    [0, 0.5, 0, 0.5],
  ]
  const logQ = [-1, -0.2, -3, -2]
  const given = { scores: scores.flat(), labels: labels.flat(), logQ }
  const lossOf = async (options: { logQ: boolean; hardNegatives: number }) => {
    const loss = softmaxLoss(input('scores', ['users', 'items']), options)
    return (await run({ loss }, { values: given, dims: { users: 2, items: 4 } })).loss!.data[0]!
  }
  const expected = (isCorrected: boolean) => {
    const rows = scores.map((row, user) => {
      const corrected = row.map((score, k) => {
        if (labels[user]![k]! < 0) return Number.NEGATIVE_INFINITY
        return score - (isCorrected && labels[user]![k] !== 2 ? logQ[k]! : 0)
      })
      const total = Math.log(corrected.reduce((sum, score) => sum + Math.exp(score), 0))
      return corrected.reduce((sum, score, k) => {
        const label = labels[user]![k]!
        return label > 0 && label <= 1 ? sum - label * (score - total) : sum
      }, 0)
    })
    return (rows[0]! + rows[1]!) / 2
  }
  for (const isCorrected of [true, false]) {
    const loss = await lossOf({ logQ: isCorrected, hardNegatives: 1 })
    assert.ok(Math.abs(loss - expected(isCorrected)) < 1e-5, `${loss} for ${expected(isCorrected)}`)
  }
})

test('towers learn with them what only near items tell apart', async () => {
  const [pairs, shared, side] = [100, 4, 6]
  const perPair = shared + 2 * side
  const [items, users] = [pairs * perPair, 1200]
  const sideOf = (user: number) => Math.floor(user / pairs) % 2
  /** 0 is another pair, 1 what is liked, 2 the other side of the pair. */
  const kindOf = (user: number, item: number) => {
    const place = item - (user % pairs) * perPair
    if (place < 0 || place >= perPair) return 0
    return place < shared || Math.floor((place - shared) / side) === sideOf(user) ? 1 : 2
  }
  const random = createRandom(5)
  const edges = Array.from({ length: users }, (_, user) => {
    const first = (user % pairs) * perPair
    const own = new Set<number>()
    // Both sides have these, so they lead to the other side too.
    while (own.size < 3) own.add(first + random.below(shared))
    while (own.size < 6) own.add(first + shared + sideOf(user) * side + random.below(side))
    return [...own].map((item) => ({ user, item }))
  }).flat()
  const taught = csrFromEdges(users, items, {
    from: edges.map(({ user }) => user),
    to: edges.map(({ item }) => item),
  })
  const mistaken = async (hardNegatives: number) => {
    const model = await fitTwoTower(
      { histories: taught, isOrdered: false, attributes: [], content: null, ids: true },
      {
        ...{ dim: 32, hidden: 32, dropout: 0, pretrained: true, temperature: 0.1, logQ: true },
        ...{ mixedNegatives: true, hardNegatives, batch: 16, candidates: 64, queryItems: 4, targets: 3 },
        ...{
          interests: 1,
          pooling: 'sum',
          hiddenIds: 0,
          epochs: 8,
          stopAfter: 8,
          patience: 8,
          rate: 0.003,
          tableRate: 0.03,
        },
      },
      1,
      1,
      silentProgress,
    )
    const embed = openQuery(model)
    let others = 0
    for (let user = 0; user < users; user += 7) {
      const query = embed(rowOf(taught, user), null, [])
      const scores = Float32Array.from({ length: items }, (_, item) =>
        vectorAt(model.items, item).reduce((sum, value, j) => sum + value * query[j]!, 0),
      )
      others += topK(scores, shared + side).filter((item) => kindOf(user, item) === 2).length
    }
    return others
  }
  const [withHard, without] = [await mistaken(16), await mistaken(0)]
  assert.ok(withHard < 0.8 * without, `${withHard} of the other side, ${without} without`)
})
