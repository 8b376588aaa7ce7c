/** @file EASE: the linear autoencoder with a zero diagonal in closed form (Steck 2019, "Embarrassingly Shallow Autoencoders"). */

import type { Csr } from '../base/csr.ts'
import type { Progress } from '../base/progress.ts'
import { scaleRows, supportedItems } from './ease-rows.ts'
import { denseWeights, strongestWeights } from './ease-weights.ts'
import { gramOf } from './gram.ts'
import { sweepInverse } from './sweep-inverse.ts'
import { addToDiagonal, type SymmetricPanels } from './symmetric-panels.ts'

export interface EaseOptions {
  /** λ of the ridge: 100–1000 for catalogues of thousands. */
  lambda: number
  /** A row of n items counts n^−exponent: 0 as in the paper; ½ keeps heavy users from deciding everything. */
  rowExponent: number
  /** Items in fewer rows are not fitted. */
  minimumSupport: number
}

/** Block size of the inversion: products run at full speed, and inverting one block costs little. */
const BLOCK = 256

/**
 * With G = XᵀWX + λI and P = G⁻¹, B = I − P·diag(1 / P_jj): row i holds what item i says of every other.
 *
 * @param rows users and collections × items, distinct, weighted or not
 * @param keep weights kept per item, the largest in size
 * @returns items × items with weights; targets of a row ascend; items without support have no weights
 * @throws InvalidOptionError for `lambda` when the ridge is too weak for float32
 */
export async function fitEase(
  rows: Csr,
  options: EaseOptions,
  keep: number,
  threads: number,
  progress: Progress,
): Promise<Csr> {
  const { items, negative } = await negativeInverse(rows, options, threads, progress)
  return strongestWeights(negative, keep, items, rows.columns)
}

/**
 * All weights, for catalogues of a few thousand items.
 *
 * @returns fitted items ascending, and B over them, row-major
 */
export async function fitDenseEase(
  rows: Csr,
  options: EaseOptions,
  threads: number,
  progress: Progress,
): Promise<{ items: Uint32Array; weights: Float32Array }> {
  const { items, negative } = await negativeInverse(rows, options, threads, progress)
  return { items, weights: denseWeights(negative) }
}

/** @returns −P over the supported items */
async function negativeInverse(
  rows: Csr,
  { lambda, rowExponent, minimumSupport }: EaseOptions,
  threads: number,
  progress: Progress,
): Promise<{ items: Uint32Array; negative: SymmetricPanels }> {
  const supported = supportedItems(rows, minimumSupport)
  const matrix = await gramOf(scaleRows(supported.rows, rowExponent), BLOCK, threads)
  addToDiagonal(matrix, lambda)
  const inverting = progress.start('EASE: inverting', matrix.panels.length)
  await sweepInverse(matrix, threads, inverting)
  inverting.end()
  return { items: supported.items, negative: matrix }
}
