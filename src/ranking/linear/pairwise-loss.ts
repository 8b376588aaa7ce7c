/**
 * @file Pairwise logistic loss (Burges et al. 2005, RankNet): of two rows of a request, the better one should score higher.
 *
 * Every wanted row counts its weight, shared over the rows that it should beat by their weights: a request with many
 * candidates does not count more for it. Of very many such rows a seeded sample stands for all.
 */

import { createRandom, shuffle } from '../../base/random.ts'
import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { logistic, type RowLoss, softplus } from './row-loss.ts'

/** Rows that one wanted row is compared with at most. */
const COMPARED = 100

export function pairwiseLoss(rows: LabelledRows, seed: number): RowLoss {
  const { better, worse, weights, mass } = pairsOf(rows, seed)
  return {
    mass,
    hasIntercept: false,
    evaluate(scores, derivatives) {
      derivatives.fill(0)
      let loss = 0
      for (let p = 0; p < weights.length; p++) {
        const margin = scores[better[p]!]! - scores[worse[p]!]!
        loss += weights[p]! * softplus(-margin)
        const pull = weights[p]! * logistic(-margin)
        derivatives[better[p]!]! -= pull
        derivatives[worse[p]!]! += pull
      }
      return loss
    },
  }
}

interface Pairs {
  better: Uint32Array
  worse: Uint32Array
  weights: Float64Array
  mass: number
}

function pairsOf({ offsets, labels, weights }: LabelledRows, seed: number): Pairs {
  const random = createRandom(seed)
  const weightOf = (row: number) => (weights ? weights[row]! : 1)
  const better: number[] = []
  const worse: number[] = []
  const pairWeights: number[] = []
  let mass = 0
  for (let request = 0; request + 1 < offsets.length; request++) {
    const end = offsets[request + 1]!
    for (let row = offsets[request]!; row < end; row++) {
      if (!(labels[row]! > 0) || weightOf(row) === 0) continue
      let beaten: number[] = []
      for (let other = offsets[request]!; other < end; other++) {
        if (labels[other]! < labels[row]! && weightOf(other) > 0) beaten.push(other)
      }
      if (beaten.length === 0) continue
      if (beaten.length > COMPARED) beaten = shuffle(beaten, random).slice(0, COMPARED)
      const total = beaten.reduce((sum, other) => sum + weightOf(other), 0)
      mass += weightOf(row)
      for (const other of beaten) {
        better.push(row)
        worse.push(other)
        pairWeights.push((weightOf(row) * weightOf(other)) / total)
      }
    }
  }
  return {
    better: Uint32Array.from(better),
    worse: Uint32Array.from(worse),
    weights: Float64Array.from(pairWeights),
    mass,
  }
}
