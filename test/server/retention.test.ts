/** @file The log of requests is kept for so long: what is older goes, experiments' exposures later, the newest one never. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { InvalidOptionError } from '../../src/base/errors.ts'
import { readLogRows } from '../../src/learning/log-rows.ts'
import { removeOldRequests, requireRetention } from '../../src/server/retention.ts'
import type { RequestRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { fittedClub, openClub } from './reading-club.ts'
import { ask, serveClub } from './running-server.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2024, 5, 1)

const requestOf = (id: string, time: number, arms: Record<string, string> = {}): RequestRecord => ({
  id,
  time,
  surface: 'related',
  user: 'member-1',
  item: 'book-1',
  snapshot: '20240211-000000-000',
  ranker: 'blend',
  policy: 'ranked',
  seed: 1,
  arms,
  query: { items: ['book-1'], times: Float64Array.of(time), region: 0, language: 0, segment: 0, filters: [] },
  shown: {
    items: ['book-2'],
    scores: Float32Array.of(1),
    propensities: Float64Array.of(1),
    sources: ['popular'],
    sourceMasks: Uint32Array.of(1),
    features: ['popular.share'],
    values: Float32Array.of(1),
  },
})

const club = await openClub()
after(() => club.remove())

test('what is left is what is young enough, whatever came in which order; positions go on', async () => {
  const request = fc.record({ days: fc.integer({ min: 0, max: 500 }), isExposure: fc.boolean() })
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 140 }),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 0, max: 100 }),
      async (requests, requestDays, longer) => {
        const store = openStore(`${club.folder}/run-${run++}.db`)
        const records = requests.map(({ days, isExposure }, k) =>
          requestOf(`r-${k}`, NOW - days * DAY, isExposure ? { colour: 'red' } : {}),
        )
        store.appendRequests(records)
        const last = store.lastRequestPosition()
        const log = {
          removeOldRequests: async (...given: Parameters<typeof store.removeOldRequests>) =>
            store.removeOldRequests(...given),
        }
        const retention = { requestDays, exposureDays: requestDays + longer }
        const removed = await removeOldRequests(log, retention, NOW)
        const kept = records.filter(
          (_, k) =>
            k === records.length - 1 ||
            requests[k].days <= requestDays + (requests[k].isExposure ? longer : 0),
        )
        const ids = [...store.requests()].flatMap((batch) => batch.requests.map(({ request }) => request.id))
        assert.deepEqual(
          ids,
          kept.map(({ id }) => id),
        )
        assert.equal(removed, records.length - kept.length)
        store.appendRequests([requestOf('next', NOW)])
        assert.ok(store.lastRequestPosition() > last)
        store.close()
      },
    ),
    { numRuns: 25 },
  )
})

test('a batch is bounded, and events that name a removed request stay', () => {
  const store = openStore(`${club.folder}/bounded.db`)
  store.appendRequests(Array.from({ length: 30 }, (_, k) => requestOf(`r-${k}`, NOW - 200 * DAY)))
  store.appendEvents([
    {
      id: 'e-1',
      time: NOW,
      user: 'member-1',
      item: 'book-2',
      kind: 'click',
      value: null,
      session: null,
      context: { requestId: 'r-0' },
    },
  ])
  assert.equal(store.removeOldRequests({ before: NOW, exposedBefore: NOW }, 12), 12)
  assert.equal(store.counts().requests, 18)
  assert.equal(store.getRequest('r-11'), undefined)
  assert.ok(store.getRequest('r-12'))
  const [{ events }] = [...store.events()]
  assert.equal(events[0].context?.requestId, 'r-0')
  store.close()
})

test('the newest requests are still the newest where old ones went', () => {
  const store = openStore(`${club.folder}/newest.db`)
  store.appendRequests(Array.from({ length: 20 }, (_, k) => requestOf(`r-${k}`, NOW + k)))
  store.removeOldRequests({ before: NOW + 10, exposedBefore: 0 }, 100)
  const { times } = readLogRows(store, { surface: 'related', positive: {}, requests: 5 })
  assert.deepEqual(
    Array.from(times),
    Array.from({ length: 5 }, (_, k) => NOW + 15 + k),
  )
  store.close()
})

test('exposures are not to go before other requests', () => {
  requireRetention({ requestDays: 90, exposureDays: 90 })
  requireRetention({ requestDays: 90, exposureDays: 0 })
  requireRetention({ requestDays: 0, exposureDays: 0 })
  for (const wrong of [
    { requestDays: 90, exposureDays: 30 },
    { requestDays: 0, exposureDays: 365 },
  ])
    assert.throws(() => requireRetention(wrong), InvalidOptionError)
})

test('a server removes what is too old while it answers, and keeps the rest', async (context) => {
  const served = await fittedClub()
  context.after(() => served.remove())
  const store = openStore(served.storePath)
  context.after(() => store.close())
  const old = Date.now() - 100 * DAY
  store.appendRequests([
    ...Array.from({ length: 120 }, (_, k) => requestOf(`old-${k}`, old)),
    requestOf('exposed', old, { colour: 'red' }),
    requestOf('young', Date.now() - 10 * DAY),
  ])
  const server = await serveClub(served, { retention: { requestDays: 90, exposureDays: 365 } })
  context.after(() => server.close())
  let asked = 0
  do {
    const list = await ask(server, '/api/v1/items/book-1/related')
    assert.equal(list.status, 200)
    asked++
  } while (store.getRequest('old-119') !== undefined)
  assert.ok(store.getRequest('exposed') && store.getRequest('young'))
  assert.equal(store.counts().requests, asked + 2)
})
