/** @file Requests whose wanted rows were drawn by known weights. */

import { createRandom } from '../../../src/base/random.ts'
import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'

export interface Planted {
  requests: number
  candidates: number
  /** Of standard normal features: what wanted rows were drawn by. */
  weights: readonly number[]
  seed: number
}

/** One wanted row per request, drawn by the softmax over weights · features. */
export function plantedRows({ requests, candidates, weights, seed }: Planted): LabelledRows {
  const random = createRandom(seed)
  const rows = requests * candidates
  const width = weights.length
  const values = Float32Array.from({ length: rows * width }, () => random.normal())
  const labels = new Float32Array(rows)
  const offsets = Uint32Array.from({ length: requests + 1 }, (_, r) => r * candidates)
  for (let request = 0; request < requests; request++) {
    let best = Number.NEGATIVE_INFINITY
    let wanted = 0
    for (let row = offsets[request]!; row < offsets[request + 1]!; row++) {
      let score = -Math.log(-Math.log(random.float()))
      for (let f = 0; f < width; f++) score += weights[f]! * values[row * width + f]!
      if (score > best) {
        best = score
        wanted = row
      }
    }
    labels[wanted] = 1
  }
  return { names: weights.map((_, f) => `f${f}`), values, rows, offsets, labels }
}

/** Requests of uneven length with grades, weights and gaps, for comparisons with slow references. */
export function unevenRows(seed: number): LabelledRows {
  const random = createRandom(seed)
  const lengths = Array.from({ length: 12 }, () => random.below(14))
  const offsets = Uint32Array.of(0, ...lengths)
  for (let r = 1; r < offsets.length; r++) offsets[r]! += offsets[r - 1]!
  const rows = offsets.at(-1)!
  const names = ['a', 'b', 'c']
  return {
    names,
    values: Float32Array.from({ length: rows * 3 }, () => (random.below(5) ? random.normal() : Number.NaN)),
    rows,
    offsets,
    labels: Float32Array.from({ length: rows }, () => Math.max(0, random.below(5) - 1)),
    weights: Float32Array.from({ length: rows }, () => random.below(4)),
  }
}
