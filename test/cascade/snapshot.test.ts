/** @file Snapshots on disk: what is written is read, what is damaged is said, what is active stays. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { DamagedArtefactError, NotFoundError } from '../../src/base/errors.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { fitStore } from '../../src/cascade/fit-store.ts'
import {
  activateSnapshot,
  activeSnapshot,
  listSnapshots,
  type Manifest,
  readManifest,
  readSnapshot,
  removeOldSnapshots,
  type Snapshot,
  writeSnapshot,
} from '../../src/cascade/snapshot.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { fittedClub, plainRanking } from '../server/reading-club.ts'

const club = await fittedClub()
after(() => club.remove())
const name = await activeSnapshot(club.snapshotFolder)
const snapshot = await readSnapshot(club.snapshotFolder, name)

/** A folder that goes away with the file. */
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-snapshots-'))
  after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
const named = (other: string): Snapshot => ({ ...snapshot, manifest: { ...snapshot.manifest, name: other } })

test('what is written is read again, to the last byte', async () => {
  const folder = await emptyFolder()
  await writeSnapshot(folder, snapshot)
  assert.deepEqual(await readSnapshot(folder, name), snapshot)
  assert.deepEqual(await readdir(folder), [name])
})

test('everything large is in shared memory, so that workers open it without a copy', () => {
  let arrays = 0
  const look = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      assert.ok(value.buffer instanceof SharedArrayBuffer)
      arrays++
    } else if (value !== null && typeof value === 'object') Object.values(value).forEach(look)
  }
  look(snapshot)
  assert.ok(arrays > 50)
})

test('any file that is cut off, empty, foreign or missing is named', async () => {
  const folder = await emptyFolder()
  const files = (await readdir(join(club.snapshotFolder, name))).filter((file) => file.endsWith('.arrays'))
  assert.ok(files.length >= 5 + snapshot.manifest.sources.length)
  await writeSnapshot(folder, snapshot)
  for (const file of files) {
    const path = join(folder, name, file)
    const content = await readFile(path)
    const spoil: (() => Promise<void>)[] = [
      () => rm(path),
      () => truncate(path, 0),
      () => truncate(path, 11),
      () => truncate(path, Math.floor(content.length / 2)),
      () => writeFile(path, Buffer.from('not an array file at all')),
    ]
    for (const damage of spoil) {
      await damage()
      await assert.rejects(readSnapshot(folder, name), (error) => {
        assert.ok(error instanceof DamagedArtefactError, String(error))
        return error.message.includes(file) && /fit again/.test(error.message)
      })
      await writeFile(path, content)
    }
  }
})

test('a manifest that is no manifest, or of another format, is refused', async () => {
  const folder = await emptyFolder()
  await mkdir(join(folder, name))
  const write = (text: string) => writeFile(join(folder, name, 'manifest.json'), text)
  const other = { ...snapshot.manifest, format: 99 }
  for (const text of ['', '{', 'null', '[]', '{}', JSON.stringify(other)]) {
    await write(text)
    await assert.rejects(readManifest(folder, name), DamagedArtefactError)
  }
  const reaching: Manifest = { ...snapshot.manifest, sources: ['../../store'] }
  await write(JSON.stringify(reaching))
  await assert.rejects(readManifest(folder, name), DamagedArtefactError)
})

test('one snapshot is active; going back to a former one is one step', async () => {
  const folder = await emptyFolder()
  await assert.rejects(activeSnapshot(folder), NotFoundError)
  await writeSnapshot(folder, named('first'))
  await writeSnapshot(folder, named('second'))
  await activateSnapshot(folder, 'second')
  assert.equal(await activeSnapshot(folder), 'second')
  await activateSnapshot(folder, 'first')
  assert.equal(await activeSnapshot(folder), 'first')
  for (const unknown of ['third', '..', '../first', '', '.hidden']) {
    await assert.rejects(activateSnapshot(folder, unknown), NotFoundError)
  }
  assert.equal(await activeSnapshot(folder), 'first')
})

test('tidying up keeps the newest and never removes the active one', async () => {
  const names = ['20240101-000000-000', '20240102-000000-000', '20240103-000000-000', '20240104-000000-000']
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.integer({ min: 1, max: 5 }), async (active, keep) => {
      const folder = await mkdtemp(join(tmpdir(), 'labrador-snapshots-'))
      try {
        for (const one of names) await mkdir(join(folder, one))
        await writeFile(join(folder, 'current'), `${active}\n`)
        await removeOldSnapshots(folder, keep)
        const expected = new Set([...names.slice(-keep), active])
        assert.deepEqual(await listSnapshots(folder), [...expected].sort())
      } finally {
        await rm(folder, { recursive: true })
      }
    }),
    { seed: 3, numRuns: 20 },
  )
})

test('tidying up removes what dead processes left, not what a living one writes', async () => {
  const folder = await emptyFolder()
  const living = `.writing-${process.pid}-20240101-000000-000`
  for (const one of [living, '.writing-999999999-20240101-000000-000']) await mkdir(join(folder, one))
  await writeFile(join(folder, '.current.0e8c.tmp'), 'x')
  await removeOldSnapshots(folder, 1)
  assert.deepEqual(await readdir(folder), [living])
})

test('a fit that leaves no source is refused, and what was active stays', async () => {
  const store = openStore(club.storePath)
  const fitting = fitStore(store, {
    snapshotFolder: club.snapshotFolder,
    sources: ['two-tower'],
    keep: 3,
    threads: 1,
    seed: 1,
    progress: silentProgress,
    learned: plainRanking(),
    now: snapshot.manifest.fittedAt + 1,
  })
  const reason = { code: 'invalid-option', message: /two-tower: only \d+ users/ }
  try {
    await assert.rejects(fitting, reason)
  } finally {
    store.close()
  }
  assert.equal(await activeSnapshot(club.snapshotFolder), name)
})
