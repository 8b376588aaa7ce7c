/** @file How good raw scores are on validation rows. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { listNdcg } from '../../data/features/list-ndcg.ts'
import type { TreeOptions } from './tree-options.ts'

export interface ValidationMetric {
  higherIsBetter: boolean
  measure(rows: LabelledRows, scores: Float64Array): number
}

const ofObjective = { logistic: 'logloss', squared: 'l2', pairwise: 'ndcg', lambdamart: 'ndcg' } as const

export function metricOf({ metric, objective, evalAt }: TreeOptions): ValidationMetric {
  switch (metric === 'auto' ? ofObjective[objective] : metric) {
    case 'logloss':
      return { higherIsBetter: false, measure: (rows, scores) => meanLoss(rows, scores, logLoss) }
    case 'l2':
      return { higherIsBetter: false, measure: (rows, scores) => meanLoss(rows, scores, squaredError) }
    case 'auc':
      return { higherIsBetter: true, measure: auc }
    case 'ndcg':
      return { higherIsBetter: true, measure: (rows, scores) => meanNdcg(rows, scores, evalAt) }
  }
}

/** log(1 + e^s) − y·s, without overflow. */
const logLoss = (label: number, score: number) =>
  Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - label * score

const squaredError = (label: number, score: number) => (label - score) ** 2

function meanLoss(
  { labels, weights, rows }: LabelledRows,
  scores: Float64Array,
  loss: (label: number, score: number) => number,
): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < rows; row++) {
    const weight = weights ? weights[row] : 1
    sum += weight * loss(labels[row], scores[row])
    total += weight
  }
  return sum / total
}

/** Probability that a wanted row is scored above an unwanted one, ties counting half. */
export function auc({ labels, weights, rows }: LabelledRows, scores: ArrayLike<number>): number {
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => scores[a] - scores[b])
  let below = 0
  let positive = 0
  let pairs = 0
  for (let from = 0, to = 0; from < rows; from = to) {
    let negatives = 0
    let positives = 0
    for (; to < rows && scores[order[to]] === scores[order[from]]; to++) {
      const weight = weights ? weights[order[to]] : 1
      if (labels[order[to]] > 0) positives += weight
      else negatives += weight
    }
    pairs += positives * (below + negatives / 2)
    below += negatives
    positive += positives
  }
  return pairs / (positive * below)
}

/** Mean over the requests in which anything is wanted; see `listNdcg`. */
export function meanNdcg(
  { offsets, labels }: LabelledRows,
  scores: Float32Array | Float64Array,
  at: number,
): number {
  let sum = 0
  let requests = 0
  for (let request = 0; request + 1 < offsets.length; request++) {
    const [start, end] = [offsets[request], offsets[request + 1]]
    const ndcg = listNdcg(labels.subarray(start, end), scores.subarray(start, end), at)
    if (Number.isNaN(ndcg)) continue
    sum += ndcg
    requests++
  }
  return sum / requests
}
