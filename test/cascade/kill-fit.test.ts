/** @file A fit that is killed at any moment: the former snapshot stays whole and active, the next fit works and tidies up. */

import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import { Command } from '../server/command.ts'
import { fittedClub } from '../server/reading-club.ts'

const club = await fittedClub()
after(() => club.remove())

const startFit = (context: TestContext) =>
  new Command(context, [
    'fit',
    '--store',
    club.storePath,
    '--sources',
    'co-occurrence,popular',
    '--threads',
    '1',
  ])

/** Resolves when a name that matches appears in the folder. */
function appears(folder: string, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_, name) => {
      if (!name || !pattern.test(name)) return
      watcher.close()
      resolve(name)
    })
  })
}

const leftovers = async () => (await readdir(club.snapshotFolder)).filter((name) => name.startsWith('.'))

test('killed while it learns: nothing has changed', async (context) => {
  const former = await activeSnapshot(club.snapshotFolder)
  for (const moment of [/Building the graph/, /Fitting the blend/, /Indexing for search/]) {
    const fit = startFit(context)
    await fit.line(moment)
    assert.equal((await fit.kill()).signal, 'SIGKILL')
    const active = await activeSnapshot(club.snapshotFolder)
    if (moment.source !== 'Indexing for search') assert.equal(active, former)
    assert.ok((await readSnapshot(club.snapshotFolder, active)).manifest.items === 120)
  }
})

test('killed while it writes: the active snapshot is whole, and the next fit removes what was left', async (context) => {
  await mkdir(club.snapshotFolder, { recursive: true })
  const writing = appears(club.snapshotFolder, /^\.writing-/)
  const first = startFit(context)
  const name = await writing
  await first.kill()
  const active = await activeSnapshot(club.snapshotFolder)
  assert.equal((await readSnapshot(club.snapshotFolder, active)).manifest.name, active)

  const second = startFit(context)
  assert.equal((await second.ended).code, 0, second.output)
  const now = await activeSnapshot(club.snapshotFolder)
  assert.ok(now > active)
  assert.deepEqual((await readSnapshot(club.snapshotFolder, now)).manifest.sources, [
    'co-occurrence',
    'popular',
  ])
  assert.deepEqual(await leftovers(), [], `${name} was left`)
})

test('killed while the new snapshot is activated: whichever is active loads', async (context) => {
  const switching = appears(club.snapshotFolder, /^\.current\./)
  const fit = startFit(context)
  await switching
  await fit.kill()
  const active = await activeSnapshot(club.snapshotFolder)
  assert.equal((await readSnapshot(club.snapshotFolder, active)).manifest.name, active)
  assert.equal((await startFit(context).ended).code, 0)
  assert.deepEqual(await leftovers(), [])
  assert.ok(join(club.snapshotFolder, await activeSnapshot(club.snapshotFolder)))
})
