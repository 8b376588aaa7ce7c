/** @file Histories that are solved for: the weights are those of the least squares, in training and serving alike. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { factorise, solveLower, solveUpper } from '../../../src/base/cholesky.ts'
import { csrFromEdges, rowOf } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { topK } from '../../../src/base/top-k.ts'
import { fitAls } from '../../../src/models/als/als.ts'
import { openSolver } from '../../../src/models/als/solver.ts'
import { openBatches, type Pooling, type TwoTowerExamples } from '../../../src/models/two-tower/batches.ts'
import { FACTORS } from '../../../src/models/two-tower/first-rows.ts'
import { openQuery } from '../../../src/models/two-tower/query.ts'
import { setSolvedRows } from '../../../src/models/two-tower/solved-rows.ts'
import { openSolvedWeights, type Solving } from '../../../src/models/two-tower/solved-weights.ts'
import { makeTowers } from '../../../src/models/two-tower/towers.ts'
import { fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { initialWeights } from '../../../src/nn/weights.ts'
import {
  lengthOf,
  normalise,
  type VectorMatrix,
  vectorAt,
  vectorMatrix,
} from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'

const DIM = 8
const ITEMS = 40
const REGULARISATION = 0.05

/** Factors of items that nobody fitted, and what follows from them. */
function drawnFactors(confidence: number) {
  const random = createRandom(7)
  const factors = vectorMatrix(ITEMS, DIM)
  for (let k = 0; k < factors.values.length; k++) factors.values[k] = 0.3 * random.normal()
  const gram = new Float32Array(DIM * DIM)
  for (let item = 0; item < ITEMS; item++)
    for (let i = 0; i < DIM; i++)
      for (let j = 0; j < DIM; j++)
        gram[i * DIM + j]! += vectorAt(factors, item)[i]! * vectorAt(factors, item)[j]!
  const lower = Float64Array.from(gram)
  for (let k = 0; k < DIM; k++) lower[k * (DIM + 1)]! += REGULARISATION
  factorise(lower, DIM)
  const [half, whole] = [vectorMatrix(ITEMS, DIM), vectorMatrix(ITEMS, DIM)]
  for (let item = 0; item < ITEMS; item++) {
    const solved = Float64Array.from(vectorAt(factors, item))
    solveLower(lower, DIM, solved)
    vectorAt(half, item).set(solved)
    solveUpper(lower, DIM, solved)
    vectorAt(whole, item).set(solved)
  }
  const solving: Solving = { factors: half, confidence }
  return { factors, gram, solving, whole }
}

function weighedSum(rows: VectorMatrix, items: readonly number[], weights: ArrayLike<number>): Float32Array {
  const sum = new Float32Array(rows.dim)
  items.forEach((item, k) => {
    vectorAt(rows, item).forEach((value, j) => {
      sum[j]! += weights[k]! * value
    })
  })
  return sum
}

const closeTo = (own: ArrayLike<number>, other: ArrayLike<number>, within = 1e-5) => {
  assert.equal(own.length, other.length)
  for (let j = 0; j < own.length; j++)
    assert.ok(Math.abs(own[j]! - other[j]!) < within, `${own[j]} for ${other[j]} at ${j}`)
}

for (const confidence of [2, 30, 200])
  test(`a history weighed so is the least squares' solution, confidence ${confidence}`, () => {
    const { factors, gram, solving, whole } = drawnFactors(confidence)
    const weigh = openSolvedWeights(solving)
    const solve = openSolver({ gram, confidence, regularisation: REGULARISATION }, DIM)
    for (const [items, given] of [
      [[3], [1]],
      [[1, 2, 5, 8, 13, 21, 34], new Array(7).fill(1)],
      [
        [4, 9, 16],
        [1, 0, 0.3],
      ],
      [Array.from({ length: ITEMS }, (_, item) => item), new Array(ITEMS).fill(0.5)],
    ] as [number[], number[]][]) {
      const weights = Float64Array.from(given)
      weigh(items, weights)
      const expected = new Float32Array(DIM)
      solve(expected, items, 0, items.length, factors, 200, given)
      closeTo(weighedSum(whole, items, weights), expected, 1e-4 * Math.max(1, lengthOf(expected)))
    }
  })

test('an item said twice counts hardly more than once, one of another kind counts beside it', () => {
  const factors = vectorMatrix(3, 2)
  factors.values.set([0.7, 0, 0.7, 0, 0, 0.7])
  const weigh = openSolvedWeights({ factors, confidence: 100 })
  const weights = new Float64Array([1, 1, 1])
  weigh([0, 1, 2], weights)
  closeTo([weights[0]! + weights[1]!], [weights[2]!], 0.02 * weights[2]!)
})

test('what nobody had, or came later, counts as having nothing in common; what is not wanted counts against', () => {
  const { solving } = drawnFactors(10)
  const weigh = openSolvedWeights(solving)
  const weights = new Float64Array([1, 1, -0.5, 0])
  weigh([3, ITEMS + 5, 20, 4], weights)
  closeTo([weights[1]!, weights[3]!], [10, 0], 1e-9)
  assert.ok(weights[0]! > 0 && weights[0]! < 10)
  assert.ok(weights[2]! < 0 && weights[2]! > -5)
})

/** Users with two to nine of the items. */
const histories = (() => {
  const random = createRandom(2)
  const edges = Array.from({ length: 60 }, (_, user) => {
    const own = new Set<number>()
    while (own.size < 2 + (user % 8)) own.add((user % 2) * 20 + random.below(20))
    return [...own].map((item) => ({ user, item }))
  }).flat()
  return csrFromEdges(60, ITEMS, { from: edges.map(({ user }) => user), to: edges.map(({ item }) => item) })
})()
const everybody = Uint32Array.from({ length: histories.rows }, (_, user) => user)

async function solvedRows() {
  const [ids, history] = [vectorMatrix(ITEMS + 1, DIM), vectorMatrix(ITEMS + 1, DIM)]
  const solving = await setSolvedRows({ ids, history }, histories, everybody, 1, 1, silentProgress)
  return { ids, history, solving }
}

test('rows begin so that a user is who the factors say, before anything is learned', async () => {
  const { ids, history, solving } = await solvedRows()
  const factorised = { ...FACTORS, dim: DIM }
  const { items, gram } = await fitAls(histories, factorised, 1, 1, silentProgress)
  const { confidence } = solving
  const solve = openSolver({ gram, confidence, regularisation: FACTORS.regularisation }, DIM)
  const weigh = openSolvedWeights(solving)
  for (let user = 0; user < histories.rows; user++) {
    const own = [...rowOf(histories, user)]
    const weights = new Float64Array(own.length).fill(1)
    weigh(own, weights)
    const expected = new Float32Array(DIM)
    solve(expected, own, 0, own.length, items, 200)
    closeTo(normalise(weighedSum(history, own, weights)), normalise(expected), 1e-3)
  }
  const lengths = Array.from({ length: ITEMS }, (_, item) => lengthOf(vectorAt(history, item)))
  closeTo([lengths.reduce((sum, length) => sum + length, 0) / ITEMS], [1], 1e-5)
  for (let item = 0; item < ITEMS; item++)
    closeTo(vectorAt(ids, item), normalise(vectorAt(items, item).slice()))
})

test('a batch sums what serving sums, and the towers make the same vector of it', async () => {
  const { history, solving } = await solvedRows()
  const content = vectorMatrix(ITEMS, 3)
  content.values.forEach((_, k) => {
    content.values[k] = Math.sin(k)
  })
  const examples: TwoTowerExamples = {
    ...{ histories, learners: everybody, popularity: new Float32Array(ITEMS).fill(1 / ITEMS), content },
    ...{ attributes: [everybody.map((user) => user % 3)], neighbours: null, solving, pooling: 'solved' },
    ...{ isOrdered: false, batch: 20, candidates: 30, mixedNegatives: true, hardNegatives: 0 },
    ...{ queryItems: 5, targets: 4, hiddenIds: 0, seed: 1 },
  }
  const batch = openBatches(examples)({ epoch: 0, index: 0 })
  const [ids, offsets] = [batch.query as Uint32Array, batch['query/offsets'] as Uint32Array]
  const asked = Array.from({ length: 20 }, (_, row) => [...ids.subarray(offsets[row], offsets[row + 1])])
  assert.ok(asked.some((own) => own.length > 2))
  const summed = asked.flatMap((own, row) => [
    ...weighedSum(history, own, (batch['query/weights'] as Float32Array).subarray(offsets[row]!)),
  ])
  const output = makeTowers({
    ...{ dim: DIM, hidden: 6, dropout: 0, temperature: 0.2, logQ: true, hardNegatives: 0, content: 3 },
    ...{ attributes: [3], pooling: 'solved', pretrained: false, interests: 1 },
  }).user(false)
  const weights = initialWeights([output], 3)
  weights.get('user/attribute/0')!.forEach((_, k, all) => {
    all[k] = Math.cos(k)
  })
  const codes = [...(batch['attribute/0'] as Int32Array)]
  const graph = await run(
    { output },
    {
      values: {
        ...Object.fromEntries([...weights].map(([name, own]) => [name, [...own]])),
        query: summed,
        'query/content': [...(batch['query/content'] as Float32Array)],
        'attribute/0': codes,
      },
      dims: { users: 20 },
    },
  )
  const joined = vectorMatrix(ITEMS + 1, DIM)
  const projection = weights.get('user/content/weight')!
  for (let item = 0; item < ITEMS; item++)
    for (let j = 0; j < DIM; j++) {
      let sum = vectorAt(history, item)[j]!
      for (let k = 0; k < 3; k++) sum += vectorAt(content, item)[k]! * projection[k * DIM + j]!
      vectorAt(joined, item)[j] = sum
    }
  const embed = openQuery({
    ...{ history: joined, solving, attributes: [weights.get('user/attribute/0')!] },
    user: {
      ...{ dim: DIM, hidden: 6 },
      ...{ firstWeight: weights.get('user/0/weight')!, firstBias: weights.get('user/0/bias')! },
      ...{ secondWeight: weights.get('user/1/weight')!, secondBias: weights.get('user/1/bias')! },
    },
  })
  asked.forEach((own, row) => {
    const expected = (graph.output!.data as Float32Array).subarray(row * DIM, (row + 1) * DIM)
    closeTo(embed(own, null, [codes[row]!]), expected)
  })
})

test('a set that is always taken whole does not drown the few items that say more', async () => {
  const [topics, perTopic, perSet, users] = [16, 20, 10, 1000]
  const [sets, items] = [topics * perTopic, topics * (perTopic + perSet)]
  const draws = createRandom(5)
  const some = (topic: number, count: number) => {
    const own = new Set<number>()
    while (own.size < count) own.add(topic * perTopic + draws.below(perTopic))
    return [...own]
  }
  const wholeSet = (number: number) => Array.from({ length: perSet }, (_, k) => sets + number * perSet + k)
  // Half of those who have a set like its topic, the others any.
  const edges = Array.from({ length: users }, (_, user) => {
    const topic = draws.below(topics)
    const set = draws.float() < 0.5 ? topic : draws.below(topics)
    return [...wholeSet(set), ...some(topic, 6)].map((item) => ({ user, item }))
  }).flat()
  const taught = csrFromEdges(users, items, {
    from: edges.map(({ user }) => user),
    to: edges.map(({ item }) => item),
  })
  const cases = Array.from({ length: 300 }, (_, k) => {
    const topic = (k + 7) % topics
    return { asked: [...wholeSet(k % topics), ...some(topic, 1)], topic }
  })
  const found = async (pooling: Pooling) => {
    const fitted = await fitTwoTower(
      { histories: taught, isOrdered: false, attributes: [], content: null, ids: true },
      {
        ...{ dim: 32, hidden: 16, dropout: 0, pretrained: true, temperature: 0.2, logQ: true, pooling },
        ...{ mixedNegatives: true, hardNegatives: 0, batch: 50, candidates: items, queryItems: 20 },
        ...{ targets: 20, hiddenIds: 0, epochs: 1, stopAfter: 1, patience: 1, rate: 0.0001 },
        ...{ tableRate: 0.0006, interests: 1 },
      },
      1,
      1,
      silentProgress,
    )
    const embed = openQuery(fitted)
    const right = cases.map(({ asked, topic }) => {
      const query = embed(asked, null, [])
      const scores = Float32Array.from({ length: items }, (_, item) =>
        asked.includes(item)
          ? Number.NEGATIVE_INFINITY
          : vectorAt(fitted.items, item).reduce((sum, value, j) => sum + value * query[j]!, 0),
      )
      return topK(scores, perTopic).filter((item) => Math.floor(item / perTopic) === topic).length
    })
    return right.reduce((sum, count) => sum + count, 0) / cases.length / perTopic
  }
  const [solved, summed] = [await found('solved'), await found('sum')]
  assert.ok(solved > summed + 0.4, `${solved} of the topic, ${summed} by the sum`)
})
