/** @file The trial log: what was appended is read again, torn lines are cut off, other runs' logs are refused. */

import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type LogEntry, openTrialLog } from '../../../src/experiments/tuning/trial-log.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-trials-'))
after(() => rm(folder, { recursive: true }))

const run = { seed: 1, space: ['a'] }
const entryOf = (job: number): LogEntry => {
  return { job, trial: job, rung: 0, values: { 'a.b': job / 3, 'a.c': 'x' }, value: 0.1 * job, seconds: 1 }
}

async function write(name: string, entries: number): Promise<string> {
  const path = join(folder, name)
  const log = await openTrialLog(path, run)
  for (let job = 0; job < entries; job++) await log.append(entryOf(job))
  await log.close()
  return path
}

test('a log gives back what was appended, over any number of openings', async () => {
  const path = await write('again.jsonl', 3)
  const second = await openTrialLog(path, run)
  assert.deepEqual(second.entries, [0, 1, 2].map(entryOf))
  await second.append(entryOf(3))
  await second.close()
  const third = await openTrialLog(path, run)
  assert.deepEqual(third.entries, [0, 1, 2, 3].map(entryOf))
  await third.close()
})

test('cut anywhere, a log keeps every whole line and goes on behind them', async () => {
  const whole = await readFile(await write('whole.jsonl', 3), 'utf8')
  for (let length = 0; length < whole.length; length += 7) {
    const path = await write('cut.jsonl', 3)
    await truncate(path, length)
    const kept = Math.max(0, whole.slice(0, length).split('\n').length - 2)
    const log = await openTrialLog(path, run)
    assert.equal(log.entries.length, kept)
    for (let job = kept; job < 3; job++) await log.append(entryOf(job))
    await log.close()
    assert.equal(await readFile(path, 'utf8'), whole)
    await rm(path)
  }
})

test('the log of another run is refused, or replaced when that is wanted', async () => {
  const path = await write('other.jsonl', 2)
  await assert.rejects(openTrialLog(path, { ...run, seed: 2 }), /same data, space and options/)
  const replaced = await openTrialLog(path, { ...run, seed: 2 }, 'replace')
  assert.deepEqual(replaced.entries, [])
  await replaced.close()
})

test('a damaged line in the middle is named, not skipped', async () => {
  const path = await write('damaged.jsonl', 1)
  await appendFile(path, '{"job":1,"trial":"one"}\n')
  await assert.rejects(openTrialLog(path, run), /damaged\.jsonl:3/)
})
