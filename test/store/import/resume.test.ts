/** @file Imports that are interrupted, repeated, or find a changed file: everything counts once. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { UnavailableError } from '../../../src/base/errors.ts'
import { importFile } from '../../../src/store/import/import-file.ts'
import { openDuckDB } from '../../../src/store/import/parse-block.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import { eventsOf, placeFor, placesOf } from './folder.ts'

/** No ids: nothing but the account of the import keeps rows from counting twice. */
const HEADER = 'user,item,time,kind\n'
const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, k) => {
    const at = first + k
    const isBad = at % 50 === 7
    return `u${(at * 7919) % 1009},"i ${at % 97}",${1_600_000_000 + at},${isBad ? 'bad' : 'click'}\n`
  }).join('')

/** Runs the import in a process of its own; kills it at the given report. */
function importAndKill(store: string, file: string, atReport: number): Promise<NodeJS.Signals | null> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'import-slowly.ts'), store, file, '2000'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let reports = 0
  child.stdout.on('data', (data: Buffer) => {
    reports += data.toString().split('\n').length - 1
    if (reports >= atReport) child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
}

test('a killed import goes on where it stopped; nothing is lost or counted twice', async (context) => {
  const place = placeFor(context)
  const file = place.write('e.csv', HEADER + rowsFrom(0, 6000))
  const undisturbed = await importFile(place.store, 'events', file)

  const path = join(place.folder, 'killed', 'store.db')
  for (const [run, atReport] of [1, 3, 10, 40].entries()) {
    assert.equal(await importAndKill(path, file, atReport), 'SIGKILL')
    const store = openStore(path)
    const { events } = store.counts()
    assert.ok(events < undisturbed.added, `killed too late in run ${run}`)
    // What is there is a beginning of what will be there.
    assert.deepEqual(eventsOf(store), eventsOf(place.store).slice(0, events))
    store.close()
  }
  const store = openStore(path)
  context.after(() => store.close())
  const summary = await importFile(store, 'events', file)
  assert.equal(summary.began, 'went on')
  const { read, added, rejected } = undisturbed
  assert.deepEqual([summary.read, summary.added, summary.rejected], [read, added, rejected])
  assert.deepEqual(eventsOf(store), eventsOf(place.store))
  assert.equal(readFileSync(summary.rejectFile!, 'utf8'), readFileSync(undisturbed.rejectFile!, 'utf8'))
  assert.deepEqual(
    readdirSync(join(place.folder, 'killed')).filter((name) => name.includes('.import-')),
    [],
  )
})

test('a file that was imported is not imported again, also under another name', async (context) => {
  const place = placeFor(context)
  const content = HEADER + rowsFrom(0, 100)
  const first = await importFile(place.store, 'events', place.write('a.csv', content))
  for (const name of ['a.csv', 'b.csv']) {
    const again = await importFile(place.store, 'events', place.write(name, content))
    assert.equal(again.began, 'already imported')
    assert.equal(again.added, first.added)
  }
  assert.equal(place.store.counts().events, first.added)
  await importFile(place.store, 'events', join(place.folder, 'a.csv'), { again: true })
  assert.equal(place.store.counts().events, 2 * first.added)
})

test('of a file that has grown only the new rows are read', async (context) => {
  const place = placeFor(context)
  const file = place.write('e.csv', HEADER + rowsFrom(0, 300))
  await importFile(place.store, 'events', file, { blockBytes: 1000 })
  appendFileSync(file, rowsFrom(300, 200))
  const summary = await importFile(place.store, 'events', file, { blockBytes: 1000 })
  assert.equal(summary.began, 'went on')
  assert.equal(summary.read, 500)
  assert.deepEqual(
    placesOf(summary),
    Array.from({ length: 10 }, (_, k) => [50 * k + 9, 'kind']),
  )
  assert.equal(place.store.counts().events, 490)
})

test('another file in the place of an imported one is read whole', async (context) => {
  const place = placeFor(context)
  await importFile(place.store, 'events', place.write('e.csv', HEADER + rowsFrom(0, 100)))
  const summary = await importFile(place.store, 'events', place.write('e.csv', HEADER + rowsFrom(1000, 50)))
  assert.equal(summary.began, 'from the start')
  assert.equal(place.store.counts().events, 98 + 49)
})

test('a file that changed after an interruption is refused where rows would count twice', async (context) => {
  const place = placeFor(context)
  const file = place.write('e.csv', `${HEADER}${rowsFrom(0, 200)}`)
  const interrupt = (path: string) =>
    importFile(place.store, 'events', path, { blockBytes: 500, maxRejects: 1 })
  await assert.rejects(interrupt(file), /more than 1/)
  const before = place.store.counts().events
  assert.ok(before > 0)
  place.write('e.csv', `${HEADER}${rowsFrom(1, 200)}`)
  await assert.rejects(importFile(place.store, 'events', file), {
    code: 'invalid-file',
    message: /has changed.*--again/,
  })
  assert.equal(place.store.counts().events, before)
  place.write('e.csv', `${HEADER}${rowsFrom(0, 200)}`)
  assert.equal((await importFile(place.store, 'events', file)).began, 'went on')
  assert.equal(place.store.counts().events, 196)
})

test('ids made from content let overlapping files count once', async (context) => {
  const place = placeFor(context)
  const mapping = { deriveIds: true }
  await importFile(place.store, 'events', place.write('a.csv', HEADER + rowsFrom(0, 100)), { mapping })
  const { added, repeated } = await importFile(
    place.store,
    'events',
    place.write('b.csv', HEADER + rowsFrom(50, 100)),
    { mapping },
  )
  assert.deepEqual([added, repeated], [49, 49])
})

test('an older catalog that is imported again wins again', async (context) => {
  const place = placeFor(context)
  const old = place.write('old.csv', 'id,title\na,old\n')
  const fresh = place.write('new.csv', 'id,title\na,new\n')
  for (const file of [old, fresh, old]) await importFile(place.store, 'items', file)
  assert.equal(place.store.getItem('a')!.title, 'old')
})

test('a Parquet file goes on at its row', async (context) => {
  const place = placeFor(context)
  const path = join(place.folder, 'e.parquet')
  const { connection, close } = await openDuckDB()
  await connection.run(
    `copy (select 'u' as "user", 'i' || range as item, if(range % 1000 = 999, 'bad', 'click') as kind
      from range(5000)) to '${path}'`,
  )
  close()
  await assert.rejects(
    importFile(place.store, 'events', path, { blockBytes: 1, maxRejects: 2 }),
    /more than 2/,
  )
  // DuckDB hands rows over in vectors of 2048.
  assert.equal(place.store.counts().events, 2046)
  const summary = await importFile(place.store, 'events', path)
  assert.equal(summary.began, 'went on')
  assert.deepEqual(
    placesOf(summary),
    [1000, 2000, 3000, 4000, 5000].map((row) => [row, 'kind']),
  )
  const items = Array.from({ length: 5000 }, (_, at) => `i${at}`).filter((_, at) => at % 1000 !== 999)
  assert.deepEqual(
    eventsOf(place.store).map(({ item }) => item),
    items,
  )
})

test('of two imports of one file at once one ends with a reason, and rows count once', async (context) => {
  const place = placeFor(context)
  const file = place.write('e.csv', HEADER + rowsFrom(0, 6000))
  const undisturbed = await importFile(place.store, 'events', file)

  const path = join(place.folder, 'twice', 'store.db')
  const stores = [openStore(path), openStore(path)]
  context.after(() => stores.map((store) => store.close()))
  const both = await Promise.allSettled(
    stores.map((store) => importFile(store, 'events', file, { blockBytes: 2000 })),
  )
  const [refused] = both.filter((one) => one.status === 'rejected')
  assert.ok(refused?.reason instanceof UnavailableError)
  assert.match(refused.reason.message, /another process is importing it/)
  const whole = both.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
  assert.equal(whole.length, 1)
  assert.equal(whole[0]!.added, undisturbed.added)
  assert.equal(whole[0]!.rejected, undisturbed.rejected)
  assert.deepEqual(placesOf(whole[0]!), placesOf(undisturbed))
  assert.deepEqual(eventsOf(stores[0]!), eventsOf(place.store))
})
