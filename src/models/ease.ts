/** @file EASE: the linear autoencoder with a zero diagonal in closed form (Steck 2019, "Embarrassingly Shallow Autoencoders"). */

import { type Csr, degree, transpose } from '../base/csr.ts'
import type { Progress } from '../base/progress.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { topK } from '../base/top-k.ts'
import { negativeInverseInPlace, SymmetricMatrix } from './symmetric-inverse.ts'

export interface EaseOptions {
  /** λ of the ridge: 100–1000 for catalogues of thousands. */
  lambda: number
  /** A user of n items counts n^−exponent: 0 as in the paper; ½ keeps heavy users from deciding everything. */
  userExponent: number
  /** Weights kept per item, the largest in size; 0 keeps all. */
  keep: number
}

/**
 * With G = XᵀWX + λI and P = G⁻¹, B = I − P·diag(1 / P_jj): row i holds what item i says of every other.
 *
 * @param histories users × items, distinct
 * @returns items × items with weights; targets of a row ascend
 */
export async function fitEase(
  histories: Csr,
  options: EaseOptions,
  threads: number,
  progress: Progress,
): Promise<Csr> {
  const items = histories.columns
  const matrix = gramMatrix(histories, options)
  const inverting = progress.start('EASE: inverting', matrix.strips.length)
  await negativeInverseInPlace(matrix, threads, (done) => inverting.update(done))
  inverting.end()
  return weightRows(matrix, options.keep > 0 ? Math.min(options.keep, items - 1) : items - 1)
}

/** XᵀWX + λI. User weights are scaled so that their mean over interactions is 1 and λ keeps its meaning. */
export function gramMatrix(histories: Csr, { lambda, userExponent }: EaseOptions): SymmetricMatrix {
  const items = histories.columns
  const byItem = transpose(histories)
  const userWeights = new Float64Array(histories.rows)
  let weighted = 0
  for (let u = 0; u < histories.rows; u++) {
    const n = degree(histories, u)
    if (n === 0) continue
    userWeights[u] = n ** -userExponent
    weighted += userWeights[u]! * n
  }
  const scale = histories.targets.length / weighted
  const matrix = new SymmetricMatrix(items)
  const row = new Float64Array(items)
  for (let i = 0; i < items; i++) {
    row.fill(0, i)
    for (let e = byItem.offsets[i]!; e < byItem.offsets[i + 1]!; e++) {
      const user = byItem.targets[e]!
      const weight = userWeights[user]! * scale
      for (let k = histories.offsets[user]!; k < histories.offsets[user + 1]!; k++)
        row[histories.targets[k]!]! += weight
    }
    row[i]! += lambda
    for (let j = i; j < items; j++) if (row[j] !== 0) matrix.set(i, j, row[j]!)
  }
  return matrix
}

/** @param negativeInverse −P */
function weightRows(negativeInverse: SymmetricMatrix, keep: number): Csr {
  const items = negativeInverse.n
  const diagonal = Float32Array.from({ length: items }, (_, j) => -negativeInverse.get(j, j))
  const offsets = sharedUint32(items + 1)
  for (let i = 0; i < items; i++) offsets[i + 1] = offsets[i]! + keep
  const targets = sharedUint32(items * keep)
  const weights = sharedFloat32(items * keep)
  const row = new Float32Array(items)
  const size = new Float32Array(items)
  for (let i = 0; i < items; i++) {
    negativeInverse.readRow(i, row)
    for (let j = 0; j < items; j++) row[j]! /= diagonal[j]!
    let at = offsets[i]!
    if (keep === items - 1) {
      for (let j = 0; j < items; j++) {
        if (j === i) continue
        targets[at] = j
        weights[at++] = row[j]!
      }
      continue
    }
    for (let j = 0; j < items; j++) size[j] = Math.abs(row[j]!)
    size[i] = Number.NEGATIVE_INFINITY
    for (const j of topK(size, keep).sort()) {
      targets[at] = j
      weights[at++] = row[j]!
    }
  }
  return { rows: items, columns: items, offsets, targets, weights }
}
