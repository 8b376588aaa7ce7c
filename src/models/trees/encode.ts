/** @file Values to bin codes: numbers by the kernel, categories by a table. */

import type { CategoricalBins, FeatureBins, NumericBins } from './feature-bins.ts'
import { floorFloat32 } from './float32.ts'
import type { RowKernel } from './tree-kernel.ts'
import { type Codes, codesOf, ENCODED_ROWS, MOST_BOUNDS, type TreeMemory } from './tree-memory.ts'

/** @returns writes the codes of all features in rows [from, to) of row-major values */
export function openEncoder(
  kernel: RowKernel,
  memory: TreeMemory,
  features: readonly FeatureBins[],
  thread: number,
): (values: Float32Array, from: number, to: number) => void {
  const { buffer } = memory.memory
  const own = memory.threads[thread]
  const width = features.length
  const block = new Float32Array(buffer, own.values, ENCODED_ROWS * width)
  const encoders = features.map((bins, f) => {
    if (bins.kind === 'categorical') return categoricalEncoder(bins, codesOf(memory, f), block, f, width)
    const bounds = own.bounds + f * MOST_BOUNDS * 4
    placeBounds(bins, new Float32Array(buffer, bounds, MOST_BOUNDS))
    const nanCode = bins.hasNan ? bins.bins - 1 : bins.bounds.findIndex((bound) => 0 <= bound)
    return (row: number, rows: number) =>
      kernel.encode(own.values + f * 4, width * 4, rows, bounds, nanCode, memory.columns[f] + row)
  })
  return (values, from, to) => {
    for (let row = from; row < to; row += ENCODED_ROWS) {
      const rows = Math.min(ENCODED_ROWS, to - row)
      block.set(values.subarray(row * width, (row + rows) * width))
      for (const encode of encoders) encode(row, rows)
    }
  }
}

/** Without a bin for it, NaN counts as 0, as it does when a row is scored. */
function placeBounds(bins: NumericBins, bounds: Float32Array): void {
  bounds.fill(Number.POSITIVE_INFINITY)
  bounds.set(Float32Array.from(bins.bounds, floorFloat32))
}

/** What is missing, negative or unknown has the code 0. */
function categoricalEncoder(
  { categories }: CategoricalBins,
  codes: Codes,
  block: Float32Array,
  feature: number,
  width: number,
): (row: number, rows: number) => void {
  const codeOf = new Map(categories.map((category, k) => [category, k + 1]))
  return (row, rows) => {
    for (let k = 0, at = feature; k < rows; k++, at += width) {
      codes[row + k] = block[at] > -1 ? (codeOf.get(Math.trunc(block[at])) ?? 0) : 0
    }
  }
}
