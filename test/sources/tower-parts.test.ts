/** @file Both sources with towers take the towers' options: poolings of histories and hard negatives. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { unpackColumns } from '../../src/base/columns.ts'
import { topK } from '../../src/base/top-k.ts'
import { openInterests } from '../../src/models/two-tower/query.ts'
import type { TowerRows } from '../../src/models/two-tower/tower-rows.ts'
import { mixtureOfLogitsSource } from '../../src/sources/mixture-of-logits.ts'
import type { SourceDefinition } from '../../src/sources/source.ts'
import { twoTowerSource } from '../../src/sources/two-tower.ts'
import { vectorAt } from '../../src/vectors/vector-matrix.ts'
import { fitOne, ITEMS, late } from './fit-one.ts'
import { requestFor } from './requests.ts'

function open<Options>(definition: SourceDefinition<Options>, given: object) {
  const pace = { temperature: 0.2, rate: 0.003, tableRate: 0.005, epochs: 3, candidates: 64 }
  return fitOne(definition, { ...pace, dim: 16, hidden: 16, content: 16, ...given })
}

for (const [name, fit] of [
  ['two-tower', (given: object) => open(twoTowerSource, given)],
  ['mixture-of-logits', (given: object) => open(mixtureOfLogitsSource, { first: 8, ...given })],
] as const) {
  test(`${name}: attention is kept with the rows, and what arrives later is weighed too`, async () => {
    const [summed, attentive] = [await fit({ pooling: 'sum' }), await fit({ pooling: 'attention' })]
    const namesOf = ({ artefact }: typeof summed) =>
      Object.keys(artefact.arrays).filter((one) => one.startsWith('rows.attention'))
    assert.deepEqual(namesOf(summed), [])
    assert.equal(namesOf(attentive).length, 3)
    const { source } = attentive
    source.addItems?.([late])
    const propose = (items: number[]) => source.propose(requestFor(items), 20)
    assert.ok(propose([1, 5, 9]).items.length === 20)
    assert.notDeepEqual(propose([1, 5, 9, ITEMS]).scores, propose([1, 5, 9]).scores)
    // Without a preference for any of its items an artefact is that of a sum.
    const none = attentive.artefact.arrays['rows.attention.keyWeight'] as Float32Array
    const before = propose([1, 5, 9]).scores
    none.fill(0)
    assert.notDeepEqual(propose([1, 5, 9]).scores, before)
  })

  test(`${name}: what weighs a history is kept with the rows, and what arrives later is weighed too`, async () => {
    const [summed, solved] = [await fit({ pooling: 'sum' }), await fit({ pooling: 'solved' })]
    const namesOf = ({ artefact }: typeof summed) =>
      Object.keys(artefact.arrays).filter((one) => one.startsWith('rows.solving'))
    assert.deepEqual(namesOf(summed), [])
    assert.deepEqual(namesOf(solved), ['rows.solving.factors.values'])
    const { source } = solved
    source.addItems?.([late])
    const propose = (items: number[]) => source.propose(requestFor(items), 20)
    const before = propose([1, 5, 9]).scores
    assert.notDeepEqual(propose([1, 5, 9, ITEMS]).scores, before)
    // With nothing in common all items weigh alike.
    const factors = solved.artefact.arrays['rows.solving.factors.values'] as Float32Array
    factors.fill(0)
    assert.notDeepEqual(propose([1, 5, 9]).scores, before)
  })

  test(`${name}: hard negatives change what is learned`, async () => {
    const [without, hard] = [await fit({}), await fit({ hardNegatives: 4 })]
    const rows = ({ artefact }: typeof hard) => artefact.arrays['rows.history.values']
    assert.notDeepEqual(rows(hard), rows(without))
  })
}

test('two-tower: what several interests find is what is best for any of them, of later items too', async () => {
  const { artefact, source } = await open(twoTowerSource, { pooling: 'attention', interests: 3 })
  const { rows } = unpackColumns<{ rows: Omit<TowerRows, 'attributes'> }>(artefact, 'two-tower', [])
  const embed = openInterests({ ...rows, attributes: [] })
  const asked = [3, 77, 240, 311]
  const interests = embed(asked, null, [])
  assert.equal(interests.length, 3)
  const productsOf = (vector: Float32Array) =>
    interests.map((each) => each.reduce((sum, value, j) => sum + value * vector[j]!, 0))
  const scores = Float32Array.from({ length: ITEMS }, (_, item) =>
    asked.includes(item) ? Number.NEGATIVE_INFINITY : Math.max(...productsOf(vectorAt(rows.items, item))),
  )
  const found = source.propose(requestFor(asked), 30)
  assert.deepEqual([...found.items], [...topK(scores, 30)])
  found.items.forEach((item, k) => {
    assert.ok(Math.abs(found.scores[k]! - scores[item]!) < 1e-5)
  })
  source.addItems?.([late])
  const all = source.propose(requestFor(asked), ITEMS + 1)
  assert.equal(new Set(all.items).size, ITEMS + 1 - asked.length)
  assert.ok(all.scores.every((score, k) => k === 0 || score <= all.scores[k - 1]!))
})

test('solving asks for rows that begin as factors', () => {
  for (const { options } of [twoTowerSource, mixtureOfLogitsSource]) {
    assert.ok(options.safeParse({ pooling: 'solved' }).success)
    for (const without of [{ pretrained: false }, { ids: false }])
      assert.ok(!options.safeParse({ pooling: 'solved', ...without }).success)
  }
})

test('more than one interest asks for attention', () => {
  assert.ok(twoTowerSource.options.safeParse({ interests: 2, pooling: 'attention' }).success)
  assert.ok(!twoTowerSource.options.safeParse({ interests: 2 }).success)
})

test('mixture-of-logits: a narrow condition fills its list, however far from the first stage its items are', async () => {
  const { source } = await open(mixtureOfLogitsSource, { first: 8, survivors: 100 })
  const asked = [1, 5, 9]
  const near = source.propose(requestFor(asked), 100).items
  assert.equal(near.length, 100)
  // None of them would be left if the condition came after the first stage.
  const far = Array.from({ length: ITEMS }, (_, item) => item)
    .filter((item) => !near.includes(item) && !asked.includes(item))
    .slice(0, 12)
  const condition = { filters: [], passes: (item: number) => far.includes(item) }
  const found = source.propose({ ...requestFor(asked), condition }, 20).items
  assert.deepEqual(
    [...found].sort((a, b) => a - b),
    far,
  )
})
