/** @file From a store to columns: the order of ids, what counts as positive, times, collections, marks. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { rowOf } from '../../src/base/csr.ts'
import { idAt, indexOfId } from '../../src/base/id-table.ts'
import { type StringColumn, stringAt } from '../../src/base/string-column.ts'
import type { Categories, Dataset } from '../../src/data/dataset.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { StoreWriter } from '../../src/data/store-writer.ts'
import { EVENT_KINDS, type EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryFolder } from './folder.ts'

async function emptyStore(context: TestContext): Promise<Store> {
  const store = openStore(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  return store
}

function event(user: string, item: string, rest: Partial<EventRecord> = {}): EventRecord {
  return {
    id: null,
    time: null,
    user,
    item,
    kind: 'click',
    value: null,
    session: null,
    context: null,
    ...rest,
  }
}

const texts = (column: StringColumn) =>
  Array.from({ length: column.length }, (_, row) => stringAt(column, row))
const labels = ({ codes, labels: names }: Categories) => Array.from(codes, (code) => stringAt(names, code))
const rows = ({ interactions, users, catalog }: Dataset) =>
  Array.from(interactions.user, (user, k) => [
    idAt(users.users, user),
    idAt(catalog.items, interactions.item[k]),
    interactions.weight[k],
  ])

test('the catalog stands in the order of its ids, every column alike', async (context) => {
  const store = await emptyStore(context)
  const writer = new StoreWriter(store)
  writer.item({
    id: '10',
    title: 'ten',
    tags: ['a', 'b'],
    attributes: { category: 'x', year: 1999 },
    createdAt: 5,
  })
  writer.item({
    id: '9',
    title: 'nine',
    text: 'some text',
    attributes: { category: 'z', region: 'EU', language: 'de' },
  })
  writer.item({ id: '100', image: 'https://img/1.png', attributes: { category: 'y' }, hidden: true })
  writer.user({ id: '2', attributes: { segment: 'young', region: 'EU' } })
  writer.user({ id: '1', attributes: { language: 'fr' } })
  writer.flush()
  // An event may name an item that the catalog does not have yet.
  store.appendEvents([event('1', '11')])
  const { catalog, users } = loadDataset(store)
  assert.deepEqual(texts(catalog.items.ids), ['9', '10', '11', '100'])
  assert.equal(indexOfId(catalog.items, '11'), 2)
  assert.deepEqual(texts(catalog.title), ['nine', 'ten', '', ''])
  assert.deepEqual(texts(catalog.text), ['some text', '', '', ''])
  assert.deepEqual(texts(catalog.tags), ['', 'a\nb', '', ''])
  assert.deepEqual(texts(catalog.image), ['', '', '', 'https://img/1.png'])
  assert.deepEqual(JSON.parse(stringAt(catalog.attributes, 1)), { category: 'x', year: 1999 })
  assert.deepEqual(labels(catalog.category), ['z', 'x', '', 'y'])
  assert.deepEqual(labels(catalog.region), ['EU', '', '', ''])
  assert.deepEqual(labels(catalog.language), ['de', '', '', ''])
  assert.deepEqual([...catalog.createdAt], [Number.NaN, 5, Number.NaN, Number.NaN])
  assert.deepEqual([...catalog.hidden], [0, 0, 0, 1])
  assert.deepEqual(texts(users.users.ids), ['1', '2'])
  assert.deepEqual(
    [labels(users.segment), labels(users.region), labels(users.language)],
    [
      ['', 'young'],
      ['', 'EU'],
      ['fr', ''],
    ],
  )
})

test('impressions, hides and low ratings are not positive; other kinds weigh what the rule says', async (context) => {
  const store = await emptyStore(context)
  store.appendEvents(
    EVENT_KINDS.map((kind, k) => event('u', kind, { kind, value: kind === 'rating' ? 3 : null, time: k })),
  )
  assert.deepEqual(rows(loadDataset(store)), [
    ['u', 'click', 1],
    ['u', 'view', 1],
    ['u', 'save', 2],
    ['u', 'purchase', 3],
    ['u', 'rating', 1],
  ])
  const strict = loadDataset(store, { positive: { minimumRating: 4, weights: { view: 0, purchase: 5 } } })
  assert.deepEqual(rows(strict), [
    ['u', 'click', 1],
    ['u', 'save', 2],
    ['u', 'purchase', 5],
  ])
  // The data ends with its last event, positive or not.
  assert.equal(strict.now, EVENT_KINDS.length - 1)
})

test('interactions come in time order, those of one moment in the order of the log', async (context) => {
  const store = await emptyStore(context)
  const moments = fc.sample(fc.nat(20), { numRuns: 200, seed: 7 })
  store.appendEvents(moments.map((time, k) => event(`u${k}`, 'i', { time })))
  const expected = moments.map((time, k) => ({ time, user: `u${k}` })).toSorted((a, b) => a.time - b.time)
  const dataset = loadDataset(store)
  assert.deepEqual(
    rows(dataset).map(([user]) => user),
    expected.map(({ user }) => user),
  )
  assert.deepEqual(dataset.split, { kind: 'temporal', fraction: 0.8 })
})

test('without times there is a hold-out over distinct pairs, and repeats of a timed log stay', async (context) => {
  const store = await emptyStore(context)
  store.appendEvents([event('u', 'a'), event('u', 'b'), event('u', 'a')])
  const pairs = loadDataset(store)
  assert.deepEqual(pairs.split, { kind: 'hold-out', buckets: 5 })
  assert.deepEqual(
    rows(pairs).map(([, item]) => item),
    ['a', 'b'],
  )
  assert.deepEqual(pairs.notes, ['1 repeats of a user–item pair were dropped.'])

  const timed = await emptyStore(context)
  timed.appendEvents([event('u', 'a', { time: 1 }), event('u', 'a', { time: 2 })])
  assert.equal(loadDataset(timed).interactions.length, 2)
})

test('collections keep their order and stand in the order of their ids', async (context) => {
  const store = await emptyStore(context)
  store.putCollections([
    { id: 'b', title: '', owner: null, items: ['3', '1', '2'] },
    { id: 'a', title: '', owner: 'u', items: ['2'] },
  ])
  const { collections, catalog } = loadDataset(store)
  const members = (row: number) => Array.from(rowOf(collections!, row), (item) => idAt(catalog.items, item))
  assert.deepEqual([members(0), members(1)], [['2'], ['3', '1', '2']])
})

test('marks of a given split stay with their pairs; other splits have none', async (context) => {
  const store = await emptyStore(context)
  store.appendEvents([
    event('u', 'a', { context: { split: 'test' } }),
    event('u', 'b'),
    event('u', 'a'),
    event('v', 'b', { context: { split: 'test' } }),
  ])
  const given = loadDataset(store, { split: { kind: 'given' } })
  assert.deepEqual(
    rows(given).map(([user, item], k) => [user, item, given.heldOut![k]]),
    [
      ['u', 'b', 0],
      ['u', 'a', 0],
      ['v', 'b', 1],
    ],
  )
  assert.equal(loadDataset(store).heldOut, null)
})

test('an empty store is an empty dataset', async (context) => {
  const { interactions, catalog, now } = loadDataset(await emptyStore(context))
  assert.deepEqual([interactions.length, catalog.items.ids.length, now], [0, 0, Number.NaN])
})
