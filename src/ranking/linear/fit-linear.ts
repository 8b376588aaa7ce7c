/** @file Fits a linear ranker: pointwise logistic, pairwise logistic, RankSVM, or coordinate ascent on NDCG@k. */

import { z } from 'zod'
import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { minimize } from '../lbfgs.ts'
import { coordinateAscent } from './coordinate-ascent.ts'
import { addRows, type Design, designOf, modelOf, scoreRows } from './design.ts'
import type { LinearModel } from './linear-model.ts'
import { ndcgOf } from './ndcg.ts'
import { pairwiseLoss } from './pairwise-loss.ts'
import { pointwiseLoss } from './pointwise-loss.ts'
import { rankSvmLoss } from './rank-svm-loss.ts'
import type { RowLoss } from './row-loss.ts'

export const linearOptions = z.strictObject({
  method: z.enum(['pointwise', 'pairwise', 'rank-svm', 'coordinate-ascent']).default('pairwise'),
  /** Strength of the L2 penalty on standardised weights, in rows (pointwise) or wanted rows (the others). */
  penalty: z
    .number()
    .min(0)
    .max(1e6)
    .default(10)
    .meta({ tune: { scale: 'log', from: 0.1, to: 1000 } }),
  iterations: z.number().int().min(1).max(10_000).default(100).meta({ tune: false }),
  /** Coordinate ascent only: how much of a list counts. */
  cutoff: z.number().int().min(1).max(1000).default(10).meta({ tune: false }),
  /** Coordinate ascent only: random starts beside the RankSVM's weights. */
  restarts: z.number().int().min(0).max(100).default(2).meta({ tune: false }),
})

export type LinearOptions = z.infer<typeof linearOptions>

/** Rounds over all weights; ascent mostly ends after a few. */
const SWEEPS = 20

/** @param options what is left out takes the declared defaults */
export function fitLinear(
  rows: LabelledRows,
  options: z.input<typeof linearOptions>,
  seed: number,
): LinearModel {
  const parsed = linearOptions.parse(options)
  const { method, penalty } = parsed
  const design = designOf(rows)
  const fitted = { method, penalty, requests: rows.offsets.length - 1, rows: rows.rows }
  if (method === 'coordinate-ascent') {
    const start = minimizeLoss(design, rankSvmLoss(rows), parsed).weights
    const metric = ndcgOf(rows, parsed.cutoff)
    const { weights, value } = coordinateAscent(design, metric, start, { ...parsed, sweeps: SWEEPS, seed })
    return modelOf(design, rows.names, weights, 0, { ...fitted, [`ndcg@${parsed.cutoff}`]: value })
  }
  const { weights, intercept } = minimizeLoss(design, lossOf(method, rows, seed), parsed)
  return modelOf(design, rows.names, weights, intercept, fitted)
}

function lossOf(method: 'pointwise' | 'pairwise' | 'rank-svm', rows: LabelledRows, seed: number): RowLoss {
  if (method === 'pointwise') return pointwiseLoss(rows)
  return method === 'pairwise' ? pairwiseLoss(rows, seed) : rankSvmLoss(rows)
}

/** Minimises (loss + penalty/2 · ‖weights‖²) / mass; the intercept is not penalised. */
function minimizeLoss(
  design: Design,
  loss: RowLoss,
  { penalty, iterations }: Pick<LinearOptions, 'penalty' | 'iterations'>,
): { weights: Float64Array; intercept: number } {
  const { width, rows } = design
  const scores = new Float64Array(rows)
  const derivatives = new Float64Array(rows)
  const scale = 1 / (loss.mass || 1)
  const evaluate = (point: Float64Array, gradient: Float64Array) => {
    const weights = point.subarray(0, width)
    scoreRows(design, weights, scores)
    if (loss.hasIntercept) for (let row = 0; row < rows; row++) scores[row]! += point[width]!
    let value = loss.evaluate(scores, derivatives)
    gradient.fill(0)
    addRows(design, derivatives, gradient)
    if (loss.hasIntercept) gradient[width] = derivatives.reduce((sum, derivative) => sum + derivative, 0)
    for (let c = 0; c < width; c++) {
      value += 0.5 * penalty * weights[c]! * weights[c]!
      gradient[c]! += penalty * weights[c]!
    }
    for (let k = 0; k < gradient.length; k++) gradient[k]! *= scale
    return value * scale
  }
  const found = minimize(evaluate, new Float64Array(width + (loss.hasIntercept ? 1 : 0)), { iterations })
  return { weights: found.slice(0, width), intercept: loss.hasIntercept ? found[width]! : 0 }
}
