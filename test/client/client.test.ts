/** @file The typed client against a real server: what it asks is understood, what it gives back is what its types say. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LabradorApiError, LabradorClient } from '../../client/src/index.ts'
import { clubServer } from '../server/running-server.ts'

const { server } = await clubServer()
const client = new LabradorClient(`${server.address}/`)

test('related items and recommendations, with every option', async () => {
  const related = await client.related('book-7', {
    limit: 5,
    user: 'member-1',
    filter: { category: ['crime', 'poetry'], region: ['north'] },
    region: 'north',
    language: 'en',
    seed: 3,
  })
  assert.equal(related.surface, 'related')
  assert.equal(related.query?.id, 'book-7')
  assert.equal(related.knownUser, true)
  for (const { id, sources } of related.items) {
    assert.equal(Number(id.slice(5)) % 6, 1)
    assert.ok(sources.length > 0)
  }
  const home = await client.recommendations('a new user', { limit: 3 })
  assert.equal(home.knownUser, false)
  assert.equal(home.items.length, 3)
})

test('ids with every kind of character arrive as they are', async () => {
  const ids = ['a/b', 'a b', 'ü?&#%', '日本', '../up', 'a+b', '100%', '__proto__', 'x'.repeat(256)]
  const { added } = await client.putItems(ids.map((id) => ({ id, title: `Item ${id.slice(0, 20)}` })))
  assert.equal(added, ids.length)
  for (const id of ids) {
    const { query } = await client.related(id, { user: `${id.slice(0, 200)} reader` })
    assert.equal(query?.id, id)
    await client.recordEvents([{ user: `${id.slice(0, 200)} reader`, item: id, kind: 'save' }])
    assert.equal((await client.recommendations(`${id.slice(0, 200)} reader`)).knownUser, true)
  }
})

test('items by their words, or the popular ones', async () => {
  const { items } = await client.items('quiet harb', { limit: 2 })
  assert.ok(items.length > 0 && items.length <= 2)
  assert.equal((await client.items(undefined, { limit: 3 })).items.length, 3)
  assert.equal((await client.items('')).items.length, 20)
})

test('events are written once by their ids', async () => {
  const events = [
    { id: 'from-client', user: 'member-1', item: 'book-3', kind: 'purchase' as const, value: 2 },
  ]
  const first = await client.recordEvents(events)
  const second = await client.recordEvents(events)
  assert.deepEqual([first.added, first.repeated, second.added, second.repeated], [1, 0, 0, 1])
})

test('what the server refuses is an error with status, code, field and request id', async () => {
  await assert.rejects(client.related('no such book'), (error) => {
    assert.ok(error instanceof LabradorApiError)
    assert.deepEqual([error.status, error.code, error.field], [404, 'not-found', 'id'])
    assert.match(error.message, /unknown item "no such book"/)
    assert.match(error.requestId!, /^[0-9a-f-]{36}$/)
    return true
  })
  await assert.rejects(client.related('book-1', { limit: 0 }), (error) => {
    return error instanceof LabradorApiError && error.field === 'query.limit'
  })
})

test('a request is explained item by item, with the cards of what it names', async () => {
  const { requestId, items, policy } = await client.related('book-7', { limit: 5, user: 'member-1' })
  await client.recordEvents([
    { user: 'member-1', item: items[2]!.id, kind: 'click', context: { requestId, position: 2 } },
  ])
  const { explanation, cards } = await client.explanation(requestId)
  assert.equal(explanation.request.id, requestId)
  assert.equal(explanation.request.policy, policy)
  assert.deepEqual(
    cards.map(({ id }) => id),
    ['book-7', ...items.map(({ id }) => id)],
  )
  explanation.items.forEach(({ item, place, score, sources, features, outcomes }, k) => {
    assert.deepEqual([item, place, score, sources], [items[k]!.id, k + 1, items[k]!.score, items[k]!.sources])
    const sum = features.reduce((total, { contribution }) => total + (contribution ?? 0), explanation.base)
    assert.ok(Math.abs(sum - score) < 1e-4)
    assert.deepEqual(outcomes, k === 2 ? ['click'] : [])
  })
  await assert.rejects(client.explanation('no/such?'), (error) => {
    return error instanceof LabradorApiError && error.status === 404
  })
})

test('health and sources', async () => {
  const { status, sources } = await client.health()
  assert.equal(status, 'ok')
  const notes = await client.sources()
  assert.deepEqual(
    notes.sources.map(({ name }) => name),
    sources,
  )
})
