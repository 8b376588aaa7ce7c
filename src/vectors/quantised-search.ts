/**
 * @file Exhaustive search that reads a quarter of the memory and finds the very same rows: products over int8 first, and
 * exact ones for the rows whose bounds leave it open.
 *
 * A row is scale · int8 + δ. With |δ| known, ⟨row, query⟩ lies within |δ|·|query| of the product over int8. Rows whose
 * upper bound is below the k-th largest lower bound cannot be among the k best.
 */

import { KernelPlaces, kernelMemory, loadKernel, openKernel } from '../base/kernel.ts'
import { topK } from '../base/top-k.ts'
import { innerProducts, searchExact } from './exact-search.ts'
import type { Neighbours } from './neighbours.ts'
import { lengthOf, type VectorMatrix, vectorAt } from './vector-matrix.ts'

/** See `searchExact`. Not re-entrant. */
export type Search = (
  query: Float32Array,
  k: number,
  excluded?: ArrayLike<number>,
  addends?: Float32Array,
) => Neighbours

interface Functions {
  products(
    rows: number,
    scales: number,
    query: number,
    queryScale: number,
    width: number,
    count: number,
    out: number,
  ): void
}

/** Smaller tables are not worth two passes. */
const SMALL_COUNT = 512
const GROUP = 16
const ROW_MOST = 127
const QUERY_MOST = 8192
/** The kernel's sums hold so many products. */
const WIDTH_MOST = 2048
/** Rounding of float32 in the kernel, in proportion to the lengths of row and query. */
const ROUNDING = 1e-6

/**
 * @returns a search over the table as it is now; costs a quarter of the table's memory, and one pass over it
 * @throws UnavailableError when the kernel has not been built
 */
export function openSearch(table: VectorMatrix): Search {
  const { count, dim } = table
  const width = Math.ceil(dim / GROUP) * GROUP
  if (count < SMALL_COUNT || width > WIDTH_MOST)
    return (query, k, excluded, addends) => searchExact(table, query, k, excluded, addends)

  const places = new KernelPlaces()
  const at = {
    rows: places.place(count * width),
    scales: places.place(count * 4),
    query: places.place(width * 2),
    out: places.place(count * 4),
  }
  const memory = kernelMemory(places.bytes)
  const { products } = openKernel<Functions>(loadKernel('quantised-products'), memory)
  const rows = new Int8Array(memory.buffer, at.rows, count * width)
  const scales = new Float32Array(memory.buffer, at.scales, count)
  const whole = new Int16Array(memory.buffer, at.query, width)
  const out = new Float32Array(memory.buffer, at.out, count)
  /** |δ| of each row, and the length of the longest row. */
  const errors = new Float32Array(count)
  let longest = 0
  for (let row = 0; row < count; row++) {
    const vector = vectorAt(table, row)
    longest = Math.max(longest, lengthOf(vector))
    scales[row] = largest(vector) / ROW_MOST
    errors[row] = roundInto(vector, scales[row], rows.subarray(row * width, row * width + dim))
  }
  const lower = new Float32Array(count)

  return (query, k, excluded = [], addends) => {
    const scale = largest(query) / QUERY_MOST
    if (scale === 0 || k <= 0) return searchExact(table, query, k, excluded, addends)
    const queryError = roundInto(query, scale, whole.subarray(0, dim))
    products(at.rows, at.scales, at.query, scale, width, count, at.out)
    const length = lengthOf(query)
    let slack = longest * (queryError + ROUNDING * length)
    if (addends) {
      slack += ROUNDING * largest(addends)
      for (let row = 0; row < count; row++) out[row] += addends[row]
    }
    for (let row = 0; row < count; row++) lower[row] = out[row] - errors[row] * length
    for (let e = 0; e < excluded.length; e++) {
      if (excluded[e] >= count) continue
      lower[excluded[e]] = Number.NEGATIVE_INFINITY
      out[excluded[e]] = Number.NEGATIVE_INFINITY
    }
    const threshold = leastOfBest(lower, k) - 2 * slack
    const open: number[] = []
    for (let row = 0; row < count; row++) if (out[row] + errors[row] * length >= threshold) open.push(row)
    return bestOf(table, query, open, k, addends)
  }
}

/** The k-th largest value, or the smallest one that is finite when there are fewer. */
function leastOfBest(values: Float32Array, k: number): number {
  const best = topK(values, k)
  return best.length < k ? -Number.MAX_VALUE : values[best[best.length - 1]]
}

/** Exact products of some rows in ascending order; the k best of them. */
function bestOf(
  table: VectorMatrix,
  query: Float32Array,
  rows: readonly number[],
  k: number,
  addends?: Float32Array,
): Neighbours {
  const scores = new Float32Array(rows.length)
  const score = new Float32Array(1)
  for (let n = 0; n < rows.length; n++) {
    const row = { count: 1, dim: table.dim, values: vectorAt(table, rows[n]) }
    innerProducts(row, query, 0, 1, score)
    scores[n] = addends ? score[0] + addends[rows[n]] : score[0]
  }
  const best = topK(scores, k)
  return { items: best.map((n) => rows[n]), scores: Float32Array.from(best, (n) => scores[n]) }
}

function largest(vector: Float32Array): number {
  let most = 0
  for (let j = 0; j < vector.length; j++) most = Math.max(most, Math.abs(vector[j]))
  return most
}

/** Writes vector / scale, rounded; returns the length of what rounding took or added. */
function roundInto(vector: Float32Array, scale: number, out: Int8Array | Int16Array): number {
  let squares = 0
  for (let j = 0; j < vector.length; j++) {
    const value = scale === 0 ? 0 : Math.round(vector[j] / scale)
    out[j] = value
    const error = vector[j] - value * scale
    squares += error * error
  }
  return Math.sqrt(squares)
}
