/** @file Rows that items share: what is planted is learned with them, and what is served is what was trained. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { type Csr, csrFromEdges } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { topK } from '../../../src/base/top-k.ts'
import { itemTables, MAPPINGS, type TrainedRows } from '../../../src/models/two-tower/item-tables.ts'
import { openQuery } from '../../../src/models/two-tower/query.ts'
import { collectRows } from '../../../src/models/two-tower/tower-rows.ts'
import { makeTowers } from '../../../src/models/two-tower/towers.ts'
import { type DotProductOptions, fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { TableFill } from '../../../src/nn/table-fill.ts'
import { initialWeights } from '../../../src/nn/weights.ts'
import { packRows } from '../../../src/vectors/packed-rows.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'

const [TOPICS, PER_TOPIC, USERS] = [6, 30, 300]
const ITEMS = TOPICS * PER_TOPIC
const SHARED: TrainedRows[] = MAPPINGS.filter((mapping) => mapping !== 'full').map((mapping) => ({
  mapping,
  share: 0.5,
  lookups: 2,
}))

/** By chance a sixth: what a single row for all would find. Quotients only add what all of their items have in common. */
const LEAST: Record<string, number> = { hashed: 0.65, 'quotient-remainder': 0.4, unified: 0.9 }

const options: DotProductOptions = {
  ...{ dim: 16, hidden: 16, dropout: 0, pooling: 'sum', interests: 1, pretrained: false, temperature: 0.1 },
  ...{ logQ: true, mixedNegatives: true, hardNegatives: 0, hiddenIds: 0.1 },
  ...{ batch: 30, candidates: ITEMS, queryItems: 8, targets: 8, epochs: 40, stopAfter: 40, patience: 40 },
  ...{ rate: 0.003, tableRate: 0.02 },
}

/** Each user keeps to one topic. Numbers of items tell nothing of their topic. */
const topicOf = (item: number) => item % TOPICS
function topicalHistories(): Csr {
  const random = createRandom(1)
  const edges = Array.from({ length: USERS }, (_, user) => {
    const own = new Set<number>()
    while (own.size < 12) own.add((user % TOPICS) + TOPICS * random.below(PER_TOPIC))
    return Array.from(own, (item) => ({ user, item }))
  }).flat()
  return csrFromEdges(USERS, ITEMS, {
    from: edges.map(({ user }) => user),
    to: edges.map(({ item }) => item),
  })
}

const histories = topicalHistories()
const input = { histories, isOrdered: false, attributes: [], content: null, ids: true }
const fit = (given: Partial<DotProductOptions>, threads = 1) =>
  fitTwoTower(input, { ...options, ...given }, 1, threads, silentProgress)

/** Of what is best for who has three items of a topic, the share that is of it. */
function found(model: Awaited<ReturnType<typeof fit>>, topic: number): number {
  const query = openQuery(model)([topic, topic + TOPICS, topic + 2 * TOPICS], null, [])
  const scores = Float32Array.from({ length: ITEMS }, (_, item) =>
    vectorAt(model.items, item).reduce((sum, value, j) => sum + value * query[j]!, 0),
  )
  return topK(scores, PER_TOPIC).filter((item) => topicOf(item) === topic).length / PER_TOPIC
}

function meanFound(model: Awaited<ReturnType<typeof fit>>): number {
  const topics = Array.from({ length: TOPICS }, (_, topic) => found(model, topic))
  return topics.reduce((sum, each) => sum + each, 0) / TOPICS
}

const UNTRAINED = { stopAfter: 1, rate: 1e-5, tableRate: 1e-5 }

for (const rows of SHARED) {
  test(`${rows.mapping}: users find the items of their topic by rows that items share`, async () => {
    const model = await fit({ rows })
    assert.ok(meanFound(model) >= LEAST[rows.mapping]!, `${meanFound(model)}`)
  })

  test(`${rows.mapping}: fewer rows are trained than there are items, but one of unknown items alone`, () => {
    const full = itemTables(ITEMS, 4, true, 1)
    const tables = itemTables(ITEMS, 4, true, 1, rows)
    const sizeOf = ({ ids, history }: typeof full) =>
      [...new Set([ids.table, history.table])].reduce((sum, table) => sum + table.rows, 0)
    assert.ok(sizeOf(tables) <= 0.5 * 2 * ITEMS + 2, `${sizeOf(tables)}`)
    assert.equal(sizeOf(full), 2 * (ITEMS + 1))
    for (const { table, mapping } of [tables.ids, tables.history]) {
      const all = mapping!.map(Uint32Array.from({ length: ITEMS + 1 }, (_, id) => id))
      const lookups = mapping!.lookups
      assert.ok(all.every((row) => row < table.rows))
      const unknown = all[ITEMS * lookups]!
      assert.equal(all.indexOf(unknown), ITEMS * lookups)
    }
  })

  test(`${rows.mapping}: rows are served as the graph sees them`, async () => {
    const [dim, hidden, width] = [8, 6, 3]
    const random = createRandom(4)
    const content = vectorMatrix(ITEMS, width)
    for (let k = 0; k < content.values.length; k++) content.values[k] = random.normal()
    const towers = makeTowers({ ...options, dim, hidden, content: width, attributes: [] })
    const weights = initialWeights([towers.loss], 3)
    const tables = itemTables(ITEMS, dim, true, 1, rows)
    const popularity = new Float32Array(ITEMS).fill(1 / ITEMS)
    popularity[7] = 0
    const given = { ...input, content }
    const served = await collectRows(weights, tables, given, { dim, hidden, pooling: 'sum' }, popularity, 1)

    const asked = Uint32Array.of(4, 99, 150)
    const mean = asked.length ** -0.5
    const bags = {
      query: asked,
      'query/offsets': Uint32Array.of(0, asked.length),
      'query/weights': new Float32Array(asked.length).fill(mean),
    }
    // An item that nobody had is one of those whose id is not known.
    const candidates = Uint32Array.of(0, 1, 7, 55, 179)
    const ids = candidates.map((item) => (item === 7 ? ITEMS : item))
    const contentOf = (items: Uint32Array) => Array.from(items, (item) => [...vectorAt(content, item)])
    const fills = [
      new TableFill({ input: towers.query, ...tables.history, isBag: true }).gather(bags),
      new TableFill({ input: towers.candidate, ...tables.ids }).gather({ candidates: ids }),
    ]
    const summed = contentOf(asked).reduce((sum, each) => sum.map((value, j) => value + each[j]!))
    const graph = await run(
      { user: towers.user(false), item: towers.item },
      {
        values: {
          ...Object.fromEntries([...weights].map(([name, own]) => [name, [...own]])),
          query: [...fills[0]!],
          candidates: [...fills[1]!],
          content: contentOf(candidates).flat(),
          'query/content': summed.map((value) => value * mean),
        },
        dims: { users: 1, items: candidates.length },
      },
    )
    const isNear = (own: Float32Array, expected: ArrayLike<number>, from: number, slack: number) =>
      own.every((value, j) => Math.abs(value - expected[from + j]!) < slack)
    candidates.forEach((item, k) => {
      assert.ok(isNear(vectorAt(served.items, item), graph.item!.data, k * dim, 1e-5), `item ${item}`)
    })
    assert.ok(isNear(openQuery(served)(asked, null, []), graph.user!.data, 0, 1e-5))
    for (const [format, slack] of [
      ['int8', 0.02],
      ['int4', 0.3],
    ] as const) {
      const kept = { ...served, history: packRows(served.history, format) }
      const user = openQuery(kept)(asked, null, []).slice()
      assert.ok(isNear(user, graph.user!.data, 0, slack), format)
      assert.notDeepEqual(user, openQuery(served)(asked, null, []))
    }
  })

  test(`${rows.mapping}: rows that begin as near to factors as they come find topics before they are trained`, async () => {
    const [near, random] = [
      await fit({ rows, ...UNTRAINED, pretrained: true }),
      await fit({ rows, ...UNTRAINED }),
    ]
    assert.ok(meanFound(near) > meanFound(random) + 0.2, `${meanFound(near)} and ${meanFound(random)}`)
  })

  test(`${rows.mapping}: the same seed learns the same rows, whatever the threads`, async () => {
    const [first, second] = [await fit({ rows, stopAfter: 2 }), await fit({ rows, stopAfter: 2 }, 2)]
    assert.deepEqual(second.items, first.items)
    assert.deepEqual(second.history, first.history)
  })
}

test('a row for each item is the same, said or left out', async () => {
  const rows: TrainedRows = { mapping: 'full', share: 0.1, lookups: 3 }
  const [said, left] = [await fit({ rows, stopAfter: 2 }), await fit({ stopAfter: 2 })]
  assert.deepEqual(said.items, left.items)
  assert.deepEqual(said.history, left.history)
})
