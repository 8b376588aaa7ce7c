/** @file A tuning run that is killed at any moment goes on where it was, and ends as if it had never stopped. */

import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { readTuned, type Tuned, tunedFileOf } from '../../src/cascade/tuned.ts'
import { Command } from '../server/command.ts'
import { openClub } from '../server/reading-club.ts'

const club = await openClub()
after(() => club.remove())

const startTune = (context: TestContext, log: string) =>
  new Command(context, [
    'tune',
    ...['--store', club.storePath, '--sources', 'text,popular', '--trials', '10', '--parallel', '2'],
    ...['--smallest-share', '0.3', '--threads', '2', '--from-defaults', '--log', log],
  ])

/** Resolves when the file has so many lines. */
function hasLines(path: string, lines: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dirname(path), { persistent: false }, async () => {
      const text = await readFile(path, 'utf8').catch(() => '')
      if (text.split('\n').length <= lines) return
      watcher.close()
      resolve()
    })
  })
}

async function tunedNow(): Promise<Tuned> {
  const tuned = await readTuned(tunedFileOf(club.storePath))
  for (const entry of tuned!.run.history) entry.seconds = 0
  return tuned!
}

test('killed twice, once with a line half written: the same constants and history come out', async (context) => {
  const log = join(club.folder, 'killed.jsonl')
  for (const lines of [3, 6]) {
    const reached = hasLines(log, lines)
    const tune = startTune(context, log)
    await Promise.race([reached, tune.ended.then(() => assert.fail(`ended too early:\n${tune.output}`))])
    assert.equal((await tune.kill()).signal, 'SIGKILL')
    await appendFile(log, '{"job":99,"tri')
  }
  const measured = (await readFile(log, 'utf8')).split('\n').length - 2
  assert.ok(measured >= 5)
  const resumed = startTune(context, log)
  assert.equal((await resumed.ended).code, 0, resumed.output)
  const survived = await tunedNow()

  const whole = startTune(context, join(club.folder, 'whole.jsonl'))
  assert.equal((await whole.ended).code, 0, whole.output)
  assert.deepEqual(survived, await tunedNow())
})
