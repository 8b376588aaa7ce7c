/** @file Users with several interests: an item is scored by the best one, and tastes that are far apart are kept apart. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges, rowOf } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { topK } from '../../../src/base/top-k.ts'
import { openInterests } from '../../../src/models/two-tower/query.ts'
import { meanRecall } from '../../../src/models/two-tower/recall.ts'
import { fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const [TOPICS, PER_TOPIC, USERS] = [24, 20, 1500]
const ITEMS = TOPICS * PER_TOPIC
const random = createRandom(5)
/** Two topics of each user, that tell nothing of each other. */
const tastes = Array.from({ length: USERS }, () => {
  const first = random.below(TOPICS)
  return [first, (first + 1 + random.below(TOPICS - 1)) % TOPICS]
})
const edges = tastes.flatMap((two, user) => {
  const own = two.map((topic) => {
    const items = new Set<number>()
    while (items.size < 8) items.add(topic * PER_TOPIC + random.below(PER_TOPIC))
    return [...items]
  })
  return own.flat().map((item) => ({ user, item }))
})
const histories = csrFromEdges(USERS, ITEMS, {
  from: edges.map(({ user }) => user),
  to: edges.map(({ item }) => item),
})

const fit = (interests: number) =>
  fitTwoTower(
    { histories, isOrdered: false, attributes: [], content: null, ids: true },
    {
      // So few dimensions that between two topics there are others.
      ...{ dim: 4, hidden: 32, dropout: 0, pretrained: true, temperature: 0.1, logQ: true },
      ...{ pooling: 'attention', interests, mixedNegatives: true, hardNegatives: 0, hiddenIds: 0 },
      ...{ batch: 50, candidates: ITEMS, queryItems: 8, targets: 8, epochs: 10, stopAfter: 10, patience: 10 },
      ...{ rate: 0.01, tableRate: 0.01 },
    },
    1,
    1,
    silentProgress,
  )

type Model = Awaited<ReturnType<typeof fit>>

/** By the best interest of a user with these items. */
function bestScores(
  model: Pick<Model, 'items' | 'history' | 'attributes' | 'attention' | 'user'>,
  asked: Uint32Array,
) {
  const interests = openInterests(model)(asked, null, [])
  return Float32Array.from({ length: model.items.count }, (_, item) => {
    const vector = vectorAt(model.items, item)
    const products = interests.map((each) => each.reduce((sum, value, j) => sum + value * vector[j]!, 0))
    return Math.max(...products)
  })
}

/** Of the best items of users with two topics, the share that is of one of them. */
function found(model: Model): number {
  let right = 0
  for (let user = 0; user < 300; user++) {
    const best = topK(bestScores(model, rowOf(histories, user)), 2 * PER_TOPIC)
    right += best.filter((item) => tastes[user]!.includes(Math.floor(item / PER_TOPIC))).length / best.length
  }
  return right / 300
}

test('two interests find two topics of which one vector has to find the middle', async () => {
  const [two, one] = [found(await fit(2)), found(await fit(1))]
  assert.ok(two > 0.85 && one < 0.6, `${two} with two interests, ${one} with one`)
})

test('who judges a training judges all interests', async () => {
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal())
  const [dim, count, hidden] = [4, 300, 3]
  const items = { ...vectorMatrix(count, dim), values: draw(count * dim) }
  const model = {
    items,
    history: { count: count + 1, dim, values: draw((count + 1) * dim) },
    attributes: [],
    ...{ unknown: draw(dim), contentToItem: draw(0), contentToHistory: draw(0) },
    attention: { keyWeight: draw(3 * dim ** 2), queryWeight: draw(3 * dim ** 2), queryBias: draw(3 * dim) },
    user: {
      ...{ dim, hidden, firstWeight: draw(dim * hidden), firstBias: draw(hidden) },
      ...{ secondWeight: draw(hidden * dim), secondBias: draw(dim) },
    },
  }
  // More than are asked for at a time.
  const cases = Array.from({ length: 70 }, (_, k) => ({
    asked: Uint32Array.of(k, k + 70, k + 140),
    hidden: Uint32Array.of(k + 210, 299 - k),
    codes: [],
  }))
  const expected = cases.map(({ asked, hidden: wanted }) => {
    const scores = bestScores(model, asked)
    for (const item of asked) scores[item] = Number.NEGATIVE_INFINITY
    return topK(scores, 100).filter((item) => wanted.includes(item)).length / new Set(wanted).size
  })
  const mean = expected.reduce((sum, each) => sum + each, 0) / cases.length
  assert.ok(Math.abs((await meanRecall(model, cases, 1)) - mean) < 1e-9)
})
