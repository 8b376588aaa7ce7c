/**
 * @file Rows that ids share, set so that the sums of an id's rows come as near as they can to what is wanted of it: weighted
 * least squares, solved one row after the other.
 */

import { type Csr, csrFromEdges } from '../../base/csr.ts'
import type { RowMapping } from '../../nn/embeddings/row-mapping.ts'
import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'

export interface WantedRows {
  mapping: RowMapping
  /** One vector for each id; changed to what is missing in the end. */
  vectors: VectorMatrix
  /** What it counts that an id comes near, ≥ 0. */
  weights: ArrayLike<number>
}

/** After so many little is gained: what an id's rows cannot say stays missing. */
const SWEEPS = 20

/**
 * @param rows of the table; those of no id that counts stay as they are
 * @param wanted of one or several kinds of ids that are mapped to the same table
 */
export function setNearestRows(rows: VectorMatrix, wanted: readonly WantedRows[]): void {
  const parts = wanted.map((part) => ({ ...part, takers: takersOf(part, rows.count) }))
  for (const { takers } of parts)
    for (let row = 0; row < rows.count; row++)
      if (takers.offsets[row] !== takers.offsets[row + 1]) vectorAt(rows, row).fill(0)
  const step = new Float64Array(rows.dim)
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let row = 0; row < rows.count; row++) {
      let mass = 0
      step.fill(0)
      for (const part of parts) mass += addMissing(part, row, step)
      if (mass === 0) continue
      for (let j = 0; j < step.length; j++) step[j]! /= mass
      move(vectorAt(rows, row), step, 1)
      for (const { takers, vectors } of parts)
        for (let k = takers.offsets[row]!; k < takers.offsets[row + 1]!; k++)
          move(vectorAt(vectors, takers.targets[k]!), step, -1)
    }
}

/** The ids that a row is taken by, as often as they take it; the weight says how often that is. */
function takersOf({ mapping, vectors, weights }: WantedRows, rows: number): Csr {
  const ids = Uint32Array.from({ length: vectors.count }, (_, id) => id).filter((id) => weights[id]! > 0)
  const { lookups } = mapping
  const from = mapping.map(ids)
  const to = from.map((_, k) => ids[Math.floor(k / lookups)]!)
  const times = Float32Array.from(from, (row, k) => {
    const first = k - (k % lookups)
    return from.subarray(first, first + lookups).filter((other) => other === row).length
  })
  return csrFromEdges(rows, vectors.count, { from, to, weights: times })
}

/** Adds what the ids of a row miss, by their weights; @returns how much of it one step of the row makes good. */
function addMissing(part: WantedRows & { takers: Csr }, row: number, sum: Float64Array): number {
  const { takers, vectors, weights } = part
  let mass = 0
  for (let k = takers.offsets[row]!; k < takers.offsets[row + 1]!; k++) {
    const id = takers.targets[k]!
    const weight = weights[id]!
    mass += weight * takers.weights![k]!
    const missing = vectorAt(vectors, id)
    for (let j = 0; j < sum.length; j++) sum[j]! += weight * missing[j]!
  }
  return mass
}

function move(vector: Float32Array, step: Float64Array, sign: number): void {
  for (let j = 0; j < step.length; j++) vector[j]! += sign * step[j]!
}
