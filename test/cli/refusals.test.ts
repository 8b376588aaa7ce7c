/** @file What the system or a file refuses ends a command by itself, with a reason, and leaves what was there. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openStore } from '../../src/store/sqlite-store.ts'
import { fittedClub, openClub } from '../server/reading-club.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')
const club = await fittedClub()
after(() => club.remove())
const { folder, storePath, snapshotFolder } = club
mkdirSync(join(folder, 'a-folder'))
writeFileSync(join(folder, 'items.csv'), 'id,title\nnew,A new book\n')

/** Far longer than any refusal takes: a command that hangs is ended, and has no status. */
const timeout = 120_000

function labrador(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout,
  })
  assert.doesNotMatch(stderr, /unexpected error|\n\s+at /)
  return { status, stdout, stderr }
}

test('a store that cannot be made names the folder at fault', () => {
  for (const [path, reason] of [
    ['items.csv/sub/store.db', /items\.csv\/sub: a part of the path is a file/],
    ['/proc/labrador/sub/store.db', /\/proc\/labrador: .*\(mkdir\)/],
  ] as const) {
    const { status, stderr } = labrador('import', '--store', path, '--items', 'items.csv')
    assert.equal(status, 1)
    assert.match(stderr, reason)
  }
})

test('a store that is damaged inside is said to be, by every command that meets it', async (context) => {
  const other = await openClub()
  context.after(() => other.remove())
  const bytes = readFileSync(other.storePath)
  for (let page = 2; page < bytes.length / 4096; page++) bytes.fill(0xa5, page * 4096, page * 4096 + 300)
  writeFileSync(other.storePath, bytes)
  for (const command of ['stats', 'fit']) {
    const { status, stderr } = labrador(command, '--store', other.storePath)
    assert.equal(status, 1)
    assert.match(stderr, /is damaged|malformed/)
  }
})

test('an output that cannot be written is named, and so are its reasons', () => {
  const args = ['--store', storePath, '--sources', 'popular', '--users', '20', '--quiet']
  const { status, stderr } = labrador('evaluate', ...args, '--json', 'items.csv/report.json')
  assert.equal(status, 1)
  assert.match(stderr, /items\.csv.*a (part of the path|file)|is there already/)
})

test('threads without number are refused before they take memory', () => {
  for (const command of ['fit', 'evaluate', 'tune']) {
    const { status, stderr } = labrador(command, '--store', storePath, '--threads', '100000', '--quiet')
    assert.equal(status, 1)
    assert.match(stderr, /threads: got "100000", expected a whole number from 1 to 256/)
  }
})

test('tuning with a log that is something else refuses it, leaves it, and ends', () => {
  const args = ['tune', '--store', storePath, '--sources', 'popular,text', '--trials', '2', '--quiet']
  const notes = 'notes of mine, on one line without an end'
  writeFileSync(join(folder, 'notes.txt'), notes)
  const refused = labrador(...args, '--log', 'notes.txt')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /notes\.txt.*name another file/)
  assert.equal(readFileSync(join(folder, 'notes.txt'), 'utf8'), notes)
  const folderGiven = labrador(...args, '--log', 'a-folder')
  assert.equal(folderGiven.status, 1)
  assert.match(folderGiven.stderr, /a-folder: is a folder/)
})

test('options of a ranker that are JSON, but no object, are refused', () => {
  for (const options of ['[]', '5', 'null', '{']) {
    const args = ['--store', storePath, '--surface', 'related', '--options', options]
    const { status, stderr } = labrador('learn', ...args)
    assert.equal(status, 1)
    assert.match(stderr, /options: got .* expected a JSON object/)
  }
})

test('a log of a policy that is not there, or holds nothing, is said to be so', () => {
  writeFileSync(join(folder, 'empty.csv'), '')
  for (const [file, reason] of [
    ['nowhere.csv', /nowhere\.csv: is not there/],
    ['a-folder', /a-folder: is a folder/],
    ['empty.csv', /empty\.csv: is empty/],
  ] as const) {
    const { status, stderr } = labrador('off-policy', '--log', file)
    assert.equal(status, 1)
    assert.match(stderr, reason)
    assert.equal(labrador('experiment', 'list', file).status, 1)
  }
})

test('a snapshot that is damaged is named, and the others are listed and gone back to', () => {
  const [whole] = readdirSync(snapshotFolder).filter((name) => name !== 'current')
  const damaged = '20240101-000000-000'
  mkdirSync(join(snapshotFolder, damaged))
  writeFileSync(join(snapshotFolder, damaged, 'manifest.json'), '{"format":')
  const listed = labrador('snapshots', '--store', storePath)
  assert.equal(listed.status, 1)
  assert.match(listed.stderr, new RegExp(damaged))
  assert.match(listed.stdout, new RegExp(`\\* ${whole}`))
  assert.equal(labrador('snapshots', '--store', storePath, '--activate', damaged).status, 1)
  assert.match(labrador('snapshots', '--store', storePath, '--activate', whole!).stdout, new RegExp(whole!))
})

test('nothing of all this has hurt the store', () => {
  const store = openStore(storePath)
  assert.deepEqual(store.counts().items, 120)
  store.close()
})

test('a group of constants that is unknown is refused with all that there are', () => {
  const { status, stderr } = labrador('tune', '--store', storePath, '--groups', 'quotas,popularity')
  assert.equal(status, 1)
  assert.match(stderr, /groups: got "popularity", expected one of .*quotas.*two-tower/)
})
