/** @file Tests of reading a log of decisions: both formats, with and without a model, and what is refused. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readWeightedRows } from '../../../src/evaluation/off-policy/weighted-rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'labrador-rows-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('a CSV log: weights are target by propensity', async () => {
  const path = file('a.csv', 'request,reward,propensity,target\nr1,1,0.5,0.25\nr2,0,0.2,0.8\n')
  const log = await readWeightedRows(path)
  assert.deepEqual([...log.weights], [0.5, 4])
  assert.deepEqual([...log.rewards], [1, 0])
  assert.ok(!('predicted' in log))
})

test('JSON lines with a model', async () => {
  const rows = [
    { reward: 1, propensity: 0.5, target: 0.5, predicted: 0.3, expected: 0.4 },
    { reward: 0, propensity: 1, target: 0, predicted: 0.1, expected: 0.2 },
  ]
  const log = await readWeightedRows(file('b.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))
  assert.ok('predicted' in log)
  assert.deepEqual([...log.predicted, ...log.expected, ...log.weights], [0.3, 0.1, 0.4, 0.2, 1, 0])
})

test('a wrong field is refused with its line, a missing column with those that there are', async () => {
  const zero = file('zero.csv', 'reward,propensity,target\n1,0.5,0.5\n1,0,0.5\n')
  await assert.rejects(
    readWeightedRows(zero),
    /zero\.csv:3: field "propensity" "0": expected a probability above 0/,
  )
  const above = file('above.csv', 'reward,propensity,target\n1,0.5,1.5\n')
  await assert.rejects(readWeightedRows(above), /above\.csv:2: field "target"/)
  const without = file('without.csv', 'reward,propensity\n1,0.5\n')
  await assert.rejects(readWeightedRows(without), /no column "target" .* it has reward, propensity/)
  const half = file('half.csv', 'reward,propensity,target,predicted\n1,0.5,0.5,0.5\n')
  await assert.rejects(readWeightedRows(half), /half\.csv:2: field "expected" ""/)
  const broken = file('broken.jsonl', '{"reward":1,"propensity":1,"target":1}\n{"reward"\n')
  await assert.rejects(readWeightedRows(broken), /broken\.jsonl:2: .*expected a JSON object/)
  await assert.rejects(readWeightedRows(file('empty.csv', 'reward,propensity,target\n')), /has no rows/)
})
