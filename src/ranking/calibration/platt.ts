/** @file Platt scaling (Platt 1999, with the fit of Lin, Lin and Weng 2007): one logistic curve, two numbers, hard to overfit. */

import { z } from 'zod'
import { InvalidOptionError } from '../../base/errors.ts'
import { minimize } from '../lbfgs.ts'
import { logistic, softplus } from '../linear/row-loss.ts'

export const plattSchema = z.object({
  kind: z.literal('platt'),
  slope: z.number(),
  intercept: z.number(),
})
export type Platt = z.infer<typeof plattSchema>

/**
 * Fits σ(slope · score + intercept) to the labels, drawn in by one row of doubt on either side: (N₊ + 1) / (N₊ + 2) for a
 * positive row, 1 / (N₋ + 2) for a negative one.
 *
 * @param labels 1 where it was wanted, else 0
 * @param weights one per row, ≥ 0; all alike when left out
 * @throws InvalidOptionError when all labels are the same
 */
export function fitPlatt(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Platt {
  const rows = scores.length
  let positive = 0
  let total = 0
  let mean = 0
  for (let row = 0; row < rows; row++) {
    const weight = weights?.[row] ?? 1
    total += weight
    mean += weight * scores[row]!
    if (labels[row]! > 0) positive += weight
  }
  if (!(positive > 0 && positive < total)) {
    throw new InvalidOptionError('labels', positive, 'rows that were wanted and rows that were not')
  }
  mean /= total
  let squares = 0
  for (let row = 0; row < rows; row++) squares += (weights?.[row] ?? 1) * (scores[row]! - mean) ** 2
  // Steps are taken on standardised scores, whose two numbers are of one size.
  const deviation = Math.sqrt(squares / total) || 1
  const high = (positive + 1) / (positive + 2)
  const low = 1 / (total - positive + 2)
  const evaluate = (at: Float64Array, gradient: Float64Array) => {
    gradient.fill(0)
    let loss = 0
    for (let row = 0; row < rows; row++) {
      const weight = (weights?.[row] ?? 1) / total
      const x = (scores[row]! - mean) / deviation
      const z = at[0]! * x + at[1]!
      const target = labels[row]! > 0 ? high : low
      loss += weight * (softplus(z) - target * z)
      const residual = weight * (logistic(z) - target)
      gradient[0]! += residual * x
      gradient[1]! += residual
    }
    return loss
  }
  const start = Float64Array.of(0, Math.log(positive / (total - positive)))
  const [slope, intercept] = minimize(evaluate, start, { tolerance: 1e-10 }) as unknown as [number, number]
  return { kind: 'platt', slope: slope / deviation, intercept: intercept - (slope * mean) / deviation }
}

export function plattProbability({ slope, intercept }: Platt, score: number): number {
  return logistic(slope * score + intercept)
}
