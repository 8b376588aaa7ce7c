/** @file Files that are not as they should be: good rows go in, bad ones are set aside, hopeless files are refused. */

import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { importFile } from '../../../src/store/import/import-file.ts'
import { eventsOf, idsOf, newPlace, placeFor, placesOf, rejectsOf } from './folder.ts'

const HEADER = 'id,user,item,time,kind,value\n'

/** A row in a file: its bytes without the line's end, and the field that is wrong, null for a good row. */
interface GeneratedRow {
  content: (id: string) => Buffer
  fault: string | null
}

const row = (text: (id: string) => string, fault: string | null = null): GeneratedRow => ({
  content: (id) => Buffer.from(text(id)),
  fault,
})
const bytes = (byte: number): GeneratedRow => ({
  content: (id) => Buffer.concat([Buffer.from(`${id},u`), Buffer.of(byte), Buffer.from(',i,1,click,2')]),
  fault: 'row',
})

const GOOD = [
  row((id) => `${id},u,i,1600000000,click,2.5`),
  row((id) => `${id},u,i,2020-09-13T12:26:40Z,click,`),
  row((id) => `${id},"a ""quoted"" user","two\nlines\r\nor, three",1600000000123,save,1e3`),
  row((id) => `"${id}",u,5" pipe,,view,`),
]
const BAD = [
  row((id) => `${id},,i,1,click,2`, 'user'),
  row((id) => `${id},u,i,yesterday,click,2`, 'time'),
  row((id) => `${id},u,i,-5,click,2`, 'time'),
  row((id) => `${id},u,i,99999999999999999999999,click,2`, 'time'),
  row((id) => `${id},u,i,1,bought,2`, 'kind'),
  row((id) => `${id},u,i,1,click,NaN`, 'value'),
  row((id) => `${id},u,i,1,click,1e999`, 'value'),
  row((id) => `${id},u,i,1,click,-inf`, 'value'),
  row((id) => `${id},u,i,1,click,two`, 'value'),
  row((id) => `${id},${'u'.repeat(257)},i,1,click,`, 'user'),
  row((id) => `${id},u,i`, 'row'),
  row((id) => `${id},u,i,1,click,2,3,4`, 'row'),
  row((id) => `${id},"u"x,i,1,click,2`, 'row'),
  bytes(0xff),
  bytes(0x00),
]
const BLANK = row(() => '')

test('every row ends up in the store or among the rejects, at its line, never in both, never lost', async () => {
  const rows = fc.array(
    fc.tuple(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...GOOD) },
        { weight: 3, arbitrary: fc.constantFrom(...BAD) },
        fc.constant(BLANK),
      ),
      fc.constantFrom('\n', '\r\n'),
    ),
    { maxLength: 60 },
  )
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.constantFrom(1, 50, 700, 1 << 20),
      fc.boolean(),
      async (given, blockBytes, isPacked) => {
        const place = newPlace()
        try {
          const pieces: Buffer[] = [Buffer.from(HEADER)]
          const stored: string[] = []
          const rejected: [number, string][] = []
          let line = 2
          for (const [at, [one, end]] of given.entries()) {
            const content = Buffer.concat([one.content(`e${at}`), Buffer.from(end)])
            pieces.push(content)
            if (one.fault !== null) rejected.push([line, one.fault])
            else if (one !== BLANK) stored.push(`e${at}`)
            line += content.toString('latin1').split('\n').length - 1
          }
          const content = Buffer.concat(pieces)
          const path = place.write(isPacked ? 'e.csv.gz' : 'e.csv', isPacked ? gzipSync(content) : content)
          const summary = await importFile(place.store, 'events', path, { blockBytes })
          assert.deepEqual(idsOf(place.store), stored)
          assert.deepEqual(placesOf(summary), rejected)
          assert.equal(summary.read, stored.length + rejected.length)

          const once = eventsOf(place.store)
          const twice = await importFile(place.store, 'events', path, { blockBytes, again: true })
          assert.deepEqual([twice.added, twice.repeated], [0, stored.length])
          assert.deepEqual(eventsOf(place.store), once)
          assert.deepEqual(placesOf(twice), rejected)
        } finally {
          place.remove()
        }
      },
    ),
    { numRuns: 25, seed: 5 },
  )
})

test('lines of JSON are judged one by one', async (context) => {
  const place = placeFor(context)
  const lines = [
    '{"id":"a","user":"u","item":"i","kind":"click","time":1600000000,"context":{"surface":"home","position":3}}',
    '{"id":"b","user":"u","item":"i","kind":"click"',
    '["c"]',
    '',
    '{"id":"d","user":"","item":"i","kind":"click"}',
    '{"id":"e","user":"u\\u0000","item":"i","kind":"click"}',
    '{"id":"f","user":"u","item":"i","kind":"click","context":"none"}',
    '{"id":"g","user":7,"item":"\\u00e9 \\n","kind":"rating","value":4.5,"other":null}',
    'null',
  ]
  const summary = await importFile(place.store, 'events', place.write('e.jsonl', lines.join('\n')))
  assert.deepEqual(placesOf(summary), [
    [2, 'row'],
    [3, 'row'],
    [5, 'user'],
    [6, 'user'],
    [7, 'context'],
    [9, 'row'],
  ])
  const [first, last] = eventsOf(place.store)
  assert.deepEqual(first!.context, { surface: 'home', position: 3 })
  assert.deepEqual([last!.user, last!.item, last!.value], ['7', 'é \n', 4.5])
})

test('an id that is there twice counts once, in a file and over files', async (context) => {
  const place = placeFor(context)
  const lines = `${HEADER}a,u,i,1,click,\nb,u,i,2,click,\na,v,j,3,save,\n`
  const summary = await importFile(place.store, 'events', place.write('e.csv', lines))
  assert.deepEqual([summary.added, summary.repeated], [2, 1])
  const more = await importFile(
    place.store,
    'events',
    place.write('f.csv', `${HEADER}c,u,i,1,click,\na,u,i,1,click,\n`),
  )
  assert.deepEqual([more.added, more.repeated], [1, 1])
  assert.deepEqual(
    eventsOf(place.store).map(({ id, user }) => [id, user]),
    [
      ['a', 'u'],
      ['b', 'u'],
      ['c', 'u'],
    ],
  )
})

test('a quote that is never closed costs its own line only', async (context) => {
  const place = placeFor(context)
  const lines = `${HEADER}a,u,i,1,click,\nb,"u,i,1,click,\nc,u,i,1,click,\nd,u,i,1,click,\n`
  const summary = await importFile(place.store, 'events', place.write('e.csv', lines))
  assert.deepEqual(idsOf(place.store), ['a', 'c', 'd'])
  assert.deepEqual(placesOf(summary), [[3, 'row']])
  assert.match(rejectsOf(summary)[0]!.reason, /closing quote/)
})

test('a line of a gigabyte is set aside without being held in memory', async (context) => {
  const place = placeFor(context)
  const path = join(place.folder, 'e.csv')
  const file = openSync(path, 'w')
  writeSync(file, `${HEADER}a,u,i,1,click,\nb,`)
  // A hole of zeros: as long to a reader, and nothing on the disk.
  writeSync(file, '\nc,u,i,1,click,\n', 1e9)
  closeSync(file)
  const before = process.memoryUsage().rss
  const summary = await importFile(place.store, 'events', path)
  assert.ok(process.memoryUsage().rss - before < 400e6)
  assert.deepEqual(idsOf(place.store), ['a', 'c'])
  assert.deepEqual(placesOf(summary), [[3, 'row']])
})

test('files that cannot be used are refused with what is wrong and nothing is imported', async (context) => {
  const place = placeFor(context)
  const refuse = (name: string, content: string | Uint8Array, message: RegExp) =>
    assert.rejects(importFile(place.store, 'events', place.write(name, content)), {
      code: 'invalid-file',
      message,
    })
  await refuse('empty.csv', '', /is empty/)
  await refuse('blank.csv', '\n\r\n\n', /is empty/)
  await refuse('missing.csv', 'user,item\nu,i\n', /no column "kind".*--map events\.kind=COLUMN/)
  await refuse('semicolon.csv', HEADER.replaceAll(',', ';'), /separated by ";"\? give --delimiter/)
  await refuse('utf16.csv', Buffer.from(`\ufeff${HEADER}`, 'utf16le'), /no UTF-8 text/)
  await refuse('twice.csv', 'user,user,item,kind\n', /two columns "user"/)
  await refuse('open.csv', '"user,item\n', /no header/)
  await refuse('not-packed.csv.gz', HEADER, /cannot be read/)
  await refuse('not.parquet', HEADER, /not readable as Parquet/)
  await refuse('image.png', 'x', /does not tell its format/)
  mkdirSync(join(place.folder, 'folder.csv'))
  const refusePath = (path: string, message: RegExp) =>
    assert.rejects(importFile(place.store, 'events', path), { code: 'invalid-file', message })
  await refusePath(join(place.folder, 'folder.csv'), /is a folder/)
  await refusePath(join(place.folder, 'nothing.csv'), /is not there/)
  await refusePath('https://example.org/events.csv', /is an address/)
  assert.deepEqual(place.store.counts(), { items: 0, users: 0, collections: 0, events: 0, requests: 0 })
})

test('a packed file that is cut off is an error', async (context) => {
  const place = placeFor(context)
  const rows = Array.from({ length: 5000 }, (_, at) => `e${at},u${(at * 7919) % 997},i,1,click,\n`).join('')
  const packed = gzipSync(HEADER + rows)
  const path = place.write('e.csv.gz', packed.subarray(0, packed.length / 2))
  await assert.rejects(importFile(place.store, 'events', path), {
    code: 'invalid-file',
    message: /cannot be read/,
  })
})

test('a header alone is a file without rows', async (context) => {
  const place = placeFor(context)
  for (const content of [
    HEADER,
    HEADER.trimEnd(),
    `\ufeff${HEADER}`,
    `\n\n${HEADER.replace('\n', '\r\n')}`,
  ]) {
    const summary = await importFile(place.store, 'events', place.write('e.csv', content))
    assert.deepEqual([summary.read, summary.rejected], [0, 0])
  }
})

test('names of files are names, not patterns', async (context) => {
  const place = placeFor(context)
  for (const name of ['e*.csv', 'e[1].csv', "e'; drop.csv", 'e?.csv']) {
    place.write('e1.csv', `${HEADER}wrong,u,i,1,click,\n`)
    const path = place.write(name, `${HEADER}${JSON.stringify(name)},u,i,1,click,\n`)
    const { added } = await importFile(place.store, 'events', path)
    assert.equal(added, 1)
  }
  assert.ok(!idsOf(place.store).includes('wrong'))
})

test('too many bad rows stop the import, and say the first of them', async (context) => {
  const place = placeFor(context)
  const path = place.write('e.csv', HEADER + 'a,u,i,soon,click,\n'.repeat(3))
  await assert.rejects(importFile(place.store, 'events', path, { maxRejects: 2 }), {
    code: 'invalid-file',
    field: 'time',
    message: /more than 2 rows.*line 2, time/,
  })
  assert.equal((await importFile(place.store, 'events', path, { maxRejects: 3 })).rejected, 3)
})
