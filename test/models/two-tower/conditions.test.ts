/** @file Users who ask for a value of an attribute: how they are taught, and what their towers know of it then. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges, rowOf } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { topK } from '../../../src/base/top-k.ts'
import { attentionOf } from '../../../src/models/two-tower/attention.ts'
import { openBatches, type Pooling, type TwoTowerExamples } from '../../../src/models/two-tower/batches.ts'
import { drawConditions, NO_CONDITION, narrowLabels } from '../../../src/models/two-tower/conditions.ts'
import { openQuery } from '../../../src/models/two-tower/query.ts'
import { conditionScale, makeTowers } from '../../../src/models/two-tower/towers.ts'
import { fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { initialWeights } from '../../../src/nn/weights.ts'
import { vectorAt } from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'

const [SHELVES, TOPICS, PER_TOPIC, USERS] = [4, 3, 20, 1200]
const PER_SHELF = TOPICS * PER_TOPIC
const ITEMS = SHELVES * PER_SHELF
const random = createRandom(11)
/** What each user likes on each shelf: a topic there says nothing of another shelf's. */
const tastes = Array.from({ length: USERS }, () =>
  Array.from({ length: SHELVES }, (_, shelf) => shelf * TOPICS + random.below(TOPICS)),
)
const edges = tastes.flatMap((topics, user) =>
  topics.flatMap((topic) => {
    const own = new Set<number>()
    while (own.size < 6) own.add(topic * PER_TOPIC + random.below(PER_TOPIC))
    return Array.from(own, (item) => ({ user, item }))
  }),
)
const histories = csrFromEdges(USERS, ITEMS, {
  from: edges.map(({ user }) => user),
  to: edges.map(({ item }) => item),
})
const topicOf = (item: number) => Math.floor(item / PER_TOPIC)
const shelfOf = (item: number) => 1 + Math.floor(item / PER_SHELF)
const codes = Uint32Array.from({ length: ITEMS }, (_, item) => shelfOf(item))
const conditions = (share: number) => ({ codes, values: SHELVES + 1, share })

const fit = (share: number, pooling: Pooling) =>
  fitTwoTower(
    {
      ...{ histories, isOrdered: false, attributes: [], content: null, ids: true },
      ...(share > 0 && { conditions: conditions(share) }),
    },
    {
      // So few dimensions that a user of four topics stands between them.
      ...{ dim: 4, hidden: 128, dropout: 0, pretrained: true, temperature: 0.1, logQ: true },
      ...{ pooling, interests: 1, mixedNegatives: true, hardNegatives: 0, hiddenIds: 0 },
      ...{
        batch: 50,
        candidates: ITEMS,
        queryItems: 24,
        targets: 8,
        epochs: 60,
        stopAfter: 60,
        patience: 60,
      },
      ...{ rate: 0.01, tableRate: 0.01 },
    },
    1,
    1,
    silentProgress,
  )

type Model = Awaited<ReturnType<typeof fit>>

/** Of the best items of a shelf, the share that is of the topic that the user likes there. */
function found(model: Model, tells: boolean): number {
  const embed = openQuery(model)
  let right = 0
  for (let user = 0; user < 200; user++)
    for (let shelf = 1; shelf <= SHELVES; shelf++) {
      const query = embed(rowOf(histories, user), null, [], tells ? shelf : NO_CONDITION)
      const scores = Float32Array.from({ length: ITEMS }, (_, item) =>
        shelfOf(item) === shelf
          ? vectorAt(model.items, item).reduce((sum, value, j) => sum + value * query[j]!, 0)
          : Number.NEGATIVE_INFINITY,
      )
      const best = topK(scores, PER_TOPIC)
      right += best.filter((item) => topicOf(item) === tastes[user]![shelf - 1]).length / PER_TOPIC
    }
  return right / (200 * SHELVES)
}

for (const pooling of ['sum', 'attention'] as const)
  test(`towers that know the shelf find what is liked there, others what lies between all shelves (${pooling})`, async () => {
    const [taught, plain] = [await fit(0.8, pooling), await fit(0, pooling)]
    const [told, untold, never] = [found(taught, true), found(taught, false), found(plain, false)]
    const shares = `${told} told, ${untold} untold, ${never} never taught`
    assert.ok(told > 0.7 && told > untold + 0.1 && told > never + 0.1, shares)
    assert.equal(plain.conditions, undefined)
  })

test('a request with a condition is embedded as the graph embeds it', async () => {
  const [dim, hidden, asking] = [8, 16, [2, 0, 3]]
  for (const pooling of ['sum', 'attention'] as const) {
    const { user } = makeTowers({
      ...{ dim, hidden, dropout: 0, temperature: 0.1, content: 0, attributes: [2], conditions: 4, pooling },
      ...{ interests: 1, pretrained: false, logQ: true, hardNegatives: 0 },
    })
    const output = user(false)
    const weights = initialWeights([output], 3)
    const draw = createRandom(4)
    // Rows that begin as zeros would hide a mistake.
    for (const name of ['user/condition', 'user/attribute/0'])
      weights.get(name)!.forEach((_, k, own) => {
        own[k] = draw.normal()
      })
    const rows = Array.from({ length: 6 }, () => Float32Array.from({ length: dim }, () => draw.normal()))
    const queries = [[0, 1], [2], [3, 4, 5]]
    const asked = queries.flat().map((row) => rows[row]!)
    const scales = queries.map(({ length }) => 1 / Math.sqrt(length))
    const sums = queries.flatMap((own, k) =>
      Array.from({ length: dim }, (_, j) => scales[k]! * own.reduce((sum, row) => sum + rows[row]![j]!, 0)),
    )
    const given: Record<string, number[]> =
      pooling === 'sum'
        ? { query: sums }
        : {
            query: asked.flatMap((row) => [...row]),
            'query/row': queries.flatMap((own, k) => own.map(() => k)),
            'query/scale': scales,
          }
    const values = {
      ...Object.fromEntries([...weights].map(([name, own]) => [name, [...own]])),
      ...{ ...given, 'attribute/0': [1, 0, 1], condition: asking },
    }
    const graph = await run({ output }, { values, dims: { users: 3, asked: 6 } })
    const embed = openQuery({
      history: {
        count: 7,
        dim,
        values: Float32Array.from([...rows.flatMap((row) => [...row]), ...rows[0]!]),
      },
      attributes: [weights.get('user/attribute/0')!],
      conditions: weights.get('user/condition')!.map((value) => value * conditionScale(dim)),
      attention: pooling === 'attention' ? attentionOf(weights) : undefined,
      user: {
        ...{
          dim,
          hidden,
          firstWeight: weights.get('user/0/weight')!,
          firstBias: weights.get('user/0/bias')!,
        },
        ...{ secondWeight: weights.get('user/1/weight')!, secondBias: weights.get('user/1/bias')! },
      },
    })
    queries.forEach((own, k) => {
      const vector = embed(own, null, [values['attribute/0'][k]!], asking[k])
      vector.forEach((value, j) => {
        assert.ok(Math.abs(value - graph.output!.data[k * dim + j]!) < 1e-5, pooling)
      })
    })
  }
})

const examples: TwoTowerExamples = {
  ...{ histories, learners: Uint32Array.from({ length: USERS }, (_, user) => user), isOrdered: false },
  ...{ popularity: new Float32Array(ITEMS).fill(1 / ITEMS), batch: 100, candidates: 150, targets: 8 },
  ...{ mixedNegatives: true, hardNegatives: 0, queryItems: 12, pooling: 'sum', hiddenIds: 0.1 },
  ...{ content: null, neighbours: null, attributes: [], seed: 5 },
}

test('a batch is the same with conditions and without, but for what it asks for and whom it compares', () => {
  const { labels, ...plain } = openBatches(examples)({ epoch: 1, index: 3 })
  const {
    labels: narrowed,
    condition,
    ...other
  } = openBatches({ ...examples, conditions: conditions(0.5) })({
    ...{ epoch: 1, index: 3 },
  })
  assert.deepEqual(other, plain)
  const width = labels!.length / 100
  const asks = Array.from(condition!, (code) => code !== NO_CONDITION)
  assert.ok(asks.includes(true) && asks.includes(false))
  asks.forEach((isAsked, row) => {
    const rowOfBoth = [labels!, narrowed!].map((own) => own.slice(row * width, (row + 1) * width))
    if (isAsked) assert.notDeepEqual(rowOfBoth[0], rowOfBoth[1])
    else assert.deepEqual(rowOfBoth[0], rowOfBoth[1])
  })
})

test('so many users ask as were wanted, each for the value of one of the targets', () => {
  const targets = Array.from({ length: 4000 }, (_, user) => rowOf(histories, user % USERS).slice(0, 9))
  const asked = drawConditions(conditions(0.3), targets, 1, 2)
  assert.deepEqual(asked, drawConditions(conditions(0.3), targets, 1, 2))
  assert.notDeepEqual(asked, drawConditions(conditions(0.3), targets, 1, 3))
  asked.forEach((code, user) => {
    assert.ok(code === NO_CONDITION || targets[user]!.some((item) => codes[item] === code))
  })
  const share = asked.filter((code) => code !== NO_CONDITION).length / asked.length
  assert.ok(Math.abs(share - 0.3) < 0.03, `${share}`)
})

test('who asks for a value chooses among the items that have it; targets share what is left', () => {
  const candidates = Uint32Array.of(0, 1, 2, PER_SHELF, PER_SHELF + 1)
  const third = 1 / 3
  const before = [third, -1, 0, third, third, third, 2, 0, third, third]
  const labels = Float32Array.from([...before, ...before])
  narrowLabels(labels, -1, Int32Array.of(2, 1, NO_CONDITION, NO_CONDITION), candidates, conditions(1))
  const expected = [-1, -1, -1, 0.5, 0.5, 1, 2, 0, -1, -1, ...before]
  assert.deepEqual(labels, Float32Array.from(expected))
})
