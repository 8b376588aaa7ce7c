/**
 * @file Pseudo-inverse weights for slates (Swaminathan et al. 2017): when the expected reward of a slate is a sum over its
 * (slot, item) pairs, whatever their unknown sizes, w = q_πᵀ Γ⁺ 1_s makes w·r unbiased, with q_π = E_π[1_s] and
 * Γ = E_logging[1_s 1_sᵀ]. Its variance grows with slots × candidates, not with the number of slates.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import type { SlateDistribution } from './slate-distribution.ts'

const TOLERANCE = 1e-12

/**
 * Weights of all (slot, candidate) pairs of one request; the weight of a slate is the sum over its pairs, and goes into
 * the estimators for single actions in place of π(a|x) / p.
 *
 * @throws InvalidOptionError when the target shows a pair that the logging policy never does
 */
export function pseudoInverseWeights(logging: SlateDistribution, target: SlateDistribution): Float64Array {
  const unseen = target.marginals.findIndex((share, at) => share > 0 && logging.marginals[at] === 0)
  if (unseen >= 0) {
    const pair = `candidate ${unseen % target.candidates} in slot ${Math.floor(unseen / target.candidates) + 1}`
    throw new InvalidOptionError('logging', pair, 'every pair of slot and candidate that the target shows')
  }
  return solve(logging.pairs, target.marginals)
}

/** Σ over slots of the weights of what stands there. */
export function slateWeight(weights: Float64Array, candidates: number, slate: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < slate.length; k++) sum += weights[k * candidates + slate[k]!]!
  return sum
}

/**
 * Conjugate gradients for Γ y = q. Γ is singular (the pairs of each slot sum to one), but q lies in its range; started at
 * zero the iterations stay in that range and end at Γ⁺ q.
 */
function solve(matrix: Float64Array, target: Float64Array): Float64Array {
  const size = target.length
  const solution = new Float64Array(size)
  const residual = Float64Array.from(target)
  const direction = Float64Array.from(target)
  const image = new Float64Array(size)
  let squares = dot(residual, residual)
  const enough = squares * TOLERANCE ** 2
  for (let step = 0; step < 4 * size && squares > enough; step++) {
    for (let i = 0; i < size; i++) image[i] = dot(matrix.subarray(i * size, (i + 1) * size), direction)
    const length = squares / dot(direction, image)
    for (let i = 0; i < size; i++) {
      solution[i]! += length * direction[i]!
      residual[i]! -= length * image[i]!
    }
    const next = dot(residual, residual)
    for (let i = 0; i < size; i++) direction[i] = residual[i]! + (next / squares) * direction[i]!
    squares = next
  }
  return solution
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
