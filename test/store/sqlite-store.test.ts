/** @file The embedded store: what goes in comes out, once, also after a kill. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { DamagedArtefactError } from '../../src/base/errors.ts'
import { idAt } from '../../src/base/id-table.ts'
import { first } from '../../src/store/migrations/001-first.ts'
import { EVENT_KINDS, type EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const newPath = () => join(temporaryFolder('store'), 'store.db')

const name = fc.string({ minLength: 1, maxLength: 12 })
const event: fc.Arbitrary<EventRecord> = fc.record(
  {
    id: fc.option(fc.string({ minLength: 1, maxLength: 3 })),
    time: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 })),
    user: name,
    item: name,
    kind: fc.constantFrom(...EVENT_KINDS),
    // SQLite keeps no sign of zero.
    value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
    session: fc.option(name),
    context: fc.option(fc.constantFrom({ split: 'test' }, { surface: 'home', position: 3 })),
  },
  { noNullPrototype: true },
)

test('events come back in log order, known ids only once', () => {
  fc.assert(
    fc.property(fc.array(fc.array(event, { maxLength: 150 }), { maxLength: 4 }), (batches) => {
      const store = openStore(newPath())
      const expected: EventRecord[] = []
      const known = new Set<string>()
      for (const batch of batches) {
        const before = expected.length
        for (const one of batch) {
          if (one.id !== null && known.has(one.id)) continue
          if (one.id !== null) known.add(one.id)
          expected.push(one)
        }
        const added = expected.length - before
        assert.deepEqual(store.appendEvents(batch), { added, updated: 0, repeated: batch.length - added })
      }
      assert.deepEqual(
        [...store.events(0, 7)].flatMap(({ events }) => events),
        expected,
      )
      const columns = store.eventColumns()
      assert.equal(columns.length, expected.length)
      for (const [row, one] of expected.entries()) {
        assert.equal(idAt(columns.users, columns.user[row]!), one.user)
        assert.equal(idAt(columns.items, columns.item[row]!), one.item)
        assert.deepEqual(columns.time[row], one.time ?? Number.NaN)
        assert.equal(EVENT_KINDS[columns.kind[row]!], one.kind)
        assert.equal(columns.heldOut[row], one.context?.split === 'test' ? 1 : 0)
        assert.equal(columns.session[row] === 0, one.session === null)
      }
      store.close()
    }),
    { numRuns: 30, seed: 1 },
  )
})

test('the last write of an item, a user or a collection wins, and all of it comes back', () => {
  const store = openStore(newPath())
  const item = {
    id: 'a',
    title: 'Ä',
    text: 't',
    tags: ['x', 'y'],
    attributes: { year: 1999, red: true },
    image: null,
    createdAt: 5,
    hidden: false,
  }
  assert.deepEqual(store.putItems([item, { ...item, id: 'b' }]), { added: 2, updated: 0, repeated: 0 })
  assert.deepEqual(store.putItems([{ ...item, title: 'B', hidden: true }]), {
    added: 0,
    updated: 1,
    repeated: 0,
  })
  assert.deepEqual(store.getItem('a'), { ...item, title: 'B', hidden: true })
  assert.equal(store.getItem('c'), undefined)
  store.putUsers([{ id: 'u', attributes: { region: 'be' } }])
  assert.deepEqual(store.getUser('u'), { id: 'u', attributes: { region: 'be' } })
  const collection = { id: 'board', title: 'Board', owner: 'new user', items: ['b', 'a', 'new item'] }
  store.putCollections([{ ...collection, items: [] }])
  store.putCollections([collection])
  assert.deepEqual([...store.collections()].flat(), [collection])
  assert.deepEqual(
    [...store.items(2)].flat().map(({ id }) => id),
    ['a', 'b', 'new item'],
  )
  assert.deepEqual(store.counts(), { items: 3, users: 2, collections: 1, events: 0, requests: 0 })
  store.close()
})

test('a failed transaction leaves nothing behind, ids included', () => {
  const store = openStore(newPath())
  const one: EventRecord = {
    id: null,
    time: 1,
    user: 'u',
    item: 'i',
    kind: 'click',
    value: null,
    session: null,
    context: null,
  }
  assert.throws(() =>
    store.transaction(() => {
      store.appendEvents([one])
      throw new Error('given up')
    }),
  )
  assert.deepEqual(store.counts(), { items: 0, users: 0, collections: 0, events: 0, requests: 0 })
  store.appendEvents([one])
  assert.deepEqual(store.counts(), { items: 1, users: 1, collections: 0, events: 1, requests: 0 })
  assert.equal([...store.events()][0]!.events[0]!.user, 'u')
  store.close()
})

test('a store of the first layout keeps its events and their ids', () => {
  const path = newPath()
  const database = new DatabaseSync(path)
  for (const statement of first) database.exec(statement.compile().sql)
  database.exec(`pragma user_version = 1; insert into items (id) values ('i'); insert into users (id) values ('u');
    insert into events (id, user, item, kind) values ('b', 1, 1, 1), (null, 1, 1, 1), ('a', 1, 1, 1)`)
  database.close()
  const store = openStore(path)
  const one: EventRecord = {
    id: 'a',
    time: 1,
    user: 'u',
    item: 'i',
    kind: 'click',
    value: null,
    session: null,
    context: null,
  }
  assert.deepEqual(store.appendEvents([one, { ...one, id: 'c' }]), { added: 1, updated: 0, repeated: 1 })
  assert.deepEqual(
    [...store.events()].flatMap(({ events }) => events.map(({ id }) => id)),
    ['b', null, 'a', 'c'],
  )
  store.close()
})

test('a file that is no store is refused with a typed error', () => {
  const path = newPath()
  writeFileSync(path, 'id,title\n1,a book that is no database at all\n'.repeat(200))
  assert.throws(() => openStore(path), DamagedArtefactError)
})
