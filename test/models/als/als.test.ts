/** @file Alternating least squares against dense solutions, and on planted groups. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges, rowOf, transpose } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { fitAls } from '../../../src/models/als/als.ts'
import { alsRows } from '../../../src/models/als/als-rows.ts'
import { openSolver } from '../../../src/models/als/solver.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const GROUPS = 4
const PER_GROUP = 15
const ITEMS = GROUPS * PER_GROUP
const USERS = 200
const options = { dim: 8, iterations: 8, confidence: 10, regularisation: 0.1, alone: true }

/** Five items of one group; item 7 is nobody's. */
function histories() {
  const random = createRandom(11)
  const from: number[] = []
  const to: number[] = []
  for (let user = 0; user < USERS; user++) {
    const own = new Set<number>()
    while (own.size < 5) own.add((user % GROUPS) * PER_GROUP + random.below(PER_GROUP))
    own.delete(7)
    for (const item of own) {
      from.push(user)
      to.push(item)
    }
  }
  return csrFromEdges(USERS, ITEMS, { from, to })
}

/** (YᵀY + λ + (c − 1) Σ y yᵀ) x − c Σ y, in float64, by its definition: 0 where x is the solution. */
function residual(x: Float32Array, had: ArrayLike<number>, items: ReturnType<typeof vectorMatrix>) {
  const left = Float64Array.from(x, (value) => options.regularisation * value)
  for (let item = 0; item < items.count; item++) {
    const y = vectorAt(items, item)
    const score = y.reduce((sum, value, j) => sum + value * x[j]!, 0)
    const isHad = Array.from(had).includes(item)
    const error = isHad ? options.confidence * (score - 1) : score
    y.forEach((value, j) => {
      left[j]! += error * value
    })
  }
  return Math.hypot(...left)
}

test('with as many steps as there are dimensions, a row is the solution of its least squares', () => {
  const rows = histories()
  const random = createRandom(2)
  const items = vectorMatrix(ITEMS, options.dim)
  for (let k = 0; k < items.values.length; k++) items.values[k] = random.normal()
  const gram = Float32Array.from({ length: options.dim ** 2 }, (_, k) => {
    const [i, j] = [Math.floor(k / options.dim), k % options.dim]
    let sum = 0
    for (let item = 0; item < ITEMS; item++) sum += vectorAt(items, item)[i]! * vectorAt(items, item)[j]!
    return sum
  })
  const users = vectorMatrix(USERS, options.dim)
  const alone = vectorMatrix(ITEMS, options.dim)
  const run = alsRows({ ...options, users, items, alone, rows, columns: transpose(rows), gram })
  run({ side: 'users', steps: 12, from: 0, to: USERS })
  run({ side: 'alone', steps: 12, from: 0, to: ITEMS })
  for (let user = 0; user < USERS; user++)
    assert.ok(residual(vectorAt(users, user), rowOf(rows, user), items) < 1e-2, `user ${user}`)
  for (let item = 0; item < ITEMS; item++)
    assert.ok(residual(vectorAt(alone, item), [item], items) < 1e-2, `item ${item}`)
})

test('an item that weighs nothing is as good as not there, one that weighs 1 as it is without weights', () => {
  const random = createRandom(5)
  const items = vectorMatrix(ITEMS, options.dim)
  for (let k = 0; k < items.values.length; k++) items.values[k] = random.normal()
  const gram = new Float32Array(options.dim ** 2)
  for (let k = 0; k < options.dim; k++) gram[k * (options.dim + 1)] = 20
  const solve = openSolver({ ...options, gram }, options.dim)
  const solved = (had: number[], weights: number[] | null) => {
    const x = new Float32Array(options.dim)
    solve(x, had, 0, had.length, items, 12, weights)
    return x
  }
  assert.deepEqual(solved([3, 9], [1, 1]), solved([3, 9], null))
  const close = (a: Float32Array, b: Float32Array) => a.every((value, k) => Math.abs(value - b[k]!) < 1e-5)
  assert.ok(close(solved([3, 9], [1, 0]), solved([3], null)))
  assert.ok(!close(solved([3, 9], [1, 0.5]), solved([3, 9], null)))
  // Twice with half the weight is once.
  assert.ok(close(solved([3, 9, 9], [1, 0.5, 0.5]), solved([3, 9], null)))
})

test('users score the items of their group above all others; what nobody had is 0', async () => {
  const { items, alone } = await fitAls(histories(), { ...options, dim: GROUPS }, 1, 2, silentProgress)
  assert.ok(vectorAt(items, 7).every((value) => value === 0))
  for (let asked = 0; asked < ITEMS; asked++) {
    if (asked === 7) continue
    const scores = Array.from({ length: ITEMS }, (_, item) =>
      vectorAt(items, item).reduce((sum, value, j) => sum + value * vectorAt(alone, asked)[j]!, 0),
    )
    const best = scores.map((_, item) => item).sort((a, b) => scores[b]! - scores[a]!)
    const group = Math.floor(asked / PER_GROUP)
    for (const item of best.slice(0, PER_GROUP - 1))
      assert.equal(Math.floor(item / PER_GROUP), group, `asked with ${asked}`)
  }
})

test('factors are the same to the bit whatever the number of threads', async () => {
  const [one, two] = [
    await fitAls(histories(), options, 3, 1, silentProgress),
    await fitAls(histories(), options, 3, 2, silentProgress),
  ]
  assert.deepEqual(one.items.values, two.items.values)
  assert.deepEqual(one.alone.values, two.alone.values)
})
