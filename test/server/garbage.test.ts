/** @file Whatever is thrown at the API, it answers with success or with a problem of the caller's, never with a failure of its own. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertProblem, clubServer, type Problem } from './running-server.ts'

const { server } = await clubServer()

/** Text that has broken servers before, and any text at all. */
const nasty = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '../../store.db',
    '..\\..\\store.db',
    '\0',
    '%00',
    '%',
    '%ff',
    "' or 1=1 --",
    '{"$gt":""}',
    '<script>',
    'book-1',
    'member-1',
    '-1',
    '1e400',
    'NaN',
    'null',
    '😀',
    '\u202e',
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 40 }),
)
const query = fc.array(
  fc.tuple(
    fc.oneof(
      fc.constantFrom('limit', 'filter', 'user', 'region', 'language', 'seed', 'query', '__proto__'),
      nasty,
    ),
    nasty,
  ),
  { maxLength: 4 },
)
/** Escaped as a browser does, or left as it is. */
const segment = fc.oneof(
  nasty.map((text) => encodeURIComponent(text.toWellFormed())),
  nasty.map((text) => text.replace(/[^\x21-\x7e]/g, '').replaceAll('#', '')),
)
const path = fc.oneof(
  segment.map((id) => `/api/v1/items/${id}/related`),
  segment.map((id) => `/api/v1/users/${id}/recommendations`),
  fc.constantFrom('/api/v1/items', '/api/v1/events', '/api/v1/sources', '/health', '/openapi.json', '/'),
  segment.map((name) => `/images/${name}`),
  segment.map((name) => `/${name}`),
)

const event = fc.record(
  {
    id: fc.oneof(nasty, fc.jsonValue()),
    user: fc.oneof(nasty, fc.jsonValue()),
    item: fc.oneof(fc.constant('book-1'), nasty, fc.jsonValue()),
    kind: fc.oneof(fc.constantFrom('click', 'save'), nasty, fc.jsonValue()),
    time: fc.oneof(fc.double(), fc.jsonValue()),
    value: fc.oneof(fc.double(), fc.jsonValue()),
    session: fc.oneof(nasty, fc.jsonValue()),
    context: fc.oneof(fc.dictionary(nasty, fc.jsonValue(), { maxKeys: 3 }), fc.jsonValue()),
  },
  { requiredKeys: [] },
)
const item = fc.record(
  {
    id: fc.oneof(nasty, fc.jsonValue()),
    title: fc.oneof(nasty, fc.jsonValue()),
    text: fc.oneof(nasty, fc.jsonValue()),
    tags: fc.oneof(fc.array(nasty, { maxLength: 3 }), fc.jsonValue()),
    attributes: fc.oneof(
      fc.dictionary(nasty, fc.oneof(nasty, fc.double(), fc.boolean()), { maxKeys: 3 }),
      fc.jsonValue(),
    ),
    image: fc.oneof(nasty, fc.jsonValue()),
    createdAt: fc.oneof(fc.double(), fc.jsonValue()),
    hidden: fc.oneof(fc.boolean(), fc.jsonValue()),
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  fc.array(event, { maxLength: 3 }).map((events) => JSON.stringify({ events })),
  fc.array(item, { maxLength: 3 }).map((items) => JSON.stringify({ items })),
  fc.json(),
  fc.string({ unit: 'binary' }),
)

/** Success, or a problem in the API's own form. */
async function assertNoFailure(path: string, init?: RequestInit): Promise<void> {
  const response = await fetch(server.address + path, init)
  const text = await response.text()
  if (response.status < 400) return
  assert.ok(response.status < 500, `${response.status} for ${path}: ${text}`)
  if (init?.method !== 'HEAD')
    assertProblem({ status: response.status, body: JSON.parse(text) as Problem }, response.status)
}

test('reading: any path and any query', async () => {
  const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT')
  await fc.assert(
    fc.asyncProperty(path, query, method, async (path, pairs, method) => {
      const search = new URLSearchParams()
      for (const [name, value] of pairs) search.append(name.toWellFormed(), value.toWellFormed())
      await assertNoFailure(`${path}?${search}`, { method })
    }),
    { seed: 11, numRuns: 400 },
  )
})

test('writing: any body of any type', async () => {
  const type = fc.constantFrom(
    'application/json',
    'application/json',
    'text/plain',
    'application/json; charset=utf-16',
  )
  const address = fc.constantFrom('/api/v1/events', '/api/v1/items')
  await fc.assert(
    fc.asyncProperty(address, body, type, async (address, body, type) => {
      await assertNoFailure(address, { method: 'POST', headers: { 'content-type': type }, body })
    }),
    { seed: 12, numRuns: 400 },
  )
  // Whatever of this was accepted, the server goes on answering.
  for (const address of ['/api/v1/items?query=a', '/api/v1/items/book-1/related?limit=500']) {
    assert.equal((await fetch(server.address + address)).status, 200)
  }
})
