/** @file How the values of one feature become bins: small codes that the histograms are built over. */

import type { Random } from '../../base/random.ts'
import { numericBounds } from './numeric-bins.ts'
import type { TreeOptions } from './tree-options.ts'

export interface NumericBins {
  readonly kind: 'numeric'
  /** Upper bounds, inclusive; the last is +∞. */
  readonly bounds: number[]
  /** Whether one more bin, the last, holds NaN. */
  readonly hasNan: boolean
  readonly bins: number
  readonly least: number
  readonly most: number
}

/** Bin 0 holds what is missing, negative or too rare; bin k the category `categories[k − 1]`. */
export interface CategoricalBins {
  readonly kind: 'categorical'
  readonly categories: number[]
  /** Whether nothing but known categories was seen. */
  readonly isComplete: boolean
  readonly bins: number
}

export type FeatureBins = NumericBins | CategoricalBins

/** Share of the rows whose categories get a bin, however many that takes. */
const COVERED = 0.99
/** Codes have 16 bits. */
const MAX_CATEGORIES = 65_535

/** @param sample values of sampled rows; sorted in place */
export function numericBins(sample: Float32Array, options: TreeOptions): NumericBins {
  const sorted = sample.sort()
  let known = sorted.length
  while (known > 0 && Number.isNaN(sorted[known - 1])) known--
  const hasNan = known < sorted.length
  const bounds = numericBounds(
    sorted.subarray(0, known),
    Math.max(1, options.maxBin - (hasNan ? 1 : 0)),
    options.minDataInBin,
  )
  const [least, most] = known === 0 ? [0, 0] : [sorted[0], sorted[known - 1]]
  return { kind: 'numeric', bounds, hasNan, bins: bounds.length + (hasNan ? 1 : 0), least, most }
}

export function categoricalBins(sample: Float32Array, options: TreeOptions): CategoricalBins {
  const counts = new Map<number, number>()
  let known = 0
  for (const value of sample) {
    if (!(value > -1)) continue
    const category = Math.trunc(value)
    counts.set(category, (counts.get(category) ?? 0) + 1)
    known++
  }
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || a - b)
  const bins = Math.min(byCount.length + (known < sample.length ? 1 : 0), options.maxBin)
  const wanted = Math.round(known * COVERED)
  const categories: number[] = []
  let covered = 0
  for (const [category, count] of byCount) {
    if (covered >= wanted && categories.length + 1 >= bins) break
    if (categories.length > 1 && count < options.minDataInBin) break
    if (categories.length === MAX_CATEGORIES - 1) break
    categories.push(category)
    covered += count
  }
  const isComplete = categories.length === byCount.length && known === sample.length
  return { kind: 'categorical', categories, isComplete, bins: categories.length + 1 }
}

/** Ascending rows, all of them when there are few enough. */
export function sampleRows(rows: number, wanted: number, random: Random): Uint32Array {
  if (rows <= wanted) return Uint32Array.from({ length: rows }, (_, row) => row)
  const sample = new Uint32Array(wanted)
  // Each row is taken with the probability that keeps the number exact (Knuth 1997, algorithm 3.4.2 S).
  for (let row = 0, taken = 0; taken < wanted; row++) {
    if ((rows - row) * random.float() < wanted - taken) sample[taken++] = row
  }
  return sample
}
