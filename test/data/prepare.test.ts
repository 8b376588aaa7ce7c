/** @file Preparing a dataset: complete or not at all, and only once. */

import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { prepareDataset } from '../../src/data/prepare.ts'
import type { DatasetReader } from '../../src/data/reader.ts'
import { readDatasetMeta } from '../../src/data/store-meta.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { temporaryFolder, writeFiles } from './folder.ts'

/** Reads `events` events; counts how often it was asked. */
function countingReader(fail = false): DatasetReader & { reads: number } {
  const reader = {
    name: 'counted',
    title: 'Counted',
    licence: 'none',
    citation: 'nobody',
    address: 'https://example.org',
    files: [{ path: 'a.txt' }],
    split: { kind: 'hold-out', buckets: 5 } as const,
    surface: 'home' as const,
    reads: 0,
    async read(_folder: string, store: Parameters<DatasetReader['read']>[1]) {
      reader.reads++
      const event = { id: null, time: null, user: 'u', item: 'i', kind: 'click' as const }
      store.appendEvents([{ ...event, value: null, session: null, context: null }])
      if (fail) throw new Error('broke off')
      return ['one note']
    },
  }
  return reader
}

async function places(context: TestContext) {
  const folder = await temporaryFolder(context)
  await writeFiles(folder, { 'data/counted/a.txt': '' })
  return {
    storeDirectory: join(folder, 'stores'),
    dataDirectories: [join(folder, 'data')],
    offline: true,
  }
}

test('a dataset is read once and opened afterwards, with what is known about it', async (context) => {
  const options = await places(context)
  const reader = countingReader()
  for (let time = 0; time < 2; time++) {
    const store = await prepareDataset(reader, options)
    assert.equal(store.counts().events, 1)
    const meta = readDatasetMeta(store)!
    assert.deepEqual([meta.name, meta.protocol, meta.notes], ['counted', 'hold-out, unordered', ['one note']])
    store.close()
  }
  assert.equal(reader.reads, 1)
})

test('pictures that a reader draws beside the store come along', async (context) => {
  const options = await places(context)
  const reader = countingReader()
  const drawing: DatasetReader = {
    ...reader,
    async read(folder, store, progress) {
      await writeFiles(dirname(store.path), { 'images/i.png': 'drawn' })
      return reader.read(folder, store, progress)
    },
  }
  const store = await prepareDataset(drawing, options)
  assert.equal(await readFile(join(dirname(store.path), 'images', 'i.png'), 'utf8'), 'drawn')
  store.close()
  assert.deepEqual((await readdir(join(options.storeDirectory, 'counted'))).sort(), ['images', 'store.db'])
})

test('a reader that fails leaves nothing, and the next attempt starts anew', async (context) => {
  const options = await places(context)
  await assert.rejects(prepareDataset(countingReader(true), options), /broke off/)
  assert.deepEqual(await readdir(join(options.storeDirectory, 'counted')), [])
  const store = await prepareDataset(countingReader(), options)
  assert.equal(store.counts().events, 1)
  store.close()
})

test('what a killed reader left is cleared away', async (context) => {
  const options = await places(context)
  const home = join(options.storeDirectory, 'counted')
  // No process has this number: it is above the largest that Linux gives.
  await writeFiles(home, { '.reading-4194305-x/store.db': 'half' })
  const store = await prepareDataset(countingReader(), options)
  store.close()
  assert.deepEqual(await readdir(home), ['store.db'])
})

test('of two that read at once the first store stays, and both write to it', async (context) => {
  const options = await places(context)
  const slow = countingReader()
  const first = prepareDataset(countingReader(), options)
  // The second has begun to read before the first is done, and is done only afterwards.
  const second = prepareDataset(
    { ...slow, read: (...input) => first.then(() => slow.read(...input)) },
    options,
  )
  await first
  const path = join(options.storeDirectory, 'counted', 'store.db')
  const { ino } = await stat(path)
  const stores = await Promise.all([first, second])
  stores[0].appendEvents([
    { id: 'x', time: 1, user: 'u', item: 'i', kind: 'click', value: null, session: null, context: null },
  ])
  assert.equal(slow.reads, 1)
  assert.equal((await stat(path)).ino, ino)
  assert.equal(stores[1].counts().events, 2)
  for (const store of stores) store.close()
})

test('a store of an older version is put aside, not overwritten', async (context) => {
  const options = await places(context)
  const store = await prepareDataset(countingReader(), options)
  store.meta.set('dataset', { ...readDatasetMeta(store), version: 0 })
  store.close()
  const reader = countingReader()
  const fresh = await prepareDataset(reader, options)
  fresh.close()
  assert.equal(reader.reads, 1)
  const files = await readdir(join(options.storeDirectory, 'counted'))
  assert.deepEqual(files.sort(), ['store.db', 'store.version-0.db'])
})

test('a store of somebody else is left alone', async (context) => {
  const options = await places(context)
  openStore(join(options.storeDirectory, 'counted', 'store.db')).close()
  await assert.rejects(prepareDataset(countingReader(), options), {
    code: 'invalid-file',
    message: /no public dataset/,
  })
})

test('an unknown name is answered with the known ones', async () => {
  await assert.rejects(prepareDataset('nothing'), { code: 'not-found', message: /movielens-1m/ })
})
