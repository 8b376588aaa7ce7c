/** @file Lays codes, gradients, histograms and splits out in the shared memory of the kernel that grows trees. */

import { InvalidOptionError } from '../../base/errors.ts'
import { KERNEL_MEMORY_LIMIT, type KernelMemory, KernelPlaces, kernelMemory } from '../../base/kernel.ts'
import type { FeatureBins } from './feature-bins.ts'
import type { TreeOptions } from './tree-options.ts'

/** Bytes of `Params`, `Leaf` and `Split` in `kernels/tree-splits.ts`, and of a histogram's bin. */
const PARAMS_BYTES = 96
const LEAF_BYTES = 32
const SPLIT_BYTES = 64
export const BIN_BYTES = 16
/** Rows whose gradients the kernel gathers at a time. */
const BLOCK_ROWS = 1024
/** Places for the bounds of a feature: what a search of eight steps tells apart. */
export const MOST_BOUNDS = 256
/** Rows encoded at a time: their values stay in the second cache. */
export const ENCODED_ROWS = 1024

/** Codes of one feature, one per row. */
export type Codes = Uint8Array | Uint16Array

/** Addresses in the kernel's memory, one per feature or thread where they are lists. */
export interface TreeMemory {
  readonly memory: KernelMemory
  readonly rows: number
  readonly params: number
  readonly columns: readonly number[]
  /** Whether a feature's codes have two bytes. */
  readonly wide: readonly boolean[]
  /** Where a feature's histogram starts within a leaf's, and the length of a leaf's, in bytes. */
  readonly histogramOffsets: readonly number[]
  readonly histogramBytes: number
  readonly histograms: number
  /** Row numbers, grouped by leaf, and room for the two sides of a partition. */
  readonly rowNumbers: number
  readonly leftRows: number
  readonly rightRows: number
  readonly packed: number
  readonly gradients: number
  readonly hessians: number
  readonly bag: number
  readonly splitBytes: number
  readonly threads: readonly ThreadPlaces[]
}

/** What each thread has for itself; the others may read its splits and sums. */
export interface ThreadPlaces {
  readonly leaf: number
  readonly sums: number
  /** One per leaf. */
  readonly splits: number
  readonly table: number
  /** Values of the rows that are encoded, and the bounds of all features. */
  readonly values: number
  readonly bounds: number
  readonly gathered: number
  readonly categories: number
  readonly columnList: number
  readonly histogramList: number
}

export function layOutTrees(
  rows: number,
  features: readonly FeatureBins[],
  options: TreeOptions,
  threads: number,
): TreeMemory {
  const places = new KernelPlaces()
  const wide = features.map(({ bins }) => bins > 256)
  const histogramOffsets: number[] = []
  let histogramBytes = 0
  for (const { bins } of features) {
    histogramOffsets.push(histogramBytes)
    histogramBytes += bins * BIN_BYTES
  }
  const mostBins = features.reduce((most, { bins }) => Math.max(most, bins), 1)
  const splitBytes = SPLIT_BYTES + Math.ceil(options.maxCatThreshold / 2) * 8
  const addresses = {
    rows,
    params: places.place(PARAMS_BYTES),
    columns: features.map((_, f) => places.place(wide[f] ? rows * 2 : rows)),
    wide,
    histogramOffsets,
    histogramBytes,
    histograms: places.place(histogramBytes * options.numLeaves),
    rowNumbers: places.place(rows * 4),
    leftRows: places.place(rows * 4),
    rightRows: places.place(rows * 4),
    packed: places.place(rows * 16),
    gradients: places.place(rows * 4),
    hessians: places.place(rows * 4),
    bag: places.place(rows),
    splitBytes,
    threads: Array.from({ length: threads }, () => ({
      leaf: places.place(LEAF_BYTES),
      sums: places.place(16),
      splits: places.place(splitBytes * options.numLeaves),
      table: places.place(mostBins),
      values: places.place(ENCODED_ROWS * features.length * 4),
      bounds: places.place(MOST_BOUNDS * 4 * features.length),
      gathered: places.place(BLOCK_ROWS * 16),
      categories: places.place(mostBins * 16),
      columnList: places.place(features.length * 4),
      histogramList: places.place(features.length * 4),
    })),
  }
  if (places.bytes > KERNEL_MEMORY_LIMIT) {
    const needed = `${(places.bytes / 2 ** 30).toFixed(1)} GiB are needed, the kernel has 4`
    throw new InvalidOptionError('rows', rows, `fewer: ${needed}`)
  }
  const memory = kernelMemory(places.bytes)
  writeParams(memory, addresses.params, options)
  return { memory, ...addresses }
}

/** Everything but the units of gradients and hessians, which every iteration chooses anew. */
function writeParams(memory: KernelMemory, params: number, options: TreeOptions): void {
  const isMonotone = Object.values(options.monotoneConstraints).some((sign) => sign !== 0)
  const { lambdaL1, lambdaL2, minSumHessianInLeaf, minGainToSplit, catSmooth, catL2 } = options
  new Float64Array(memory.buffer, params + 16, 6).set([
    lambdaL1,
    lambdaL2,
    minSumHessianInLeaf,
    minGainToSplit,
    catSmooth,
    catL2,
  ])
  const { minDataInLeaf, maxCatThreshold, maxCatToOnehot, minDataPerGroup } = options
  new Uint32Array(memory.buffer, params + 64, 6).set([
    Math.max(1, minDataInLeaf),
    0,
    maxCatThreshold,
    maxCatToOnehot,
    minDataPerGroup,
    isMonotone ? 1 : 0,
  ])
}

export function codesOf({ memory, columns, wide, rows }: TreeMemory, feature: number): Codes {
  return wide[feature]
    ? new Uint16Array(memory.buffer, columns[feature], rows)
    : new Uint8Array(memory.buffer, columns[feature], rows)
}

export const rowNumbersOf = ({ memory, rowNumbers, rows }: TreeMemory) =>
  new Uint32Array(memory.buffer, rowNumbers, rows)

export const gradientsOf = ({ memory, gradients, hessians, rows }: TreeMemory) => ({
  gradients: new Float32Array(memory.buffer, gradients, rows),
  hessians: new Float32Array(memory.buffer, hessians, rows),
})

/** One byte a row: 1 = the next tree is fitted on it. */
export const bagOf = ({ memory, bag, rows }: TreeMemory) => new Uint8Array(memory.buffer, bag, rows)
