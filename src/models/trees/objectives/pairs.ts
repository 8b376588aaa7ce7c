/**
 * @file Losses over pairs of a request's rows, one wanted more than the other: log(1 + e^−(s_i − s_j)), times what the
 * pair is worth. LambdaMART (Burges 2010) takes the change in NDCG for it, as LightGBM does; the pairwise loss 1.
 */

import type { TreeOptions } from '../tree-options.ts'
import type { Objective } from './objective.ts'

/** Gains are 2^label − 1: above, they do not fit a double any more. */
const MAX_LABEL = 31

interface PairLoss {
  /** At least one row of a pair is ranked above this. */
  truncation: number
  /** Whether a pair counts by the change in NDCG when its rows change places. */
  byNdcg: boolean
  norm: boolean
}

export const lambdaMart = ({ lambdarankTruncationLevel, lambdarankNorm }: TreeOptions) =>
  pairObjective({ truncation: lambdarankTruncationLevel, byNdcg: true, norm: lambdarankNorm })

export const pairwise = ({ lambdarankNorm }: TreeOptions) =>
  pairObjective({ truncation: Number.POSITIVE_INFINITY, byNdcg: false, norm: lambdarankNorm })

/** A pair has the weight of its better row, so that a request's gradients sum to 0. */
function pairObjective(loss: PairLoss): Objective {
  return {
    lightGbmName: 'lambdarank',
    unit: 'request',
    labelFault: (label) =>
      Number.isInteger(label) && label >= 0 && label <= MAX_LABEL ? null : `a grade, 0 … ${MAX_LABEL}`,
    startScore: () => 0,
    derive({ offsets, labels, weights }, scores, from, to, gradients, hessians) {
      for (let request = from; request < to; request++) {
        const start = offsets[request]
        const end = offsets[request + 1]
        deriveRequest(
          loss,
          labels.subarray(start, end),
          weights?.subarray(start, end),
          scores.subarray(start, end),
          gradients.subarray(start, end),
          hessians.subarray(start, end),
        )
      }
    },
  }
}

function deriveRequest(
  { truncation, byNdcg, norm }: PairLoss,
  labels: Float32Array,
  weights: Float32Array | undefined,
  scores: Float64Array,
  gradients: Float32Array,
  hessians: Float32Array,
): void {
  const rows = labels.length
  gradients.fill(0)
  hessians.fill(0)
  const best = byNdcg ? maxDcg(labels, truncation) : 1
  if (best === 0) return
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  order.sort((a, b) => scores[b] - scores[a] || a - b)
  const byDistance = norm && byNdcg && scores[order[0]] !== scores[order[rows - 1]]
  const sums = new Float64Array(rows)
  const curvatures = new Float64Array(rows)
  let total = 0
  const tops = Math.min(rows, truncation)
  for (let i = 0; i < tops; i++) {
    const one = order[i]
    for (let j = i + 1; j < rows; j++) {
      const other = order[j]
      if (labels[one] === labels[other]) continue
      const [high, low] = labels[one] > labels[other] ? [one, other] : [other, one]
      const distance = scores[high] - scores[low]
      let worth = weights ? weights[high] : 1
      if (byNdcg) {
        worth *= ((gainOf(labels[high]) - gainOf(labels[low])) * (discountOf(i) - discountOf(j))) / best
      }
      if (byDistance) worth /= 0.01 + Math.abs(distance)
      const wrong = 1 / (1 + Math.exp(distance))
      const gradient = worth * wrong
      const curvature = worth * wrong * (1 - wrong)
      sums[high] -= gradient
      sums[low] += gradient
      curvatures[high] += curvature
      curvatures[low] += curvature
      total += 2 * gradient
    }
  }
  const scale = norm && total > 0 ? Math.log2(1 + total) / total : 1
  for (let row = 0; row < rows; row++) {
    gradients[row] = sums[row] * scale
    hessians[row] = curvatures[row] * scale
  }
}

const gains = Float64Array.from({ length: MAX_LABEL + 1 }, (_, label) => 2 ** label - 1)
const gainOf = (label: number) => gains[label]

const DISCOUNTS = 4096
const discounts = Float64Array.from({ length: DISCOUNTS }, (_, rank) => 1 / Math.log2(2 + rank))
const discountOf = (rank: number) => (rank < DISCOUNTS ? discounts[rank] : 1 / Math.log2(2 + rank))

/** DCG of the labels in their best order. */
function maxDcg(labels: Float32Array, truncation: number): number {
  const sorted = Float32Array.from(labels).sort().reverse()
  let sum = 0
  for (let rank = 0; rank < Math.min(sorted.length, truncation); rank++) {
    sum += gainOf(sorted[rank]) * discountOf(rank)
  }
  return sum
}
