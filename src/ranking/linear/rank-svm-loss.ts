/**
 * @file RankSVM with squared hinge (Joachims 2002; squared as in Chapelle and Keerthi 2010): pairs want a margin of 1.
 *
 * All pairs count, but none is looked at: in order of the scores, the rows that come too close to a wanted row are a
 * run, and sums over runs give the loss and its derivatives. Cost per request: levels of the label × n log n.
 */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import type { RowLoss } from './row-loss.ts'

/** Pairs weigh as in `pairwiseLoss`: a wanted row its weight, shared over the rows that it should beat by theirs. */
export function rankSvmLoss({ offsets, labels, weights }: LabelledRows): RowLoss {
  const weightOf = (row: number) => (weights ? weights[row]! : 1)
  const groups: Group[] = []
  let mass = 0
  for (let request = 0; request + 1 < offsets.length; request++) {
    for (const group of groupsOf(offsets[request]!, offsets[request + 1]!, labels, weightOf)) {
      groups.push(group)
      for (const row of group.wanted) mass += weightOf(row)
    }
  }
  return {
    mass,
    hasIntercept: false,
    evaluate(scores, derivatives) {
      const byScore = (a: number, b: number) => scores[a]! - scores[b]!
      derivatives.fill(0)
      let loss = 0
      for (const group of groups) {
        group.wanted.sort(byScore)
        group.beaten.sort(byScore)
        loss += addWanted(group, scores, derivatives, weightOf)
        addBeaten(group, scores, derivatives, weightOf)
      }
      return loss
    },
  }
}

/** The rows of one label in a request, and all rows of it that they should beat, both by ascending score. */
interface Group {
  wanted: Uint32Array
  beaten: Uint32Array
  /** 1 / weight of the beaten rows. */
  share: number
}

type WeightOf = (row: number) => number

function groupsOf(
  from: number,
  to: number,
  labels: Float32Array,
  weightOf: (row: number) => number,
): Group[] {
  const rows = Uint32Array.from({ length: to - from }, (_, k) => from + k).filter((row) => weightOf(row) > 0)
  const levels = new Set(Array.from(rows, (row) => labels[row]!))
  return [...levels]
    .filter((level) => level > 0)
    .map((level) => {
      const beaten = rows.filter((row) => labels[row]! < level)
      const total = beaten.reduce((sum, row) => sum + weightOf(row), 0)
      return { wanted: rows.filter((row) => labels[row]! === level), beaten, share: 1 / total }
    })
    .filter(({ beaten }) => beaten.length > 0)
}

/** Σ over wanted i of c_i Σ_j a_j (1 − s_i + s_j)² over the beaten j with s_j > s_i − 1, and its derivatives by s_i. */
function addWanted(
  { wanted, beaten, share }: Group,
  scores: Float64Array,
  derivatives: Float64Array,
  weightOf: WeightOf,
): number {
  let loss = 0
  let [mass, first, second] = [0, 0, 0]
  let next = beaten.length - 1
  for (let k = wanted.length - 1; k >= 0; k--) {
    const row = wanted[k]!
    const short = 1 - scores[row]!
    for (; next >= 0 && scores[beaten[next]!]! + short > 0; next--) {
      const weight = weightOf(beaten[next]!)
      const score = scores[beaten[next]!]!
      mass += weight
      first += weight * score
      second += weight * score * score
    }
    const factor = weightOf(row) * share
    loss += factor * (mass * short * short + 2 * short * first + second)
    derivatives[row]! -= 2 * factor * (mass * short + first)
  }
  return loss
}

/** The same loss's derivatives by the scores of the beaten rows. */
function addBeaten(
  { wanted, beaten, share }: Group,
  scores: Float64Array,
  derivatives: Float64Array,
  weightOf: WeightOf,
): void {
  let [mass, first] = [0, 0]
  let next = 0
  for (const row of beaten) {
    const reach = 1 + scores[row]!
    for (; next < wanted.length && scores[wanted[next]!]! < reach; next++) {
      const weight = weightOf(wanted[next]!)
      mass += weight
      first += weight * scores[wanted[next]!]!
    }
    derivatives[row]! += 2 * weightOf(row) * share * (mass * reach - first)
  }
}
