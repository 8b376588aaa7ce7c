/**
 * @file Fits a blend on requests whose outcome is known: listwise softmax (Cao et al. 2007, ListNet, top-one form).
 *
 * For each request, the softmax over its candidates' scores is drawn towards its relevant candidates; every request
 * counts the same, whatever the number of relevant ones. The problem is convex, so the result depends on nothing but
 * the examples.
 */

import { z } from 'zod'
import type { BlendModel, ListLengths } from './blend.ts'
import { minimize } from './lbfgs.ts'

/** Requests with their candidates as rows. */
export interface BlendExamples {
  /** Request r has rows `offsets[r] .. offsets[r + 1])`. */
  offsets: Uint32Array
  /** Row-major, rows × features, as `writeBlendFeatures` writes them. */
  features: Float32Array
  /** 1 = relevant, per row. */
  relevant: Uint8Array
}

export const blendOptions = z.strictObject({
  /** A relevant item beyond this rank in all sources is hardly found by any mix of them, and longer lists fit worse. */
  pool: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .meta({ tune: { scale: 'log', from: 20, to: 400 } }),
  /** Strength of the L2 penalty on standardised weights, in requests. */
  penalty: z
    .number()
    .min(0)
    .max(1e6)
    .default(10)
    .meta({ tune: { scale: 'log', from: 0.3, to: 300 } }),
  iterations: z.number().int().min(1).max(10_000).default(100).meta({ tune: false }),
})

export type BlendOptions = z.infer<typeof blendOptions>
export type FitBlendOptions = Pick<BlendOptions, 'penalty' | 'iterations'>

/**
 * @param sources names in the order of the features' columns
 * @throws RangeError when the features do not have one column per source
 */
export function fitBlend(
  sources: readonly string[],
  lists: ListLengths,
  examples: BlendExamples,
  options: FitBlendOptions = blendOptions.parse({}),
): BlendModel {
  const width = sources.length
  const rows = examples.relevant.length
  if (examples.features.length !== rows * width) throw new RangeError('features do not fit the sources')
  const scale = inverseDeviations(examples.features, width)
  const weights = fitWeights(examples, width, scale, options)
  return {
    version: 3,
    sources: [...sources],
    ...lists,
    weights: Array.from(weights, (weight, f) => weight * scale[f]!),
    fitted: { requests: examples.offsets.length - 1, candidates: rows },
  }
}

/** Weights of the features divided by their deviations. */
function fitWeights(
  examples: BlendExamples,
  width: number,
  scale: Float64Array,
  options: FitBlendOptions,
): Float64Array {
  const { offsets, features, relevant } = examples
  const useful = usefulRequests(examples)
  const scores = new Float64Array(useful.longest)
  const penalty = options.penalty / Math.max(1, useful.requests.length)
  const scaled = new Float64Array(width)
  const evaluate = (weights: Float64Array, gradient: Float64Array) => {
    gradient.fill(0)
    for (let f = 0; f < width; f++) scaled[f] = weights[f]! * scale[f]!
    let loss = 0
    for (const request of useful.requests) {
      const start = offsets[request]!
      const count = offsets[request + 1]! - start
      let most = Number.NEGATIVE_INFINITY
      let positives = 0
      for (let k = 0; k < count; k++) {
        const at = (start + k) * width
        let score = 0
        for (let f = 0; f < width; f++) score += scaled[f]! * features[at + f]!
        scores[k] = score
        if (score > most) most = score
        positives += relevant[start + k]!
      }
      let normaliser = 0
      for (let k = 0; k < count; k++) normaliser += Math.exp(scores[k]! - most)
      const share = 1 / positives
      loss += most + Math.log(normaliser)
      for (let k = 0; k < count; k++) {
        let residual = Math.exp(scores[k]! - most) / normaliser
        if (relevant[start + k] === 1) {
          residual -= share
          loss -= share * scores[k]!
        }
        const at = (start + k) * width
        for (let f = 0; f < width; f++) gradient[f]! += residual * features[at + f]!
      }
    }
    const mean = 1 / Math.max(1, useful.requests.length)
    let value = loss * mean
    for (let f = 0; f < width; f++) {
      gradient[f] = gradient[f]! * mean * scale[f]! + penalty * weights[f]!
      value += 0.5 * penalty * weights[f]! * weights[f]!
    }
    return value
  }
  return minimize(evaluate, new Float64Array(width), { iterations: options.iterations })
}

/** Requests that have a relevant candidate: the others say nothing about the order. */
function usefulRequests({ offsets, relevant }: BlendExamples) {
  const requests: number[] = []
  let longest = 0
  for (let request = 0; request + 1 < offsets.length; request++) {
    const rows = relevant.subarray(offsets[request]!, offsets[request + 1]!)
    if (!rows.includes(1)) continue
    requests.push(request)
    longest = Math.max(longest, rows.length)
  }
  return { requests, longest }
}

/** 1 / standard deviation of every feature; 0 for a constant one, which then keeps weight 0. */
function inverseDeviations(features: Float32Array, width: number): Float64Array {
  const rows = features.length / width
  const means = new Float64Array(width)
  const squares = new Float64Array(width)
  for (let row = 0; row < rows; row++) for (let f = 0; f < width; f++) means[f]! += features[row * width + f]!
  for (let f = 0; f < width; f++) means[f]! /= Math.max(1, rows)
  for (let row = 0; row < rows; row++) {
    for (let f = 0; f < width; f++) squares[f]! += (features[row * width + f]! - means[f]!) ** 2
  }
  return squares.map((sum) => (sum / Math.max(1, rows) < 1e-10 ? 0 : Math.sqrt(rows / sum)))
}
