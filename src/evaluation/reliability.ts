/** @file Whether predicted probabilities mean what they say: normalised entropy, calibration error, reliability by bins. */

import { InvalidOptionError } from '../base/errors.ts'

/** Rows whose predictions are next to each other. */
export interface ReliabilityBin {
  rows: number
  meanPrediction: number
  /** Share that was wanted. */
  meanLabel: number
}

export interface Reliability {
  rows: number
  /** Share that was wanted, of all. */
  baseRate: number
  logLoss: number
  /** Log loss ÷ entropy of the base rate (He et al. 2014): 1 for who always predicts the base rate, less is better. */
  normalisedEntropy: number
  /** Σ predictions ÷ Σ labels: above 1 promises too much. */
  ratio: number
  /** Σ over bins of their share of rows · |mean prediction − mean label|. */
  calibrationError: number
  /** By ascending prediction, of equally many rows each. */
  bins: ReliabilityBin[]
}

const BINS = 15
/** A prediction of exactly 0 or 1 that is wrong would cost infinitely much. */
const LEAST = 1e-15

/**
 * @param predictions in [0, 1]
 * @param labels 1 where it was wanted, else 0
 * @param binCount most bins; fewer where there are fewer rows, or equal predictions that cannot be told apart
 * @throws InvalidOptionError when all labels are the same: then there is no entropy to compare with
 */
export function reliabilityOf(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  binCount = BINS,
): Reliability {
  const rows = predictions.length
  let positive = 0
  let promised = 0
  let loss = 0
  for (let row = 0; row < rows; row++) {
    const p = Math.min(1 - LEAST, Math.max(LEAST, predictions[row]!))
    loss -= labels[row]! > 0 ? Math.log(p) : Math.log1p(-p)
    promised += predictions[row]!
    if (labels[row]! > 0) positive++
  }
  if (positive === 0 || positive === rows) {
    throw new InvalidOptionError('labels', positive, 'rows that were wanted and rows that were not')
  }
  const baseRate = positive / rows
  const entropy = -(baseRate * Math.log(baseRate) + (1 - baseRate) * Math.log1p(-baseRate))
  const bins = binsOf(predictions, labels, binCount)
  return {
    rows,
    baseRate,
    logLoss: loss / rows,
    normalisedEntropy: loss / rows / entropy,
    ratio: promised / positive,
    calibrationError: bins.reduce(
      (sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.meanPrediction - bin.meanLabel),
      0,
    ),
    bins,
  }
}

/** Equal predictions stay in one bin, else the order of the rows would decide. */
function binsOf(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  binCount: number,
): ReliabilityBin[] {
  const rows = predictions.length
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  order.sort((a, b) => predictions[a]! - predictions[b]!)
  const bins: ReliabilityBin[] = []
  for (let at = 0, bin = 1; at < rows; bin++) {
    let end = Math.max(at + 1, Math.round((bin * rows) / binCount))
    while (end < rows && predictions[order[end]!] === predictions[order[end - 1]!]) end++
    let prediction = 0
    let label = 0
    for (let k = at; k < end; k++) {
      prediction += predictions[order[k]!]!
      label += labels[order[k]!]! > 0 ? 1 : 0
    }
    bins.push({ rows: end - at, meanPrediction: prediction / (end - at), meanLabel: label / (end - at) })
    at = end
    while (bin < binCount && Math.round(((bin + 1) * rows) / binCount) <= at) bin++
  }
  return bins
}
