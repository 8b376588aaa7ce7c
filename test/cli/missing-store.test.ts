/** @file Commands on a store that is not there, or that holds nothing. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../src/store/sqlite-store.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

for (const command of ['fit', 'evaluate', 'serve', 'stats']) {
  test(`${command} names a store that is not there, says how to make one, and makes none itself`, (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'labrador-cli-'))
    context.after(() => rmSync(folder, { recursive: true, force: true }))
    const { status, stderr } = spawnSync(process.execPath, [main, command, '--store', 'shop/store.db'], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(status, 1)
    assert.match(stderr, /unknown store "shop\/store\.db".*labrador import --store shop\/store\.db/)
    assert.ok(!existsSync(join(folder, 'shop')))
  })
}

test('an empty store can be neither fitted nor measured, and the error says so', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'labrador-cli-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  openStore(join(folder, 'store.db')).close()
  for (const command of ['fit', 'evaluate']) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, command, '--store', 'store.db', '--quiet'],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    )
    assert.equal(status, 1)
    assert.match(stderr, /has no (items|positive events).*import/)
    assert.ok(!existsSync(join(folder, 'snapshots')))
  }
})
