/** @file Bins of a numeric feature as LightGBM chooses them: about equally full, with one of its own for zero. */

import { ZERO_THRESHOLD } from './tree-model.ts'

/** Distinct values, ascending, and how often each occurs. */
interface Counted {
  values: Float64Array
  counts: Uint32Array
}

/**
 * @param sorted values of sampled rows, ascending, without NaN
 * @param maxBin bins at most, ≥ 1
 * @returns upper bounds, inclusive, ascending; the last is +∞
 */
export function numericBounds(sorted: Float32Array, maxBin: number, minDataInBin: number): number[] {
  const { values, counts } = countDistinct(sorted)
  const firstZero = indexAbove(values, -ZERO_THRESHOLD)
  const firstPositive = indexAbove(values, ZERO_THRESHOLD)
  const negative = slice({ values, counts }, 0, firstZero)
  const positive = slice({ values, counts }, firstPositive, values.length)
  const negatives = sum(negative.counts)
  const positives = sum(positive.counts)
  const bounds: number[] = []
  if (negative.values.length > 0 && maxBin > 1) {
    const share = negatives / (negatives + positives)
    bounds.push(...greedyBounds(negative, Math.max(1, Math.floor(share * (maxBin - 1))), minDataInBin))
    bounds[bounds.length - 1] = -ZERO_THRESHOLD
  }
  const left = maxBin - 1 - bounds.length
  if (positive.values.length > 0 && left > 0) {
    bounds.push(ZERO_THRESHOLD, ...greedyBounds(positive, left, minDataInBin))
  } else bounds.push(Number.POSITIVE_INFINITY)
  return bounds
}

/** Values that alone fill a bin get one; the others share the rest evenly. */
function greedyBounds({ values, counts }: Counted, maxBin: number, minDataInBin: number): number[] {
  const total = sum(counts)
  return values.length <= maxBin
    ? boundsOfFew(values, counts, minDataInBin)
    : boundsOfMany(values, counts, Math.max(1, Math.min(maxBin, Math.floor(total / minDataInBin))), total)
}

function boundsOfFew(values: Float64Array, counts: Uint32Array, minDataInBin: number): number[] {
  const bounds: number[] = []
  let inBin = 0
  for (let i = 0; i + 1 < values.length; i++) {
    inBin += counts[i]
    if (inBin < minDataInBin) continue
    bounds.push((values[i] + values[i + 1]) / 2)
    inBin = 0
  }
  bounds.push(Number.POSITIVE_INFINITY)
  return bounds
}

function boundsOfMany(values: Float64Array, counts: Uint32Array, maxBin: number, total: number): number[] {
  let binsLeft = maxBin
  let rowsLeft = total
  const isBig = Uint8Array.from(counts, (count) => (count >= total / maxBin ? 1 : 0))
  for (let i = 0; i < values.length; i++) {
    if (!isBig[i]) continue
    binsLeft--
    rowsLeft -= counts[i]
  }
  let mean = rowsLeft / binsLeft
  const bounds: number[] = []
  let inBin = 0
  for (let i = 0; i + 1 < values.length && bounds.length < maxBin - 1; i++) {
    if (!isBig[i]) rowsLeft -= counts[i]
    inBin += counts[i]
    const isFull = isBig[i] === 1 || inBin >= mean || (isBig[i + 1] === 1 && inBin >= Math.max(1, mean * 0.5))
    if (!isFull) continue
    bounds.push((values[i] + values[i + 1]) / 2)
    inBin = 0
    if (isBig[i]) continue
    binsLeft--
    mean = rowsLeft / binsLeft
  }
  bounds.push(Number.POSITIVE_INFINITY)
  return bounds
}

function countDistinct(sorted: Float32Array): Counted {
  const values = new Float64Array(sorted.length)
  const counts = new Uint32Array(sorted.length)
  let distinct = 0
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++
    values[distinct] = sorted[from]
    counts[distinct++] = to - from
  }
  return slice({ values, counts }, 0, distinct)
}

/** First position whose value is > bound, or the length. */
function indexAbove(values: Float64Array, bound: number): number {
  const at = values.findIndex((value) => value > bound)
  return at < 0 ? values.length : at
}

const slice = ({ values, counts }: Counted, from: number, to: number): Counted => ({
  values: values.subarray(from, to),
  counts: counts.subarray(from, to),
})

const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0)
