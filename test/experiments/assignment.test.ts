/** @file Tests of the dealing of arms: repeatable anywhere, by shares, exclusive within layers, independent between them. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { chiSquareTail } from '../../src/base/distributions.ts'
import { assign, assignAll, placeOf } from '../../src/experiments/assignment.ts'
import { parseExperiments } from '../../src/experiments/declaration.ts'
import { arms, experimentOf, ids } from './experiments.ts'

/** p of the χ² test that counts come in these shares. */
function fitOf(counts: number[], shares: number[]): number {
  const total = counts.reduce((a, b) => a + b, 0)
  const chiSquare = counts.reduce(
    (sum, count, k) => sum + (count - total * shares[k]!) ** 2 / (total * shares[k]!),
    0,
  )
  return chiSquareTail(chiSquare, counts.length - 1)
}

/** p of the χ² test that two ways of dealing have nothing to do with each other. */
function independenceOf(pairs: [number, number][], rows: number, columns: number): number {
  const cells = Array.from({ length: rows }, () => new Array<number>(columns).fill(0))
  for (const [row, column] of pairs) cells[row]![column]!++
  const rowSums = cells.map((row) => row.reduce((a, b) => a + b, 0))
  const columnSums = cells[0]!.map((_, column) => cells.reduce((sum, row) => sum + row[column]!, 0))
  let chiSquare = 0
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const expected = (rowSums[row]! * columnSums[column]!) / pairs.length
      chiSquare += (cells[row]![column]! - expected) ** 2 / expected
    }
  }
  return chiSquareTail(chiSquare, (rows - 1) * (columns - 1))
}

const armIndex = (experiment: ReturnType<typeof experimentOf>, unit: string) =>
  experiment.arms.indexOf(assign(experiment, unit)!)

test('a place is the first 48 bits of SHA-256 of salt, line break and unit', () => {
  const digest = createHash('sha256').update('arm/x\nada').digest('hex')
  assert.equal(placeOf('arm/x', 'ada'), Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48)
})

test('places are uniform', () => {
  const counts = new Array<number>(100).fill(0)
  for (const unit of ids(100_000)) counts[Math.floor(placeOf('salt', unit) * 100)]!++
  assert.ok(fitOf(counts, new Array(100).fill(0.01)) > 0.001)
})

test('arms come in their shares, for numbered and for random ids', () => {
  const shares = [0.1, 0.2, 0.7]
  const experiment = experimentOf({ arms: arms(...shares) })
  for (const units of [
    ids(30_000),
    ids(30_000, ''),
    ids(30_000).map((id) => placeOf('id', id).toString(36)),
  ]) {
    const counts = [0, 0, 0]
    for (const unit of units) counts[armIndex(experiment, unit)]!++
    assert.ok(fitOf(counts, shares) > 0.001, counts.join())
  }
})

test('the same unit is always in the same arm, and another salt deals anew', () => {
  const experiment = experimentOf()
  const again = experimentOf({ salt: 'again' })
  const pairs = ids(20_000).map((unit): [number, number] => {
    assert.equal(assign(experiment, unit), assign(experiment, unit))
    return [armIndex(experiment, unit), armIndex(again, unit)]
  })
  assert.ok(independenceOf(pairs, 2, 2) > 0.001)
})

test('experiments of one layer exclude each other, and together take its traffic', () => {
  const [first, second] = parseExperiments({
    experiments: [
      { name: 'a', arms: arms(0.5, 0.5), traffic: [0, 0.3] },
      { name: 'b', arms: arms(0.5, 0.5), traffic: [0.3, 0.8] },
    ],
  })
  const counts = [0, 0, 0]
  for (const unit of ids(30_000)) {
    const inFirst = assign(first!, unit) !== null
    const inSecond = assign(second!, unit) !== null
    assert.ok(!(inFirst && inSecond))
    counts[inFirst ? 0 : inSecond ? 1 : 2]!++
  }
  assert.ok(fitOf(counts, [0.3, 0.5, 0.2]) > 0.001, counts.join())
})

test('layers are independent, in who takes part and in which arm', () => {
  const [first, second] = parseExperiments({
    experiments: [
      { name: 'a', layer: 'ranking', arms: arms(0.2, 0.3, 0.5), traffic: [0, 0.5] },
      { name: 'b', layer: 'page', arms: arms(0.5, 0.5), traffic: [0, 0.5] },
    ],
  })
  const arm = (experiment: typeof first, unit: string) => {
    const dealt = assign(experiment!, unit)
    return dealt ? 1 + experiment!.arms.indexOf(dealt) : 0
  }
  const pairs = ids(50_000).map((unit): [number, number] => [arm(first, unit), arm(second, unit)])
  assert.ok(independenceOf(pairs, 4, 3) > 0.001)
})

test('where a unit stands in its layer says nothing about its arm', () => {
  const whole = experimentOf({ layer: 'l' })
  const pairs = ids(40_000).map((unit): [number, number] => [
    Math.floor(placeOf('layer/l', unit) * 10),
    armIndex(whole, unit),
  ])
  assert.ok(independenceOf(pairs, 10, 2) > 0.001)
})

test('taking in more traffic moves nobody from one arm to another', () => {
  const small = experimentOf({ traffic: [0, 0.1] })
  const large = experimentOf({ traffic: [0, 0.5] })
  for (const unit of ids(5000)) {
    const before = assign(small, unit)
    if (before) assert.equal(assign(large, unit)!.name, before.name)
  }
})

test('an experiment runs on its surfaces only', () => {
  const experiments = parseExperiments({
    experiments: [
      { name: 'a', layer: 'x', arms: arms(0.5, 0.5), surfaces: ['home'] },
      { name: 'b', layer: 'y', arms: arms(0.5, 0.5) },
    ],
  })
  const names = (surface: 'home' | 'related') =>
    assignAll(experiments, 'ada', surface).map(({ experiment }) => experiment.name)
  assert.deepEqual(names('home'), ['a', 'b'])
  assert.deepEqual(names('related'), ['b'])
})
