/** @file Attention pooling of histories: served as it is trained, beginning as the sum, and blind to what does not belong. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { topK } from '../../../src/base/top-k.ts'
import { attentionOf } from '../../../src/models/two-tower/attention.ts'
import { openBatches, type Pooling, type TwoTowerExamples } from '../../../src/models/two-tower/batches.ts'
import { openInterests, openQuery } from '../../../src/models/two-tower/query.ts'
import { makeTowers } from '../../../src/models/two-tower/towers.ts'
import { fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { plusProduct } from '../../../src/models/vector-times-matrix.ts'
import { add } from '../../../src/nn/operators/arithmetic.ts'
import { initialWeights } from '../../../src/nn/weights.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'
import { randomLeaves } from '../../nn/random-leaves.ts'

const DIM = 8
const CONTENT = 3
const towersOf = (pooling: Pooling, pretrained: boolean, interests = 1) =>
  makeTowers({
    ...{ dim: DIM, hidden: 6, dropout: 0, temperature: 0.2, logQ: true, hardNegatives: 0 },
    ...{ content: CONTENT, attributes: [3], pooling, pretrained, interests },
  })

/** Rows and content of a few items, drawn. */
function drawnItems(count: number) {
  const random = createRandom(11)
  const matrix = (dim: number) => {
    const drawn = vectorMatrix(count, dim)
    for (let k = 0; k < drawn.values.length; k++) drawn.values[k] = random.normal()
    return drawn
  }
  return { rows: matrix(DIM), content: matrix(CONTENT) }
}

const closeTo = (own: ArrayLike<number>, other: ArrayLike<number>, within = 1e-5) => {
  assert.equal(own.length, other.length)
  for (let j = 0; j < own.length; j++)
    assert.ok(Math.abs(own[j]! - other[j]!) < within, `${own[j]} for ${other[j]} at ${j}`)
}

for (const interests of [1, 3])
  test(`a history is pooled at serving as the graph pools it, ${interests} interests, with words, attributes and an item that came later`, async () => {
    const asked = [[4], [0, 2, 5], [1, 3, 4, 5, 2], []]
    const codes = [2, 0, 1, 1]
    const [items, late] = [drawnItems(6), 5]
    const outputs = towersOf('attention', false, interests).interests(false)
    const output = outputs.reduce((sum, each) => add(sum, each))
    const flat = asked.flat()
    const leaves = randomLeaves(
      output,
      { users: asked.length, asked: flat.length },
      {
        query: flat.flatMap((item) => [...vectorAt(items.rows, item)]),
        'query/content': flat.flatMap((item) => [...vectorAt(items.content, item)]),
        'query/row': asked.flatMap((own, row) => own.map(() => row)),
        'query/scale': asked.map((own) => 1 / Math.sqrt(Math.max(1, own.length))),
        'attribute/0': codes,
      },
    )
    const graph = await run(Object.fromEntries(outputs.map((each, k) => [`interest ${k}`, each])), leaves)
    const weight = (name: string) => Float32Array.from(leaves.values[name]!)
    const joined = (item: number) =>
      plusProduct(vectorAt(items.rows, item), vectorAt(items.content, item), weight('user/content/weight'))
    // The row behind the known ones is that of no id; what came later stands beyond it.
    const history = vectorMatrix(late + 1, DIM)
    for (let item = 0; item < late; item++) vectorAt(history, item).set(joined(item))
    const embed = openInterests(
      {
        history,
        attributes: [weight('user/attribute/0')],
        attention: attentionOf(new Map(Object.keys(leaves.values).map((name) => [name, weight(name)]))),
        user: {
          ...{ dim: DIM, hidden: 6 },
          ...{ firstWeight: weight('user/0/weight'), firstBias: weight('user/0/bias') },
          ...{ secondWeight: weight('user/1/weight'), secondBias: weight('user/1/bias') },
        },
      },
      new Map([[late, joined(late)]]),
    )
    asked.forEach((own, row) => {
      const vectors = embed(own, null, [codes[row]!])
      assert.equal(vectors.length, interests)
      vectors.forEach((vector, k) => {
        const all = graph[`interest ${k}`]!.data as Float32Array
        closeTo(vector, all.subarray(row * DIM, (row + 1) * DIM))
      })
    })
  })

const random = createRandom(2)
const drawn = (length: number) => Float32Array.from({ length }, () => random.normal())
const model = {
  history: { count: 7, dim: DIM, values: drawn(7 * DIM) },
  attributes: [],
  user: {
    ...{ dim: DIM, hidden: 4, firstWeight: drawn(DIM * 4), firstBias: drawn(4) },
    ...{ secondWeight: drawn(4 * DIM), secondBias: drawn(DIM) },
  },
}
// Scores small enough that every item has its part.
const attention = {
  keyWeight: drawn(DIM ** 2).map((x) => 0.2 * x),
  queryWeight: drawn(DIM ** 2),
  queryBias: drawn(DIM),
}

test('without a preference attention is the sum, whatever the items of a request weigh', () => {
  const none = { ...attention, keyWeight: new Float32Array(DIM ** 2) }
  const [plain, pooled] = [openQuery(model), openQuery({ ...model, attention: none })]
  for (const weights of [null, [0.2, 1, 0.5], [1, -0.5, 2]])
    closeTo(pooled([1, 4, 5], weights, []).slice(), plain([1, 4, 5], weights, []))
})

test('an item that weighs nothing is as if it were not there', () => {
  const embed = openQuery({ ...model, attention })
  closeTo(embed([1, 4, 5], [1, 1e-9, 0.7], []).slice(), embed([1, 5], [1, 0.7], []))
  const all = embed([1, 4, 5], null, []).slice()
  assert.ok(embed([1, 5], null, []).some((value, j) => Math.abs(value - all[j]!) > 0.01))
})

/** Users with two to nine of thirty items. */
const histories = (() => {
  const edges = Array.from({ length: 20 }, (_, user) => {
    const own = new Set<number>()
    while (own.size < 2 + (user % 8)) own.add(random.below(30))
    return [...own].map((item) => ({ user, item }))
  }).flat()
  return csrFromEdges(20, 30, { from: edges.map(({ user }) => user), to: edges.map(({ item }) => item) })
})()

test('training from factors begins with what the sum of the rows says', async () => {
  const { rows, content } = drawnItems(30)
  const popularity = new Float32Array(30).fill(1 / 30)
  const userVectors = async (pooling: Pooling) => {
    const examples: TwoTowerExamples = {
      ...{ histories, learners: Uint32Array.from({ length: 20 }, (_, user) => user), popularity, content },
      ...{ attributes: [Uint32Array.from({ length: 20 }, (_, user) => user % 3)], neighbours: null },
      ...{ isOrdered: false, batch: 20, candidates: 30, mixedNegatives: true, hardNegatives: 0 },
      ...{ queryItems: 5, targets: 4, hiddenIds: 0, seed: 1, pooling },
    }
    const batch = openBatches(examples)({ epoch: 0, index: 0 })
    const output = towersOf(pooling, true).user(false)
    const weights = initialWeights([output], 3)
    // Beside attributes it counts how long a history's vector is.
    const attribute = weights.get('user/attribute/0')!
    attribute.forEach((_, k) => {
      attribute[k] = Math.cos(k)
    })
    const ids = batch.query as Uint32Array
    const summed = (row: number) => {
      const sum = new Float32Array(DIM)
      const offsets = batch['query/offsets'] as Uint32Array
      for (let k = offsets[row]!; k < offsets[row + 1]!; k++)
        for (let j = 0; j < DIM; j++)
          sum[j]! += (batch['query/weights'] as Float32Array)[k]! * vectorAt(rows, ids[k]!)[j]!
      return [...sum]
    }
    const query =
      pooling === 'sum'
        ? Array.from({ length: 20 }, (_, row) => summed(row)).flat()
        : Array.from(ids, (item) => [...vectorAt(rows, item)]).flat()
    const values = Object.fromEntries(
      [...Object.entries(batch), ...weights].map(([name, own]) => [name, [...own]]),
    )
    const dims = { users: 20, asked: ids.length }
    return (await run({ output }, { values: { ...values, query }, dims })).output!.data
  }
  closeTo(await userVectors('attention'), await userVectors('sum'))
})

test('attention learns to pass over what does not belong to a history, which a sum cannot', async () => {
  const [topics, perTopic, users] = [20, 30, 1600]
  const items = topics * perTopic
  const draws = createRandom(5)
  /** So many items of a topic, and so many of any. */
  const history = (topic: number, own: number, strays: number) => {
    const drawn = new Set<number>()
    while (drawn.size < own) drawn.add(topic * perTopic + draws.below(perTopic))
    while (drawn.size < own + strays) drawn.add(draws.below(items))
    return [...drawn]
  }
  const edges = Array.from({ length: users }, (_, user) =>
    history(user % topics, 10, 30).map((item) => ({ user, item })),
  ).flat()
  const taught = csrFromEdges(users, items, {
    from: edges.map(({ user }) => user),
    to: edges.map(({ item }) => item),
  })
  const asked = Array.from({ length: 400 }, (_, k) => history(k % topics, 5, 15))
  const found = async (pooling: Pooling) => {
    const fitted = await fitTwoTower(
      { histories: taught, isOrdered: false, attributes: [], content: null, ids: true },
      {
        ...{ dim: 16, hidden: 16, dropout: 0, pretrained: true, temperature: 0.2, logQ: true, pooling },
        ...{ mixedNegatives: true, hardNegatives: 0, batch: 50, candidates: items, queryItems: 20 },
        ...{ targets: 20, hiddenIds: 0, epochs: 12, stopAfter: 12, patience: 12, rate: 0.01 },
        ...{ tableRate: 0.005, interests: 1 },
      },
      1,
      1,
      silentProgress,
    )
    const embed = openQuery(fitted)
    const right = asked.map((own, k) => {
      const query = embed(own, null, [])
      const scores = Float32Array.from({ length: items }, (_, item) =>
        vectorAt(fitted.items, item).reduce((sum, value, j) => sum + value * query[j]!, 0),
      )
      return topK(scores, perTopic).filter((item) => Math.floor(item / perTopic) === k % topics).length
    })
    return right.reduce((sum, count) => sum + count, 0) / asked.length / perTopic
  }
  const [attentive, summed] = [await found('attention'), await found('sum')]
  assert.ok(attentive > summed + 0.05, `${attentive} of the topic, ${summed} by the sum`)
})
