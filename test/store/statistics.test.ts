/** @file Statistics of a store that was laid out by hand. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeStatistics } from '../../src/store/statistics.ts'
import { placeFor } from './import/folder.ts'

const DAY = 86_400_000

test('figures are those of the events and the catalog', (context) => {
  const { store } = placeFor(context)
  const item = { text: '', tags: [], attributes: {}, image: null, createdAt: null, hidden: false }
  store.putItems([
    { ...item, id: 'a', title: 'A', tags: ['x'] },
    { ...item, id: 'b', title: 'B', image: 'b.png' },
    { ...item, id: 'c', title: '' },
    { ...item, id: 'd', title: 'D', hidden: true },
  ])
  store.putCollections([{ id: 'board', title: '', owner: 'u1', items: ['a', 'b', 'c'] }])
  const event = { id: null, value: null, session: null, context: null, kind: 'click' as const }
  store.appendEvents([
    { ...event, time: 0, user: 'u1', item: 'a' },
    { ...event, time: DAY, user: 'u1', item: 'a', session: 's' },
    { ...event, time: 3 * DAY + 5, user: 'u2', item: 'a', kind: 'save' },
    { ...event, time: null, user: 'u2', item: 'b' },
  ])
  const statistics = storeStatistics(store, 1)
  assert.deepEqual(statistics.counts, { items: 4, users: 2, collections: 1, events: 4, requests: 0 })
  assert.deepEqual(statistics.time, {
    first: '1970-01-01T00:00:00.000Z',
    last: '1970-01-04T00:00:00.005Z',
    withoutTime: 1,
  })
  assert.deepEqual(statistics.timeline, { unit: 'day', first: '1970-01-01', events: [1, 1, 0, 1] })
  assert.deepEqual(statistics.kinds, { click: 3, save: 1 })
  assert.equal(statistics.sessions, 1)
  assert.deepEqual(statistics.pairs, { distinct: 3, sparsity: 1 - 3 / 8 })
  assert.deepEqual([statistics.items.withEvents, statistics.items.mean, statistics.items.max], [2, 2, 3])
  assert.deepEqual([statistics.items.quantiles['0.5'], statistics.items.quantiles['0.9']], [1, 3])
  assert.deepEqual(statistics.users.quantiles['0.5'], 2)
  assert.deepEqual(statistics.catalog, {
    title: 0.75,
    text: 0,
    tags: 0.25,
    image: 0.25,
    createdAt: 0,
    hidden: 0.25,
  })
  assert.deepEqual(statistics.collections, { meanSize: 3, largest: 3 })
  assert.deepEqual(statistics.top, [{ id: 'a', title: 'A', events: 3 }])
})

test('long times are told by month, gaps included', (context) => {
  const { store } = placeFor(context)
  const event = {
    id: null,
    value: null,
    session: null,
    context: null,
    kind: 'view' as const,
    user: 'u',
    item: 'i',
  }
  store.appendEvents([Date.UTC(2023, 10, 30), Date.UTC(2024, 1, 1)].map((time) => ({ ...event, time })))
  assert.deepEqual(storeStatistics(store).timeline, { unit: 'month', first: '2023-11', events: [1, 0, 0, 1] })
})

test('an empty store has figures, too', (context) => {
  const { time, items, pairs, top, timeline } = storeStatistics(placeFor(context).store)
  assert.deepEqual(
    [time, items.mean, items.max, pairs.sparsity, top, timeline.events],
    [null, 0, 0, 1, [], []],
  )
})
