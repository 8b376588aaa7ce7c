/** @file Lists of rows from several threads as one. */

import { localRows } from './lists.ts'
import { mergeNatively } from './native-kernel.ts'
import type { Neighbours } from './neighbours.ts'

/** Of shorter lists the call takes longer than the merging. */
const LONG = 1024

/**
 * @param lists each best first, ties to the smaller row, no row in two of them
 * @param into as long as the result; arrays of its own when absent
 * @returns the best k of all
 */
export function mergeNeighbours(lists: readonly Neighbours[], k: number, into?: Neighbours): Neighbours {
  const [{ items, scores }, ...others] = lists
  const first = { items: items.subarray(0, k), scores: scores.subarray(0, k) }
  return others.reduce(
    (merged, list, n) => mergeTwo(merged, list, k, n === others.length - 1 ? into : undefined),
    first,
  )
}

function mergeTwo(a: Neighbours, b: Neighbours, k: number, into?: Neighbours): Neighbours {
  const size = Math.min(k, a.items.length + b.items.length)
  const merged = into ?? localRows(size)
  if (size < LONG || !mergeNatively(a, b, merged)) mergeInto(merged, a, b)
  return merged
}

/** As `merge` of `kernels/native/top-rows.cpp`. */
export function mergeInto({ items, scores }: Neighbours, a: Neighbours, b: Neighbours): void {
  const size = items.length
  const [lengthA, lengthB] = [a.items.length, b.items.length]
  const { items: itemsA, scores: scoresA } = a
  const { items: itemsB, scores: scoresB } = b
  const bits = bitsOf(scores)
  const bitsA = bitsOf(scoresA)
  const bitsB = bitsOf(scoresB)
  let [n, i, j] = [0, 0, 0]
  while (n < size && i < lengthA && j < lengthB) {
    // So many steps reach no end.
    const to = n + Math.min(size - n, lengthA - i, lengthB - j)
    for (; n < to; n++) {
      const scoreA = scoresA[i]
      const scoreB = scoresB[j]
      const itemA = itemsA[i]
      const itemB = itemsB[j]
      // Whose turn it is cannot be guessed, so nothing branches on it.
      const turnA = +(scoreA > scoreB) | (+(scoreA === scoreB) & +(itemA < itemB))
      const mask = -turnA
      items[n] = itemB ^ ((itemA ^ itemB) & mask)
      bits[n] = bitsB[j] ^ ((bitsA[i] ^ bitsB[j]) & mask)
      i += turnA
      j += 1 - turnA
    }
  }
  const [rest, from] = i < lengthA ? [a, i] : [b, j]
  items.set(rest.items.subarray(from, from + size - n), n)
  scores.set(rest.scores.subarray(from, from + size - n), n)
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Int32Array(buffer, byteOffset, length)
