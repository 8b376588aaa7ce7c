/** @file `labrador import`, `stats` and `export` as a user runs them. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { exportCommand } from '../../src/cli/export.ts'
import { importCommand } from '../../src/cli/import.ts'
import { statsCommand } from '../../src/cli/stats.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

test('files go in, statistics tell what is there, and it comes out again', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'labrador-cli-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const run = (...given: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...given], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  writeFileSync(
    join(folder, 'log.csv'),
    'ts,visitor,sku,what\n1433221332,v1,s1,view\n1433221339,v1,s2,buy\nlater,v1,s2,buy\n',
  )
  writeFileSync(join(folder, 'items.csv'), 'sku,title,colour\ns1,Red shoe,red\ns2,Blue shoe,blue\n')
  writeFileSync(
    join(folder, 'mapping.json'),
    JSON.stringify({ events: { columns: { user: 'visitor', kind: 'what' } } }),
  )

  const files = [
    'import',
    '--store',
    'shop/store.db',
    '--events',
    'log.csv',
    '--items',
    'items.csv',
    '--json',
  ]
  const mapping = [
    '--mapping',
    'mapping.json',
    '--kinds',
    'buy=purchase',
    '--map',
    'events.item=sku,events.time=ts,items.id=sku',
  ]
  const imported = run(...files, ...mapping, '--attributes', 'colour')
  assert.equal(imported.status, 0, imported.stderr)
  const { files: summaries, counts } = JSON.parse(imported.stdout)
  assert.deepEqual(counts, { items: 2, users: 1, collections: 0, events: 2, requests: 0 })
  assert.equal(summaries[1].rejected, 1)
  const reject = JSON.parse(readFileSync(join(folder, summaries[1].rejectFile), 'utf8'))
  assert.deepEqual([reject.file, reject.line, reject.field, reject.value], ['log.csv', 4, 'time', 'later'])

  const stats = run('stats', '--store', 'shop/store.db')
  assert.match(stats.stdout, /purchase +1 +50\.0 %/)

  assert.equal(run('export', '--store', 'shop/store.db', '--events', 'out/events.jsonl', '--quiet').status, 0)
  const lines = readFileSync(join(folder, 'out/events.jsonl'), 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).time),
    ['2015-06-02T05:02:12.000Z', '2015-06-02T05:02:19.000Z'],
  )
})

test('what cannot be done is refused with what to do', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'labrador-cli-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const log = join(folder, 'log.csv')
  writeFileSync(log, 'ts,visitor,sku,what\n1433221332,v1,s1,view\n')
  const store = join(folder, 'store.db')
  const refuse = (command: Command, given: string[], message: RegExp) =>
    assert.rejects(command.parseAsync(['--quiet', '--store', ...given], { from: 'user' }), { message })
  await refuse(importCommand(), [store], /at least one of --items/)
  await refuse(importCommand(), [store, '--events', join(folder, 'none.csv')], /none\.csv: is not there/)
  await refuse(importCommand(), [store, '--events', log], /no column "user".*--map events\.user=COLUMN/)
  await refuse(
    importCommand(),
    [store, '--events', log, '--items', log, '--map', 'user=visitor'],
    /KIND\.FIELD/,
  )
  await refuse(importCommand(), [store, '--events', log, '--map', 'visitor'], /NAME=VALUE/)
  await refuse(importCommand(), [store, '--events', log, '--max-rejects', '-1'], /whole number/)
  await refuse(statsCommand(), [join(folder, 'none.db')], /unknown store/)
  await refuse(exportCommand(), [store, '--events', join(folder, 'e.xlsx')], /does not tell its format/)
})
