/**
 * @file Coordinate ascent on a ranking metric itself (Metzler and Croft 2007; Liu et al. 2017, section 4.1).
 *
 * Each weight in turn is moved by steps that double, in both directions, and set to 0; the best of all is kept when it
 * beats the present one. The metric has plateaus and local optima, hence the restarts.
 */

import { createRandom, type Random, shuffle } from '../../base/random.ts'
import { type Design, scoreRows } from './design.ts'

export interface AscentOptions {
  /** Starts at random points beside the given one. */
  restarts: number
  /** Rounds over all weights at most. */
  sweeps: number
  seed: number
}

/** The first step, as a share of the weight (or of the mean weight, for one that is 0). */
const FIRST_STEP = 0.05
const DOUBLINGS = 8
/** Smaller gains are rounding. */
const LEAST_GAIN = 1e-9

/**
 * @param metric of scores, one per row; higher is better
 * @param start weights to begin with; the result is never worse
 */
export function coordinateAscent(
  design: Design,
  metric: (scores: Float64Array) => number,
  start: Float64Array,
  options: AscentOptions,
): { weights: Float64Array; value: number } {
  let best = climb(design, metric, start, options.sweeps, createRandom(options.seed))
  for (let restart = 1; restart <= options.restarts; restart++) {
    const random = createRandom(options.seed, restart)
    const drawn = Float64Array.from(start, () => random.normal())
    const climbed = climb(design, metric, drawn, options.sweeps, random)
    if (climbed.value > best.value + LEAST_GAIN) best = climbed
  }
  return best
}

function climb(
  design: Design,
  metric: (scores: Float64Array) => number,
  start: Float64Array,
  sweeps: number,
  random: Random,
): { weights: Float64Array; value: number } {
  const { rows, width, values } = design
  const weights = Float64Array.from(start)
  const scores = new Float64Array(rows)
  const moved = new Float64Array(rows)
  const columns = Uint32Array.from({ length: width }, (_, c) => c)
  scoreRows(design, weights, scores)
  let value = metric(scores)
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const before = value
    for (const column of shuffle(columns, random)) {
      let bestStep = 0
      for (const step of stepsFor(weights, column)) {
        for (let row = 0, at = column; row < rows; row++, at += width) {
          moved[row] = scores[row]! + step * values[at]!
        }
        const reached = metric(moved)
        if (reached > value + LEAST_GAIN) {
          value = reached
          bestStep = step
        }
      }
      if (bestStep === 0) continue
      weights[column]! += bestStep
      for (let row = 0, at = column; row < rows; row++, at += width) scores[row]! += bestStep * values[at]!
    }
    if (value <= before) break
  }
  return { weights, value }
}

/** Small steps first, so that of equal gains the smallest change is kept. */
function stepsFor(weights: Float64Array, column: number): number[] {
  const weight = weights[column]!
  const mean = weights.reduce((sum, other) => sum + Math.abs(other), 0) / weights.length
  const unit = FIRST_STEP * (Math.abs(weight) || mean || 1)
  const steps: number[] = []
  for (let doubling = 0; doubling < DOUBLINGS; doubling++) {
    steps.push(unit * 2 ** doubling, -unit * 2 ** doubling)
  }
  if (weight !== 0) steps.push(-weight)
  return steps
}
