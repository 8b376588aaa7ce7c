/** @file EASE against the closed form in float64, over sizes that do and do not fill whole blocks. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csrFromEdges } from '../../src/base/csr.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { fitEase, gramMatrix } from '../../src/models/ease.ts'
import { BLOCK, negativeInverseInPlace } from '../../src/models/symmetric-inverse.ts'

function randomHistories(users: number, items: number, perUser: number) {
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
  return csrFromEdges(users, items, { from, to })
}

test('the blocked inverse is an inverse', async () => {
  for (const items of [5, BLOCK, BLOCK * 2 + 37]) {
    const histories = randomHistories(600, items, Math.min(items, 9))
    const options = { lambda: 20, userExponent: 0.5, keep: 0 }
    const gram = gramMatrix(histories, options)
    const inverse = gramMatrix(histories, options)
    await negativeInverseInPlace(inverse, 1)
    const row = new Float32Array(items)
    for (let i = 0; i < items; i += Math.ceil(items / 7)) {
      inverse.readRow(i, row)
      for (let j = 0; j < items; j++) {
        let sum = 0
        for (let k = 0; k < items; k++) sum -= row[k]! * gram.get(k, j)
        assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-4, `${items}: (${i}, ${j}) = ${sum}`)
      }
    }
  }
})

test('weights are −P_ij / P_jj with a zero diagonal, and the largest ones are kept', async () => {
  const histories = randomHistories(50, 12, 4)
  const all = await fitEase(histories, { lambda: 3, userExponent: 0, keep: 0 }, 1, silentProgress)
  const p = invert(gramMatrix(histories, { lambda: 3, userExponent: 0, keep: 0 }))
  for (let i = 0; i < 12; i++) {
    for (let k = all.offsets[i]!; k < all.offsets[i + 1]!; k++) {
      const j = all.targets[k]!
      assert.notEqual(i, j)
      assert.ok(Math.abs(all.weights![k]! + p[i]![j]! / p[j]![j]!) < 1e-5)
    }
  }
  const some = await fitEase(histories, { lambda: 3, userExponent: 0, keep: 4 }, 1, silentProgress)
  const sizes = (rows: typeof all, i: number) =>
    [...rows.weights!.subarray(rows.offsets[i]!, rows.offsets[i + 1]!)].map(Math.abs).sort((a, b) => b - a)
  for (let i = 0; i < 12; i++) assert.deepEqual(sizes(some, i), sizes(all, i).slice(0, 4))
})

/** Gauss–Jordan on a small dense copy. */
function invert(matrix: ReturnType<typeof gramMatrix>): number[][] {
  const { n } = matrix
  const a = Array.from({ length: n }, (_, i) =>
    Array.from({ length: 2 * n }, (_, j) => (j < n ? matrix.get(i, j) : j - n === i ? 1 : 0)),
  )
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
