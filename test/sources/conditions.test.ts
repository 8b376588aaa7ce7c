/** @file The source `two-tower` and requests for one category: what it knows of them, and that it finds enough. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { stringAt, stringColumn } from '../../src/base/string-column.ts'
import type { ResolvedRequest } from '../../src/sources/request.ts'
import type { LiveItem } from '../../src/sources/source.ts'
import { twoTowerSource } from '../../src/sources/two-tower.ts'
import { fitOne, ITEMS, input } from './fit-one.ts'
import { requestFor } from './requests.ts'

const pace = { temperature: 0.2, rate: 0.003, tableRate: 0.005, epochs: 3, dim: 16, hidden: 16, content: 16 }
const plain = await fitOne(twoTowerSource, pace)
const taught = await fitOne(twoTowerSource, { ...pace, conditions: 0.5 })
const { codes, labels } = input.dataset.catalog.category
const categoryOf = (item: number) => stringAt(labels, codes[item] ?? 0)
const first = categoryOf(0)
const asking = [3, 77, 240, 311]

/** As the cascade makes it of filters. */
function asksFor(values: string[], category = categoryOf): ResolvedRequest {
  const passes = (item: number) => values.includes(category(item))
  return { ...requestFor(asking), condition: { filters: [{ attribute: 'category', values }], passes } }
}

/** The best of all that pass, of an answer that knows of no condition. */
function filtered({ source }: typeof plain, { condition, ...request }: ResolvedRequest, limit: number) {
  const { items, scores } = source.propose(request, ITEMS + 10)
  const rows = Array.from(items.keys()).filter((row) => condition!.passes(items[row]!))
  return {
    items: Uint32Array.from(rows, (row) => items[row]!).subarray(0, limit),
    scores: Float32Array.from(rows, (row) => scores[row]!).subarray(0, limit),
  }
}

test('a request for a category gets as much of it as it wants, or all there is', () => {
  const there = Array.from(codes.keys()).filter(
    (item) => categoryOf(item) === first && !asking.includes(item),
  )
  assert.ok(there.length > 10)
  for (const { source } of [plain, taught]) {
    assert.equal(source.propose(asksFor([first]), 10).items.length, 10)
    const all = source.propose(asksFor([first]), ITEMS)
    assert.deepEqual(
      [...all.items].sort((a, b) => a - b),
      there,
    )
  }
})

test('towers that were taught conditions score the items of a category otherwise, others by all that is liked', () => {
  const request = asksFor([first])
  assert.deepEqual(plain.source.propose(request, 20), filtered(plain, request, 20))
  assert.notDeepEqual(taught.source.propose(request, 20).scores, filtered(taught, request, 20).scores)
})

test('where a request leaves a choice, or asks for what nobody was taught, only the filter holds', () => {
  const category = (item: number) => (item === 5 ? 'astrology' : categoryOf(item))
  const second = categoryOf(Array.from(codes.keys()).find((item) => categoryOf(item) !== first)!)
  for (const request of [asksFor([first, second]), asksFor(['astrology'], category)])
    assert.deepEqual(taught.source.propose(request, 20), filtered(taught, request, 20))
  assert.equal(taught.source.propose(asksFor(['nowhere']), 20).items.length, 0)
  const { passes } = asksFor([first]).condition!
  const byYear = {
    ...requestFor(asking),
    condition: { filters: [{ attribute: 'year', values: [first] }], passes },
  }
  assert.deepEqual(taught.source.propose(byYear, 20), filtered(taught, byYear, 20))
})

test('items that arrive later are in the answers for their category, and in no others', async () => {
  const { source } = await fitOne(twoTowerSource, { ...pace, conditions: 0.5 })
  const late: LiveItem = {
    ...{ index: ITEMS, title: 'copper kettle', text: 'a hammered copper kettle', tags: ['kettle'] },
    ...{ category: first, region: '', language: '', createdAt: 0 },
  }
  source.addItems?.([late])
  const category = (item: number) => (item === ITEMS ? first : categoryOf(item))
  const other = categoryOf(Array.from(codes.keys()).find((item) => categoryOf(item) !== first)!)
  assert.ok(source.propose(asksFor([first], category), ITEMS + 1).items.includes(ITEMS))
  assert.ok(!source.propose(asksFor([other], category), ITEMS + 1).items.includes(ITEMS))
})

test('without the option nothing is kept of conditions; where items have no category, there is nothing to learn', () => {
  const kept = ({ artefact }: typeof plain) => 'rows.conditions' in artefact.arrays
  assert.deepEqual([kept(plain), kept(taught)], [false, true])
  const options = twoTowerSource.options.parse({ conditions: 0.5 })
  assert.equal(twoTowerSource.unsuitable?.(input, options), null)
  const { catalog } = input.dataset
  const category = { codes: new Uint32Array(ITEMS), labels: stringColumn(['']) }
  const bare = { ...input, dataset: { ...input.dataset, catalog: { ...catalog, category } } }
  assert.match(twoTowerSource.unsuitable?.(bare, options) ?? '', /no category/)
  assert.equal(twoTowerSource.unsuitable?.(bare, twoTowerSource.options.parse({})), null)
})
