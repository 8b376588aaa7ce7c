/** @file Tests of exposures: the first one counts, who saw two arms is left out, and totals lie on the right side of it. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Exposure, firstExposures, readExposures, totalUnits } from '../../src/experiments/exposure.ts'
import { readUnitTable } from '../../src/experiments/unit-table.ts'
import type { EventRecord } from '../../src/store/records.ts'
import { temporaryFolder, writeFiles } from '../data/folder.ts'
import { experimentOf } from './experiments.ts'

const exposure = (unit: string, arm: string, time: number): Exposure => ({
  unit,
  arm,
  time,
  experiment: 'longer-lists',
})

const event = (
  user: string,
  time: number | null,
  kind: EventRecord['kind'],
  value: number | null = null,
): EventRecord => ({
  id: null,
  time,
  user,
  item: 'lamp',
  kind,
  value,
  session: null,
  context: null,
})

test('the first exposure of a unit counts, in whatever order they are logged', () => {
  const { units, crossed } = firstExposures([
    exposure('ada', 'control', 30),
    exposure('ada', 'control', 10),
    exposure('bob', 'arm-1', 20),
    exposure('ada', 'control', 40),
  ])
  assert.equal(units.get('ada')!.time, 10)
  assert.equal(units.size, 2)
  assert.equal(crossed, 0)
})

test('a unit that was shown two arms is left out and counted once', () => {
  const { units, crossed } = firstExposures([
    exposure('ada', 'control', 1),
    exposure('ada', 'arm-1', 2),
    exposure('ada', 'control', 3),
    exposure('bob', 'arm-1', 4),
  ])
  assert.deepEqual([...units.keys()], ['bob'])
  assert.equal(crossed, 1)
})

test('events from the exposure on are counted by kind, those of as long before apart, all others not', () => {
  const first = firstExposures([exposure('ada', 'arm-1', 1000), exposure('bob', 'control', 2000)])
  const events = [
    event('ada', 1000, 'click'),
    event('ada', 1099, 'purchase', 20),
    event('ada', 1100, 'click'),
    event('ada', 999, 'click'),
    event('ada', 950, 'purchase', 5),
    event('ada', 949, 'click'),
    event('bob', 1050, 'click'),
    event('bob', null, 'click'),
    event('eve', 1000, 'click'),
  ]
  const { arm, totals } = totalUnits(experimentOf(), first, [{ events }], 100, 50)
  const row = (name: string) => [...totals.get(name)!]
  assert.deepEqual([...arm], [1, 0])
  assert.deepEqual(row('click'), [1, 0])
  assert.deepEqual(row('purchase'), [1, 0])
  assert.deepEqual(row('value'), [20, 0])
  assert.deepEqual(row('before_click'), [1, 0])
  assert.deepEqual(row('before_value'), [5, 0])
  assert.deepEqual(row('view'), [0, 0])
})

test('exposures and units are read from files; what cannot be used is refused with its line', async (context) => {
  const folder = await temporaryFolder(context)
  await writeFiles(folder, {
    'exposures.csv':
      'time,unit,experiment,arm\n5,ada,longer-lists,arm-1\n6,ada,other,whatever\n7,bob,longer-lists,control\n',
    'unknown-arm.csv': 'time,unit,experiment,arm\n5,ada,longer-lists,arm-7\n',
    'elsewhere.csv': 'time,unit,experiment,arm\n5,ada,other,control\n',
    'units.jsonl.gz':
      '{"unit":"ada","arm":"arm-1","clicks":3}\n{"unit":"bob","arm":"control","clicks":null}\n',
    'twice.csv': 'unit,arm,clicks\nada,arm-1,3\nada,arm-1,4\n',
    'text.csv': 'unit,arm,clicks\nada,arm-1,many\n',
    'bare.csv': 'unit,arm\nada,arm-1\n',
  })
  const at = (name: string) => join(folder, name)
  const experiment = experimentOf()
  assert.deepEqual(await readExposures(at('exposures.csv'), experiment), [
    exposure('ada', 'arm-1', 5),
    exposure('bob', 'control', 7),
  ])
  await assert.rejects(
    readExposures(at('unknown-arm.csv'), experiment),
    /unknown-arm\.csv:2: field "arm" "arm-7"/,
  )
  await assert.rejects(
    readExposures(at('elsewhere.csv'), experiment),
    /no exposure of experiment longer-lists/,
  )
  const table = await readUnitTable(at('units.jsonl.gz'), experiment)
  assert.deepEqual([...table.arm, ...table.totals.get('clicks')!], [1, 0, 3, 0])
  await assert.rejects(readUnitTable(at('twice.csv'), experiment), /twice\.csv:3: field "unit" "ada"/)
  await assert.rejects(readUnitTable(at('text.csv'), experiment), /text\.csv:2: field "clicks" "many"/)
  await assert.rejects(readUnitTable(at('bare.csv'), experiment), /no column of totals/)
})
