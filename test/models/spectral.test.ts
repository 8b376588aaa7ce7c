/** @file The low frequencies of a graph against a dense decomposition, and what orthonormal means. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csrFromEdges, degree } from '../../src/base/csr.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { orthonormalise } from '../../src/models/orthonormalise.ts'
import { fitSpectral } from '../../src/models/spectral.ts'
import { vectorMatrix } from '../../src/vectors/vector-matrix.ts'

test('columns become orthonormal and span what they spanned; a dependent column becomes 0', () => {
  const random = createRandom(5)
  const table = vectorMatrix(40, 6)
  for (let k = 0; k < table.values.length; k++) table.values[k] = random.normal()
  for (let r = 0; r < 40; r++) {
    table.values[r * 6] *= 1000
    table.values[r * 6 + 3] = 2 * table.values[r * 6 + 1] - table.values[r * 6 + 2]
  }
  const before = table.values.slice()
  orthonormalise(table)
  const product = (a: Float32Array, i: number, b: Float32Array, j: number) => {
    let sum = 0
    for (let r = 0; r < 40; r++) sum += a[r * 6 + i] * b[r * 6 + j]
    return sum
  }
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      const expected = i === j && i !== 3 ? 1 : 0
      assert.ok(Math.abs(product(table.values, i, table.values, j) - expected) < 1e-5, `${i} ${j}`)
    }
    // The projection of every old column onto the new ones is the old column.
    let kept = 0
    for (let j = 0; j < 6; j++) kept += product(table.values, j, before, i) ** 2
    assert.ok(Math.abs(kept / product(before, i, before, i) - 1) < 1e-4)
  }
})

test('the span is that of the leading singular vectors of the normalised rows', async () => {
  const rows = blocks(4, 30, 12)
  const rank = 4
  const { values } = await fitSpectral(rows, { rank, iterations: 60 }, 1, 2, silentProgress)
  // R̃ᵀR̃ maps the span into itself: V(VᵀAV) = AV, and its eigenvalues there are the largest ones, near 1.
  const a = normalisedProduct(rows)
  let trace = 0
  for (let k = 0; k < rank; k++) {
    const image = a.map((row) => row.reduce((sum, value, j) => sum + value * values[j * rank + k]!, 0))
    let inside = 0
    for (let l = 0; l < rank; l++) {
      const share = image.reduce((sum, value, i) => sum + value * values[i * rank + l]!, 0)
      inside += share ** 2
      if (l === k) trace += share
    }
    const whole = image.reduce((sum, value) => sum + value ** 2, 0)
    assert.ok(Math.abs(inside / whole - 1) < 1e-3, `column ${k}: ${inside / whole}`)
  }
  assert.ok(trace > 0.8 * rank, `four blocks have four eigenvalues near 1: ${trace}`)
})

test('items of one block end up near each other, those of different blocks do not', async () => {
  const rows = blocks(4, 30, 12)
  const { values } = await fitSpectral(rows, { rank: 4, iterations: 20 }, 1, 1, silentProgress)
  const cosine = (i: number, j: number) => {
    const product = (p: number, q: number) => {
      let sum = 0
      for (let k = 0; k < 4; k++) sum += values[p * 4 + k]! * values[q * 4 + k]!
      return sum
    }
    return product(i, j) / Math.sqrt(product(i, i) * product(j, j))
  }
  for (let i = 0; i < 48; i++)
    for (let j = 0; j < i; j++) {
      if (i % 4 === j % 4) assert.ok(cosine(i, j) > 0.8, `${i} ${j} ${cosine(i, j)}`)
      else assert.ok(cosine(i, j) < 0.5, `${i} ${j} ${cosine(i, j)}`)
    }
})

test('the same seed gives the same vectors, whatever the number of threads; items without edges get none', async () => {
  const edges = { from: [0, 0, 1, 1, 2, 2], to: [0, 1, 1, 2, 2, 4] }
  const rows = csrFromEdges(3, 5, edges)
  const one = await fitSpectral(rows, { rank: 3, iterations: 4 }, 7, 1, silentProgress)
  const two = await fitSpectral(rows, { rank: 3, iterations: 4 }, 7, 2, silentProgress)
  assert.deepEqual(one.values, two.values)
  assert.deepEqual([...one.values.subarray(9, 12)], [0, 0, 0])
})

/** Collections of one block each (item i is in block i mod `count`), and now and then an item of another. */
function blocks(count: number, collections: number, perBlock: number) {
  const random = createRandom(2)
  const from: number[] = []
  const to: number[] = []
  for (let c = 0; c < count * collections; c++) {
    for (let k = 0; k < perBlock; k++) {
      if (random.float() < 0.5) continue
      from.push(c)
      to.push(random.float() < 0.05 ? random.below(count * perBlock) : k * count + (c % count))
    }
  }
  const distinct = [...new Set(from.map((c, e) => c * count * perBlock + to[e]!))]
  return csrFromEdges(count * collections, count * perBlock, {
    from: distinct.map((cell) => Math.floor(cell / (count * perBlock))),
    to: distinct.map((cell) => cell % (count * perBlock)),
  })
}

function normalisedProduct(rows: ReturnType<typeof blocks>): number[][] {
  const items = rows.columns
  const degrees = new Uint32Array(items)
  for (const item of rows.targets) degrees[item]++
  const a = Array.from({ length: items }, () => Array<number>(items).fill(0))
  for (let r = 0; r < rows.rows; r++) {
    for (let e = rows.offsets[r]!; e < rows.offsets[r + 1]!; e++)
      for (let f = rows.offsets[r]!; f < rows.offsets[r + 1]!; f++) {
        const i = rows.targets[e]!
        const j = rows.targets[f]!
        a[i]![j]! += 1 / (degree(rows, r) * Math.sqrt(degrees[i]! * degrees[j]!))
      }
  }
  return a
}
