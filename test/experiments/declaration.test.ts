/** @file Tests of declared experiments: what is filled in, and what is refused where. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExperiments } from '../../src/experiments/declaration.ts'
import { arms, experimentOf } from './experiments.ts'

const parse = (...experiments: object[]) => parseExperiments({ experiments })
const plain = { name: 'a', arms: arms(0.5, 0.5) }

test('salt, layer, traffic, surfaces and control have defaults', () => {
  const { salt, layer, traffic, surfaces, control, kind } = experimentOf()
  assert.deepEqual(
    { salt, layer, traffic, surfaces, control, kind },
    {
      salt: 'longer-lists',
      layer: 'default',
      traffic: [0, 1],
      surfaces: ['related', 'home'],
      control: 'control',
      kind: 'experiment',
    },
  )
})

test('errors name the field', () => {
  const refused: [object, RegExp][] = [
    [{ ...plain, arms: arms(0.5, 0.4) }, /experiments\.0\.arms: got 0\.9, expected shares that sum to 1/],
    [{ ...plain, arms: [plain.arms[0], plain.arms[0]] }, /experiments\.0\.arms: .*different names/],
    [{ ...plain, control: 'none' }, /experiments\.0\.control: got "none", expected one of control, arm-1/],
    [{ ...plain, traffic: [0.5, 0.5] }, /experiments\.0\.traffic: .*from below to/],
    [{ ...plain, name: 'Not a word' }, /experiments\.0\.name: got "Not a word"/],
    [{ ...plain, surfaces: ['cellar'] }, /experiments\.0\.surfaces\.0/],
    [{ ...plain, shares: 1 }, /experiments\.0/],
    [{ ...plain, arms: arms(1) }, /experiments\.0\.arms/],
  ]
  for (const [experiment, message] of refused) assert.throws(() => parse(experiment), message)
  assert.throws(() => parseExperiments([]), /experiments/)
})

test('three arms of a third each are a whole', () => {
  assert.equal(parse({ ...plain, arms: arms(1 / 3, 1 / 3, 1 / 3) }).length, 1)
  assert.equal(parse({ ...plain, arms: arms(0.1, 0.2, 0.7) }).length, 1)
})

test('a hold-back has two arms, and the smaller one goes without', () => {
  const holdBack = { name: 'h', kind: 'hold-back', control: 'control' }
  assert.equal(parse({ ...holdBack, arms: arms(0.02, 0.98) })[0]!.control, 'control')
  assert.throws(() => parse({ ...holdBack, arms: arms(0.98, 0.02) }), /the control being the smaller one/)
  assert.throws(() => parse({ ...holdBack, arms: arms(0.2, 0.3, 0.5) }), /two arms/)
})

test('experiments of one layer may not overlap, those of different layers may', () => {
  const left = { ...plain, layer: 'ranking', traffic: [0, 0.6] }
  const right = { ...plain, name: 'b', layer: 'ranking', traffic: [0.5, 1] }
  assert.throws(
    () => parse(left, right),
    /experiments\.1\.traffic: .*layer ranking that a does not take \(0 to 0\.6\)/,
  )
  assert.equal(parse(left, { ...right, traffic: [0.6, 1] }).length, 2)
  assert.equal(parse(left, { ...right, layer: 'pages' }).length, 2)
})

test('two experiments share neither name nor salt', () => {
  assert.throws(() => parse(plain, { ...plain, layer: 'x' }), /experiments\.1\.name/)
  assert.throws(
    () => parse(plain, { ...plain, name: 'b', layer: 'x', salt: 'a' }),
    /experiments\.1\.salt: .*same people/,
  )
})
