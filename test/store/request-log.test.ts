/** @file The log of answered requests: every bit comes back, with what came of each. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EventRecord, RequestRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const newStore = () => openStore(join(temporaryFolder('requests'), 'store.db'))

const name = fc.string({ minLength: 1, maxLength: 8 })
const anyFloat32 = fc.float({ noDefaultInfinity: false, noNaN: false })

/** Requests with columns that fit each other. */
const request = (id: string): fc.Arbitrary<RequestRecord> =>
  fc
    .record({
      items: fc.uniqueArray(name, { maxLength: 5 }),
      asked: fc.uniqueArray(name, { maxLength: 4 }),
      features: fc.uniqueArray(name, { maxLength: 4 }),
      sources: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      user: fc.option(name),
      item: fc.option(name),
      number: anyFloat32,
      arms: fc.constantFrom<Record<string, string>>({}, { colour: 'red' }),
    })
    .map(({ items, asked, features, sources, user, item, number, arms }) => ({
      id,
      time: 1_700_000_000_000,
      surface: 'related',
      user,
      item,
      snapshot: '20240211-000000-000',
      ranker: 'blend',
      policy: 'ranked',
      seed: 0xffffffff,
      arms,
      query: {
        items: asked,
        times: Float64Array.from(asked, (_, k) => (k === 0 ? Number.NaN : k)),
        region: 1,
        language: 2,
        segment: 3,
        filters: [{ attribute: 'genre', values: ['drama', 'crime'] }],
      },
      shown: {
        items,
        scores: Float32Array.from(items, (_, k) => number * k),
        propensities: Float64Array.from(items, (_, k) => 1 / (k + 3)),
        sources,
        sourceMasks: Uint32Array.from(items, (_, k) => k),
        features,
        values: Float32Array.from({ length: items.length * features.length }, (_, k) => number / (k + 1)),
      },
    }))

test('requests come back bit for bit, in the order of the log', () => {
  fc.assert(
    fc.property(fc.tuple(request('a'), request('b'), request('c')), (requests) => {
      const store = newStore()
      store.appendRequests(requests.slice(0, 2))
      store.appendRequests(requests.slice(2))
      const read = [...store.requests(0, 2)].flatMap((batch) => batch.requests)
      assert.deepEqual(
        read.map((answered) => answered.request),
        requests,
      )
      assert.equal(store.counts().requests, 3)
      assert.deepEqual(store.getRequest('b')?.request, requests[1])
      assert.equal(store.getRequest('d'), undefined)
      store.close()
    }),
    { numRuns: 25 },
  )
})

test('a request knows the events that name it, and no others', () => {
  const store = newStore()
  const [first] = fc.sample(request('first'), 1)
  store.appendRequests([first])
  const event = (item: string, context: EventRecord['context']): EventRecord => ({
    id: null,
    time: 5,
    user: 'u',
    item,
    kind: 'click',
    value: null,
    session: null,
    context,
  })
  store.appendEvents([
    event('x', { requestId: 'first', position: 2 }),
    event('y', { requestId: 'other' }),
    event('z', null),
    event('x', { requestId: 7 }),
  ])
  assert.deepEqual(store.getRequest('first')?.outcomes, [
    { position: 1, item: 'x', kind: 'click', value: null, time: 5 },
  ])
  store.close()
})

test('a batch that cannot be kept leaves nothing behind', () => {
  const store = newStore()
  const [one] = fc.sample(request('one'), 1)
  assert.throws(() => store.appendRequests([{ ...one, id: 'two' }, one, one]))
  assert.equal(store.counts().requests, 0)
  store.appendRequests([one])
  assert.deepEqual(store.getRequest('one')?.request, one)
  store.close()
})
