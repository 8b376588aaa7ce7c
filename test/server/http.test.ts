/** @file The HTTP API over a real server: what it answers, and how it refuses. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Explanation } from '../../src/cascade/explain.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { ask, assertProblem, clubServer, type Problem, post } from './running-server.ts'

interface Card {
  id: string
  title: string
}
interface Answer {
  requestId: string
  surface: string
  knownUser?: boolean
  logged?: boolean
  query?: Card
  items: (Card & { score: number; sources: string[] })[]
  candidates: number
  trace: { stage: string; ms: number }[]
  missing: { source: string; reason: string }[]
  totalMs: number
}
interface Written {
  added: number
  updated: number
  repeated: number
}

const { club, server } = await clubServer()
const get = <T>(path: string, init?: RequestInit) => ask<T>(server, path, init)
const related = (item: string, query = '') =>
  get<Answer>(`/api/v1/items/${encodeURIComponent(item)}/related${query}`)
const forUser = (user: string, query = '') =>
  get<Answer>(`/api/v1/users/${encodeURIComponent(user)}/recommendations${query}`)
const send = <T = Written>(path: string, body: unknown) => get<T>(`/api/v1/${path}`, post(body))
const eventsInStore = () => {
  const store = openStore(club.storePath)
  try {
    return store.counts().events
  } finally {
    store.close()
  }
}

test('an answered request is logged before its answer, and is explained with what came of it', async () => {
  const { body } = await related('book-9', '?limit=5&user=member-3')
  const clicked = body.items[1].id
  const event = { user: 'member-3', item: clicked, kind: 'click', context: { requestId: body.requestId } }
  await send('events', { events: [event] })
  const { status, body: answer } = await get<{ explanation: Explanation }>(
    `/api/v1/requests/${body.requestId}/explanation`,
  )
  assert.equal(status, 200)
  const { request, ranker, items } = answer.explanation
  assert.deepEqual([request.id, request.user, request.item], [body.requestId, 'member-3', 'book-9'])
  assert.equal(ranker, 'blend')
  assert.deepEqual(
    items.map(({ item }) => item),
    body.items.map(({ id }) => id),
  )
  items.forEach(({ score, propensity, sources, features, outcomes }, k) => {
    assert.equal(score, body.items[k].score)
    assert.deepEqual(sources, body.items[k].sources)
    assert.equal(propensity, 1)
    assert.deepEqual(outcomes, k === 1 ? ['click'] : [])
    const sum = features.reduce((total, { contribution }) => total + (contribution ?? 0), 0)
    assert.ok(Math.abs(sum - score) < 1e-4)
  })
  assertProblem(await get<Problem>('/api/v1/requests/nobody/explanation'), 404, 'id')
})

test('a store that somebody else holds does not hold up lists, which then say that they are not logged', async () => {
  const other = new DatabaseSync(club.storePath)
  other.exec('begin immediate')
  const held = await related('book-11', '?limit=3')
  assert.equal(held.status, 200)
  assert.equal(held.body.items.length, 3)
  assert.equal(held.body.logged, false)
  other.exec('rollback')
  other.close()
  assert.equal((await related('book-11', '?limit=3')).body.logged, true)
})

test('related items come with their sources, the time of each stage and the request id', async () => {
  const { status, headers, body } = await related('book-7', '?limit=10')
  assert.equal(status, 200)
  assert.equal(body.requestId, headers.get('x-request-id'))
  assert.equal(body.surface, 'related')
  assert.equal(body.query?.id, 'book-7')
  assert.equal(body.items.length, 10)
  assert.deepEqual(body.missing, [])
  for (const item of body.items) {
    assert.notEqual(item.id, 'book-7')
    assert.ok(item.sources.length > 0)
  }
  const scores = body.items.map((item) => item.score)
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => b - a),
  )
  const stages = body.trace.map(({ stage }) => stage)
  for (const stage of ['source:co-occurrence', 'merge', 'filters', 'blend', 'list'])
    assert.ok(stages.includes(stage))
  // The club reads by genre: most of what is related to a crime story is crime.
  assert.ok(body.items.filter((item) => Number(item.id.slice(5)) % 6 === 1).length >= 6)
})

test('the same request gives the same list', async () => {
  const [one, two] = await Promise.all([related('book-12', '?seed=5'), related('book-12', '?seed=5')])
  assert.deepEqual(one.body.items, two.body.items)
})

test('recommendations leave out what the user has read', async () => {
  const { body } = await forUser('member-1', '?limit=60')
  const store = openStore(club.storePath)
  const read = new Set<string>()
  for (const { events } of store.events())
    for (const event of events) if (event.user === 'member-1') read.add(event.item)
  store.close()
  assert.equal(body.knownUser, true)
  assert.ok(body.items.length > 20)
  for (const { id } of body.items) assert.ok(!read.has(id), `${id} was read`)
})

test('a new user gets items all the same, and is said to be new', async () => {
  const { status, body } = await forUser('nobody-yet', '?limit=5')
  assert.equal(status, 200)
  assert.equal(body.knownUser, false)
  assert.equal(body.items.length, 5)
})

test('a click changes what the user gets next', async () => {
  const user = 'newcomer'
  const before = await forUser(user, '?limit=10')
  const clicks = [2, 8, 14].map((k) => ({ user, item: `book-${k}`, kind: 'click' }))
  assert.equal((await send('events', { events: clicks })).status, 200)
  const { body } = await forUser(user, '?limit=10')
  assert.equal(body.knownUser, true)
  assert.notDeepEqual(body.items, before.body.items)
  for (const { item } of clicks) assert.ok(body.items.every(({ id }) => id !== item))
  const travel = body.items.filter(({ id }) => Number(id.slice(5)) % 6 === 2)
  assert.ok(travel.length >= 5, `${travel.length} of 10 are of the genre that was clicked`)
})

test('attribute filters keep only what has one of the values', async () => {
  const { body } = await forUser('member-3', '?limit=10&filter=category:crime,poetry&filter=region:south')
  assert.ok(body.items.length > 0)
  for (const { id } of body.items) assert.equal(Number(id.slice(5)) % 6, 0)
  const none = await forUser('member-3', '?filter=category:astrology')
  assert.deepEqual(none.body.items, [])
})

test('hidden items are never recommended nor found', async () => {
  const all = await forUser('member-3', '?limit=500')
  assert.ok(all.body.items.every(({ id }) => id !== 'book-119'))
  const found = await get<Answer>('/api/v1/items?query=119')
  assert.ok(found.body.items.every(({ id }) => id !== 'book-119'))
  assert.ok(all.body.items.some(({ id }) => id === 'book-118'))
  await send('items', { items: [{ id: 'book-118', title: 'withdrawn', hidden: true }] })
  const after = await forUser('member-3', '?limit=500')
  assert.ok(after.body.items.every(({ id }) => id !== 'book-118'))
  const popular = await get<Answer>('/api/v1/items?limit=100')
  assert.ok(popular.body.items.every(({ id }) => id !== 'book-118' && id !== 'book-119'))
})

test('items are found by their words, the last of which may be unfinished', async () => {
  const { body } = await get<Answer>('/api/v1/items?query=quiet%20harb')
  assert.ok(body.items.length > 0)
  assert.match(body.items[0]!.title, /Quiet Harbour/)
})

test('a new item is found, recommended as fresh and filtered by its attributes at once', async () => {
  const item = {
    id: 'brand-new',
    title: 'Zanzibar cookbook',
    tags: ['cooking'],
    attributes: { category: 'cooking', binding: 'linen' },
  }
  assertProblem(
    await get<Problem>('/api/v1/users/x/recommendations?filter=binding:linen'),
    400,
    'filter.binding',
  )
  assert.deepEqual((await send('items', { items: [item] })).body.added, 1)
  assert.equal((await send('items', { items: [item] })).body.updated, 1)
  const found = await get<Answer>('/api/v1/items?query=zanzi')
  assert.deepEqual(
    found.body.items.map(({ id }) => id),
    ['brand-new'],
  )
  const page = await related('brand-new')
  assert.equal(page.status, 200)
  assert.equal(page.body.query?.title, 'Zanzibar cookbook')
  const { body } = await forUser('member-3', '?filter=binding:linen')
  assert.deepEqual(
    body.items.map(({ id }) => id),
    ['brand-new'],
  )
})

test('events are kept once, whatever is sent again', async () => {
  const events = [
    {
      id: 'click-1',
      user: 'member-1',
      item: 'book-3',
      kind: 'click',
      context: { position: 2, requestId: 'r' },
    },
    { id: 'click-2', user: 'member-1', item: 'book-4', kind: 'impression' },
  ]
  const before = eventsInStore()
  assert.deepEqual(
    { ...(await send('events', { events })).body, requestId: 0 },
    { added: 2, updated: 0, repeated: 0, requestId: 0 },
  )
  assert.equal((await send('events', { events })).body.repeated, 2)
  const third = { ...events[0], id: 'click-3' }
  assert.deepEqual((await send('events', { events: [...events, third, third] })).body.added, 1)
  assert.equal(eventsInStore(), before + 3)
})

test('a batch with one unknown item is refused as a whole, and the place is named', async () => {
  const before = eventsInStore()
  const events = [
    { user: 'member-1', item: 'book-3', kind: 'click' },
    { user: 'member-1', item: 'no-such-book', kind: 'click' },
  ]
  assertProblem(await send<Problem>('events', { events }), 404, 'events[1].item')
  const wrong = [{ ...events[0] }, { ...events[0], kind: 'applause' }]
  assertProblem(await send<Problem>('events', { events: wrong }), 400, 'body.events.1.kind')
  assert.equal(eventsInStore(), before)
})

test('unknown items, wrong types, and limits out of range are refused by name', async () => {
  const cases: [string, number, string][] = [
    ['/api/v1/items/no-such-book/related', 404, 'id'],
    ['/api/v1/items/__proto__/related', 404, 'id'],
    ['/api/v1/items/constructor/related', 404, 'id'],
    ['/api/v1/items/%00/related', 400, 'path.id'],
    [`/api/v1/items/${'x'.repeat(257)}/related`, 400, 'path.id'],
    ['/api/v1/items//related', 400, 'path.id'],
    ['/api/v1/items/%ff/related', 400, 'path'],
    ['/api/v1/items/%e0%a4%a/related', 400, 'path'],
    ['/api/v1/items/book-1/related?limit=-1', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?limit=0', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?limit=501', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?limit=1e99', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?limit=2.5', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?limit=NaN', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?limit=1&limit=2', 400, 'query.limit'],
    ['/api/v1/items/book-1/related?user=a&user=b', 400, 'query.user'],
    ['/api/v1/items/book-1/related?user=', 400, 'query.user'],
    ['/api/v1/items/book-1/related?seed=-1', 400, 'query.seed'],
    ['/api/v1/items/book-1/related?filter=category', 400, 'query.filter.0'],
    ['/api/v1/items/book-1/related?filter=__proto__:1', 400, 'filter.__proto__'],
    ['/api/v1/items/book-1/related?filter=constructor:1', 400, 'filter.constructor'],
    ['/api/v1/items/book-1/related?region=atlantis', 400, 'region'],
    ['/api/v1/items/book-1/related?language=__proto__', 400, 'language'],
    ['/api/v1/items/book-1/related?colour=red', 400, 'query'],
    ['/api/v1/items?limit=101', 400, 'query.limit'],
    [`/api/v1/items?query=${'x'.repeat(201)}`, 400, 'query.query'],
    ['/api/v1/nothing', 404, 'path'],
    ['/api/v2/items', 404, 'path'],
  ]
  for (const [path, status, field] of cases) {
    assertProblem(await get<Problem>(path), status, field)
  }
})

test('a body that is no JSON, of another type, too large or of the wrong shape is refused', async () => {
  const url = '/api/v1/events'
  const raw = (body: string, type = 'application/json') =>
    get<Problem>(url, { method: 'POST', headers: { 'content-type': type }, body })
  assertProblem(await raw('{"events": ['), 400, 'body')
  assertProblem(await raw(''), 400, 'body')
  assertProblem(await raw('<events/>', 'application/xml'), 415, 'body')
  assertProblem(await raw('events', 'text/plain'), 415, 'body')
  assertProblem(await raw('events=1', 'application/x-www-form-urlencoded'), 415, 'body')
  assertProblem(await raw(JSON.stringify({ events: 'x'.repeat(5_000_000) })), 413, 'body')
  assertProblem(await raw('{"events": [], "__proto__": {"polluted": true}}'), 400, 'body')
  assertProblem(await raw('null'), 400, 'body')
  assertProblem(await raw('[]'), 400, 'body')
  const event = { user: 'member-1', item: 'book-1', kind: 'click' }
  const refused: [unknown, string][] = [
    [[], 'body.events'],
    [[{ ...event, user: 7 }], 'body.events.0.user'],
    [[{ ...event, user: '' }], 'body.events.0.user'],
    [[{ ...event, user: '\ud800' }], 'body.events.0.user'],
    [[{ ...event, item: 'a\0b' }], 'body.events.0.item'],
    [[{ ...event, time: '2024-01-01' }], 'body.events.0.time'],
    [[{ ...event, time: -1 }], 'body.events.0.time'],
    [[{ ...event, time: 1e15 }], 'body.events.0.time'],
    [[{ ...event, value: 'many' }], 'body.events.0.value'],
    [[{ ...event, price: 3 }], 'body.events.0'],
    [[{ ...event, context: { note: 'x'.repeat(5000) } }], 'body.events.0.context'],
    [Array.from({ length: 1001 }, () => event), 'body.events'],
  ]
  for (const [events, field] of refused) assertProblem(await send<Problem>('events', { events }), 400, field)
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  assertProblem(
    await raw(`{"events":[{"user":"a","item":"book-1","kind":"click","context":{"deep":${deep}}}]}`),
    400,
    'body.events.0.context',
  )
})

test('an address says which methods it has', async () => {
  const wrong = await get<Problem>('/api/v1/items/book-1/related', { method: 'DELETE' })
  assertProblem(wrong, 405, 'method')
  assert.match(wrong.headers.get('allow')!, /GET/)
  assertProblem(await get<Problem>('/api/v1/events'), 405, 'method')
  const options = await fetch(`${server.address}/api/v1/events`, { method: 'OPTIONS' })
  assert.equal(options.status, 204)
  assert.equal(options.headers.get('allow'), 'POST')
  const head = await fetch(`${server.address}/api/v1/items/book-1/related`, { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
})

test('images are served from their folder and from nowhere else', async () => {
  const image = await fetch(`${server.address}/images/book-7.png`)
  assert.equal(image.status, 200)
  assert.equal(image.headers.get('content-type'), 'image/png')
  assert.equal(image.headers.get('x-content-type-options'), 'nosniff')
  const disk = await readFile(join(club.folder, 'images', 'book-7.png'))
  assert.deepEqual(Buffer.from(await image.arrayBuffer()), disk)

  const head = await readFile(club.storePath)
  const tricks = [
    '/images/../store.db',
    '/images/%2e%2e/store.db',
    '/images/..%2fstore.db',
    '/images/..%5cstore.db',
    '/images/%252e%252e/store.db',
    '/images/....//store.db',
    '/images/./../store.db',
    '/images//../store.db',
    '/images/book-7.png/../../store.db',
    '/images/%00/../../store.db',
    '/images/book-7.png%00.db',
    '/images/%c0%ae%c0%ae/store.db',
    '/../store.db',
    '/..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
  ]
  for (const path of tricks) {
    // `fetch` would tidy the path: what is sent here goes out as it stands.
    const answer = await rawRequest(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    const status = Number(answer.toString('latin1', 9, 12))
    assert.ok(status >= 400 && status < 500, `${path}: ${status}`)
    assert.ok(!answer.includes(head.subarray(0, 15)), `${path} shows the store`)
    assert.ok(!answer.includes('"workspaces"'), `${path} shows the package`)
  }
})

test('what is not HTTP is answered with a problem, and the server lives on', async () => {
  for (const noise of ['hello\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET  \r\n\r\n', '\0\0\0\0\r\n\r\n']) {
    assert.match((await rawRequest(noise)).toString(), /^HTTP\/1\.1 400 /)
  }
  const long = `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`
  assert.match((await rawRequest(long)).toString(), /^HTTP\/1\.1 431 /)
  assert.equal((await get('/health')).status, 200)
})

test('the OpenAPI document lists every route, each with its answers', async () => {
  interface Operation {
    summary: string
    responses: Record<string, { content?: Record<string, { schema: object }> }>
    parameters?: { name: string; in: string; schema: object }[]
    requestBody?: { content: Record<string, { schema: object }> }
  }
  const { body } = await get<{
    openapi: string
    info: object
    paths: Record<string, Record<string, Operation>>
  }>('/openapi.json')
  assert.match(body.openapi, /^3\.1\./)
  const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  assert.deepEqual(routes.sort(), [
    'get /api/v1/experiments',
    'get /api/v1/items',
    'get /api/v1/items/{id}/related',
    'get /api/v1/requests/{id}/explanation',
    'get /api/v1/sources',
    'get /api/v1/users/{id}/recommendations',
    'get /health',
    'get /metrics',
    'get /openapi.json',
    'post /api/v1/events',
    'post /api/v1/items',
  ])
  for (const [path, methods] of Object.entries(body.paths)) {
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const operation of Object.values(methods)) {
      assert.ok(operation.summary)
      assert.ok(operation.responses['200'], path)
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      assert.deepEqual(
        inPath.map(({ name }) => name),
        placeholders,
      )
    }
  }
  const events = body.paths['/api/v1/events']!.post!
  assert.ok(events.requestBody?.content['application/json']?.schema)
  assert.ok(events.responses['404'])
})

test('metrics are in the text format of Prometheus', async () => {
  await related('book-7')
  const text = await (await fetch(`${server.address}/metrics`)).text()
  const names = new Set<string>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const match =
      /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? (-?[\d.eE+-]+|NaN|[+-]Inf)$/.exec(line)
    assert.ok(match, `not a sample: ${line}`)
    names.add(match[1]!)
  }
  for (const name of [
    'labrador_request_seconds_count',
    'labrador_stage_seconds_sum',
    'labrador_recommended_items_total',
    'labrador_events_total',
    'labrador_waiting_tasks',
    'process_resident_memory_bytes',
  ]) {
    assert.ok(names.has(name), name)
  }
})

test('health says which snapshot answers, and every source says what it means', async () => {
  const health = await get<{ status: string; items: number; snapshot: string; sources: string[] }>('/health')
  assert.equal(health.body.status, 'ok')
  assert.equal(health.body.items, 120)
  const { body } = await get<{ sources: { name: string; summary: string }[] }>('/api/v1/sources')
  assert.deepEqual(
    body.sources.map(({ name }) => name),
    health.body.sources,
  )
  for (const { summary } of body.sources) assert.match(summary, /\.$/)
})

/** Sends bytes as they are and reads until the server closes. */
async function rawRequest(bytes: string): Promise<Buffer> {
  const { port } = new URL(server.address)
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes, 'latin1')
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts)
}
