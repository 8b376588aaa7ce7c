/** @file Export and import: what went out comes back, in every format. */

import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { exportFile } from '../../src/store/export/export-file.ts'
import { importFile } from '../../src/store/import/import-file.ts'
import { RECORD_KINDS } from '../../src/store/import/mapping.ts'
import {
  type Collection,
  EVENT_KINDS,
  type EventRecord,
  type Item,
  type User,
} from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

/** Texts with everything that file formats stumble over, but no NUL and no half characters. */
const nasty = fc.constantFrom(
  '"',
  '""',
  ',',
  ';',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '|',
  '[',
  '\\',
  "'",
  '{',
  'é',
  '日本',
  '😀',
  '\u2028',
)
const text = fc
  .array(fc.oneof(nasty, fc.string({ maxLength: 4 })), { maxLength: 5 })
  .map((parts) => clean(parts.join('')))
const clean = (value: string) => value.replaceAll('\0', '')
const id = text.map((value) => value.slice(0, 40).replace(/[\ud800-\udbff]$/, '') || 'x')
const time = fc.option(fc.integer({ min: 0, max: 4_102_444_800_000 }))
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const attributes = fc.dictionary(fc.stringMatching(/^[a-z"' ]{1,6}$/), fc.oneof(text, number, fc.boolean()), {
  maxKeys: 3,
  noNullPrototype: true,
})

const item: fc.Arbitrary<Item> = fc.record({
  id,
  title: text,
  text,
  tags: fc.array(text, { maxLength: 3 }),
  attributes,
  image: fc.option(text.filter((value) => value !== '')),
  createdAt: time,
  hidden: fc.boolean(),
})
const user: fc.Arbitrary<User> = fc.record({ id, attributes })
const collection: fc.Arbitrary<Collection> = fc.record({
  id,
  title: text,
  owner: fc.option(id),
  items: fc.array(id, { maxLength: 4 }),
})
const event: fc.Arbitrary<EventRecord> = fc.record({
  id: fc.option(id),
  time,
  user: id,
  item: id,
  kind: fc.constantFrom(...EVENT_KINDS),
  value: fc.option(number),
  session: fc.option(id),
  context: fc.option(
    fc.record({ surface: text, position: fc.nat(), split: fc.constantFrom('test', 'train') }),
  ),
})

/** Everything in a store, by id where order means nothing. */
function contentOf(store: Store): unknown {
  const byId = <T extends { id: string }>(batches: Iterable<T[]>) =>
    [...batches].flat().sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    items: byId(store.items()),
    users: byId(store.users()),
    collections: byId(store.collections()),
    events: [...store.events()].flatMap(({ events }) => events),
  }
}

for (const extension of ['csv', 'tsv', 'csv.gz', 'jsonl', 'jsonl.gz', 'parquet']) {
  test(`importing an export as ${extension} gives the same store`, async () => {
    const records = fc.record({
      items: fc.array(item, { maxLength: 6 }),
      users: fc.array(user, { maxLength: 4 }),
      collections: fc.array(collection, { maxLength: 4 }),
      events: fc.array(event, { maxLength: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        const folder = await mkdtemp(join(tmpdir(), 'labrador-trip-'))
        const store = openStore(join(folder, 'store.db'))
        const copy = openStore(join(folder, 'copy', 'store.db'))
        try {
          store.putItems(given.items)
          store.putUsers(given.users)
          store.putCollections(given.collections)
          store.appendEvents(given.events)
          for (const kind of RECORD_KINDS) {
            const path = join(folder, `${kind}.${extension}`)
            await exportFile(store, kind, path)
            const { rejected } = await importFile(copy, kind, path)
            assert.equal(rejected, 0)
          }
          assert.deepEqual(contentOf(copy), contentOf(store))
          assert.deepEqual(
            (await readdir(folder)).filter((name) => name.includes('.tmp') || name.includes('import-')),
            [],
          )
        } finally {
          store.close()
          copy.close()
          await rm(folder, { recursive: true, force: true })
        }
      }),
      { numRuns: 8, seed: 3 },
    )
  })
}
