/** @file The kernel that grows trees: codes, histograms and partitions against plain loops. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKernel } from '../../../src/base/kernel.ts'
import { createRandom } from '../../../src/base/random.ts'
import { openEncoder } from '../../../src/models/trees/encode.ts'
import { categoricalBins, type FeatureBins, numericBins } from '../../../src/models/trees/feature-bins.ts'
import { loadTreeKernels, type RowKernel } from '../../../src/models/trees/tree-kernel.ts'
import {
  bagOf,
  codesOf,
  gradientsOf,
  layOutTrees,
  rowNumbersOf,
} from '../../../src/models/trees/tree-memory.ts'
import { parseTreeOptions } from '../../../src/models/trees/tree-options.ts'

const ROWS = 5000
const COUNT_BITS = 13
const SCALE = 2 ** 30
/** Six narrow features, of which four are counted together, and a wide one. */
const WIDTH = 7
const options = parseTreeOptions({ maxBin: 255, minDataInBin: 1, numLeaves: 4 })

/** Multiples of 2^−20: they have no halves to round when they are packed. */
const onGrid = (x: number) => Math.round(x * 2 ** 20) / 2 ** 20

function opened() {
  const random = createRandom(21)
  const values = Float32Array.from({ length: ROWS * WIDTH }, (_, k) => {
    if (k % WIDTH === WIDTH - 1) return random.below(700) - 2
    return random.float() < 0.1 ? Number.NaN : random.normal()
  })
  const columnOf = (f: number) => Float32Array.from({ length: ROWS }, (_, row) => values[row * WIDTH + f])
  const features: FeatureBins[] = Array.from({ length: WIDTH }, (_, f) =>
    f === WIDTH - 1 ? categoricalBins(columnOf(f), options) : numericBins(columnOf(f), options),
  )
  const memory = layOutTrees(ROWS, features, options, 1)
  const kernel = openKernel<RowKernel>(loadTreeKernels().rows, memory.memory)
  openEncoder(kernel, memory, features, 0)(values, 0, ROWS)
  const { gradients, hessians } = gradientsOf(memory)
  const bag = bagOf(memory)
  for (let row = 0; row < ROWS; row++) {
    gradients[row] = onGrid(random.normal())
    hessians[row] = onGrid(random.float())
    bag[row] = random.float() < 0.8 ? 1 : 0
    rowNumbersOf(memory)[row] = row
  }
  const [own] = memory.threads
  const { packed } = memory
  kernel.pack(
    memory.gradients,
    memory.hessians,
    memory.bag,
    0,
    ROWS,
    SCALE,
    SCALE,
    COUNT_BITS,
    packed,
    own.sums,
  )
  const { buffer } = memory.memory

  /** Histograms of all features over rows that stand at `rows`, in the place of a leaf. */
  function count(rows: number, length: number, leaf: number): BigInt64Array {
    const at = memory.histograms + leaf * memory.histogramBytes
    const histogram = new BigInt64Array(buffer, at, memory.histogramBytes / 8)
    histogram.fill(0n)
    new Uint32Array(buffer, own.columnList, WIDTH).set(memory.columns)
    new Uint32Array(buffer, own.histogramList, WIDTH).set(
      memory.histogramOffsets.map((offset) => at + offset),
    )
    const { columnList, histogramList, gathered } = own
    const narrow = WIDTH - 1
    kernel.histogram8(rows, length, packed, columnList, histogramList, narrow, gathered)
    kernel.histogram16(rows, length, packed, columnList + narrow * 4, histogramList + narrow * 4, 1, gathered)
    return histogram
  }
  return { random, values, features, memory, kernel, own, buffer, gradients, hessians, bag, count }
}

test('codes are the first bin whose bound is not below the value', () => {
  const { values, features, memory } = opened()
  assert.ok(memory.wide[WIDTH - 1] && !memory.wide[0])
  features.forEach((bins, f) => {
    const codes = codesOf(memory, f)
    for (let row = 0; row < ROWS; row++) {
      const value = values[row * WIDTH + f]
      if (bins.kind === 'categorical') {
        assert.equal(codes[row], value < 0 ? 0 : bins.categories.indexOf(value) + 1)
      } else {
        const first = bins.bounds.findIndex((bound) => value <= bound)
        assert.equal(codes[row], Number.isNaN(value) ? bins.bins - 1 : first)
      }
    }
  })
})

test('a histogram holds the sums of its rows, and rows outside the bag count nothing', () => {
  const { memory, gradients, hessians, bag, count, features } = opened()
  const histogram = count(memory.rowNumbers, ROWS, 0)
  const expected = new BigInt64Array(histogram.length)
  for (let f = 0; f < WIDTH; f++) {
    const codes = codesOf(memory, f)
    for (let row = 0; row < ROWS; row++) {
      if (bag[row] === 0) continue
      const at = memory.histogramOffsets[f] / 8 + 2 * codes[row]
      expected[at] += BigInt(Math.round(gradients[row] * SCALE))
      expected[at + 1] += (BigInt(Math.round(hessians[row] * SCALE)) << BigInt(COUNT_BITS)) + 1n
    }
  }
  assert.ok(features.every(({ bins }) => bins > 100))
  assert.deepEqual(histogram, expected)
})

test('a partition keeps order, and parent = left + right to the last bit', () => {
  const { random, memory, kernel, own, buffer, count, features } = opened()
  for (const feature of [0, WIDTH - 1]) {
    const table = new Uint8Array(buffer, own.table, features[feature].bins)
    table.forEach((_, bin) => {
      table[bin] = random.below(2)
    })
    const parent = count(memory.rowNumbers, ROWS, 0)
    const before = parent.slice()
    const { rowNumbers, columns, leftRows, rightRows } = memory
    const wide = memory.wide[feature] ? 1 : 0
    const went = kernel.partition(rowNumbers, ROWS, columns[feature], wide, own.table, leftRows, rightRows)
    const codes = codesOf(memory, feature)
    const rows = Array.from({ length: ROWS }, (_, row) => row)
    const leftOf = new Uint32Array(buffer, leftRows, went)
    const rightOf = new Uint32Array(buffer, rightRows, ROWS - went)
    assert.deepEqual(
      [...leftOf],
      rows.filter((row) => table[codes[row]] === 1),
    )
    assert.deepEqual(
      [...rightOf],
      rows.filter((row) => table[codes[row]] === 0),
    )
    const left = count(leftRows, went, 1)
    const right = count(rightRows, ROWS - went, 2)
    assert.deepEqual(
      before,
      left.map((sum, k) => sum + right[k]),
    )
    const [parentAt, leftAt] = [0, 1].map((leaf) => memory.histograms + leaf * memory.histogramBytes)
    kernel.subtract(parentAt, leftAt, memory.histogramBytes / 16)
    assert.deepEqual(parent, right)
  }
})
