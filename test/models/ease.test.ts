/** @file EASE against the closed form in float64, over sizes that do and do not fill whole blocks. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Csr, csrFromEdges, rowOf } from '../../src/base/csr.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { type EaseOptions, fitDenseEase, fitEase } from '../../src/models/ease.ts'
import { gramOf } from '../../src/models/gram.ts'
import { sweepInverse } from '../../src/models/sweep-inverse.ts'
import { addToDiagonal, entryOf } from '../../src/models/symmetric-panels.ts'

const HEIGHT = 16
const plain: EaseOptions = { lambda: 3, rowExponent: 0, minimumSupport: 1 }

test('the Gram matrix equals the product of the transposed rows with themselves', async () => {
  const rows = randomRows(90, 40, 6)
  const gram = await gramOf(rows, HEIGHT, 2)
  const expected = gramReference(rows)
  for (let i = 0; i < 40; i++)
    for (let j = 0; j < 40; j++) assert.ok(Math.abs(entryOf(gram, i, j) - expected[i]![j]!) < 1e-4)
})

test('the blocked sweep gives the negative inverse, whatever the size and the threads', async () => {
  for (const [items, threads] of [
    [5, 1],
    [HEIGHT, 2],
    [HEIGHT * 3 + 7, 2],
  ] as const) {
    const rows = randomRows(120, items, Math.min(items, 5))
    const matrix = await gramOf(rows, HEIGHT, threads)
    addToDiagonal(matrix, 4)
    const inverse = invert(withRidge(gramReference(rows), 4))
    await sweepInverse(matrix, threads)
    for (let i = 0; i < items; i++)
      for (let j = 0; j < items; j++)
        assert.ok(Math.abs(entryOf(matrix, i, j) + inverse[i]![j]!) < 1e-5, `${items}: (${i}, ${j})`)
  }
})

test('weights are −P_ij / P_jj with a zero diagonal, and the largest ones are kept', async () => {
  const rows = randomRows(50, 12, 4)
  const p = invert(withRidge(gramReference(rows), 3))
  const all = await fitEase(rows, plain, 12, 1, silentProgress)
  for (let i = 0; i < 12; i++) {
    assert.deepEqual(
      [...rowOf(all, i)],
      [...Array(12).keys()].filter((j) => j !== i),
    )
    eachWeight(all, i, (j, weight) => assert.ok(Math.abs(weight + p[i]![j]! / p[j]![j]!) < 1e-5))
  }
  const some = await fitEase(rows, plain, 4, 1, silentProgress)
  for (let i = 0; i < 12; i++) assert.deepEqual(sizes(some, i), sizes(all, i).slice(0, 4))
})

test('dense weights and kept weights are the same numbers', async () => {
  const rows = randomRows(50, 12, 4)
  const { items, weights } = await fitDenseEase(rows, plain, 1, silentProgress)
  const kept = await fitEase(rows, plain, 12, 1, silentProgress)
  assert.deepEqual([...items], [...Array(12).keys()])
  for (let i = 0; i < 12; i++) eachWeight(kept, i, (j, weight) => assert.equal(weight, weights[i * 12 + j]))
})

test('items below the minimum support have no weights and get none', async () => {
  const rows = csrFromEdges(4, 5, { from: [0, 0, 1, 1, 2, 2, 3, 3], to: [0, 2, 0, 2, 0, 4, 2, 4] })
  const weights = await fitEase(rows, { ...plain, minimumSupport: 3 }, 5, 1, silentProgress)
  assert.deepEqual([...rowOf(weights, 0)], [2])
  assert.deepEqual([...rowOf(weights, 2)], [0])
  for (const item of [1, 3, 4]) assert.equal(rowOf(weights, item).length, 0)
})

test('a row exponent of 1 makes a user of a hundred items count no more than one of two', async () => {
  // Items 0 and 1 go together for 30 users of two items; three users of 40 items have 0 with 2 and without 1.
  const from: number[] = []
  const to: number[] = []
  const add = (user: number, items: number[]) => {
    for (const item of items) {
      from.push(user)
      to.push(item)
    }
  }
  for (let user = 0; user < 30; user++) add(user, [0, 1])
  for (let user = 30; user < 60; user++) add(user, [0, ...Array.from({ length: 39 }, (_, k) => k + 2)])
  const rows = csrFromEdges(60, 41, { from, to })
  const ratio = async (rowExponent: number) => {
    const { weights } = await fitDenseEase(rows, { ...plain, rowExponent }, 1, silentProgress)
    return weights[1]! / weights[2]!
  }
  assert.ok((await ratio(1)) > (await ratio(0)))
})

function randomRows(users: number, items: number, perUser: number): Csr {
  const random = createRandom(7)
  const from: number[] = []
  const to: number[] = []
  for (let u = 0; u < users; u++) {
    const mine = new Set<number>()
    while (mine.size < perUser) mine.add(random.below(items))
    for (const item of mine) {
      from.push(u)
      to.push(item)
    }
  }
  const weights = Float32Array.from(from, () => 0.5 + random.float())
  return csrFromEdges(users, items, { from, to, weights })
}

function eachWeight(rows: Csr, row: number, visit: (target: number, weight: number) => void): void {
  for (let k = rows.offsets[row]!; k < rows.offsets[row + 1]!; k++) visit(rows.targets[k]!, rows.weights![k]!)
}

function sizes(rows: Csr, row: number): number[] {
  const found: number[] = []
  eachWeight(rows, row, (_, weight) => found.push(Math.abs(weight)))
  return found.sort((a, b) => b - a)
}

function gramReference(rows: Csr): number[][] {
  const gram = Array.from({ length: rows.columns }, () => Array<number>(rows.columns).fill(0))
  for (let r = 0; r < rows.rows; r++)
    eachWeight(rows, r, (i, a) =>
      eachWeight(rows, r, (j, b) => {
        gram[i]![j]! += a * b
      }),
    )
  return gram
}

const withRidge = (matrix: number[][], lambda: number) =>
  matrix.map((row, i) => row.map((value, j) => (i === j ? value + lambda : value)))

/** Gauss–Jordan on a small dense copy. */
function invert(matrix: number[][]): number[][] {
  const n = matrix.length
  const a = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let k = 0; k < n; k++) {
    const pivot = a[k]![k]!
    a[k] = a[k]!.map((value) => value / pivot)
    for (let r = 0; r < n; r++) {
      const factor = a[r]![k]!
      if (r !== k) a[r] = a[r]!.map((value, c) => value - factor * a[k]![c]!)
    }
  }
  return a.map((row) => row.slice(n))
}
