/** @file Fits a mixture of logits over two towers on histories, and keeps what serving needs. */

import type { Progress } from '../../base/progress.ts'
import type { Weights } from '../../nn/weights.ts'
import type { RecallCase } from '../two-tower/recall.ts'
import type { TowerRows } from '../two-tower/tower-rows.ts'
import { type Judged, trainTowers } from '../two-tower/train-towers.ts'
import type { TwoTowerInput, TwoTowerOptions } from '../two-tower/training-input.ts'
import { bestOfAll, openScorer } from './exhaustive.ts'
import { type MixtureOptions, mixtureGraph } from './graph.ts'
import { openSideOfQuery } from './query.ts'
import type { Mixture } from './scorer.ts'
import { type Perceptron, type Sides, type SideWeights, sidesOf } from './sides.ts'

export type MixtureOfLogitsOptions = TwoTowerOptions &
  Pick<MixtureOptions, 'vectors' | 'gateHidden' | 'gateDropout' | 'first' | 'firstWeight'>

/** What serving needs. */
export interface MixtureModel {
  /** The towers; items stand in `sides`. */
  rows: Omit<TowerRows, 'items'>
  mixture: Mixture
  userSide: SideWeights
  itemSide: SideWeights
  /** Of all items. */
  sides: Sides
}

/** Items that the judges look at. */
const DEPTH = 100

export function fitMixtureOfLogits(
  given: TwoTowerInput,
  options: MixtureOfLogitsOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<MixtureModel & Judged> {
  const { towers, loss } = mixtureGraph({
    ...options,
    pretrained: options.pretrained && given.ids,
    content: given.content?.dim ?? 0,
    attributes: given.attributes.map(({ values }) => values),
  })
  const likeness = {
    title: 'Training mixture of logits',
    towers,
    loss,
    model: (rows: TowerRows, weights: Weights) => modelOf(rows, weights, options),
    recall: meanRecall,
  }
  return trainTowers(given, options, likeness, seed, threads, progress)
}

function modelOf(
  { items, ...rows }: TowerRows,
  weights: Weights,
  { dim, vectors, temperature, first }: MixtureOfLogitsOptions,
): MixtureModel {
  const copy = (name: string, length: number) => weights.get(name)?.slice() ?? new Float32Array(length)
  const gate = (side: string): Perceptron => ({
    firstWeight: copy(`mixture/${side}/0/weight`, 0),
    firstBias: copy(`mixture/${side}/0/bias`, 0),
    secondWeight: copy(`mixture/${side}/1/weight`, 0),
    secondBias: copy(`mixture/${side}/1/bias`, 0),
  })
  // Without a loss of its own the first stage has no weights.
  const side = (name: string): SideWeights => ({
    vectors,
    gate: gate(name),
    first: copy(`first/${name}/weight`, dim * first),
  })
  const itemSide = side('item')
  const pairGate = gate('pair')
  const shift = copy('mixture/shift', 0)
  pairGate.secondBias.forEach((bias, k) => {
    pairGate.secondBias[k] = bias + shift[k]!
  })
  return {
    rows,
    mixture: { dim, vectors, temperature, pairGate },
    userSide: side('user'),
    itemSide,
    sides: sidesOf(itemSide, items),
  }
}

/** Mean over users of recall among the first 100 of all items, without what was asked with. */
export function meanRecall(model: MixtureModel, cases: readonly RecallCase[]): number {
  const sideOf = openSideOfQuery(model)
  const scorer = openScorer(model.mixture, model.sides)
  const items = Uint32Array.from({ length: model.sides.vectors.count }, (_, item) => item)
  const scores = new Float32Array(items.length)
  let total = 0
  for (const { asked, hidden, codes } of cases) {
    const found = bestOfAll(scorer, sideOf(asked, null, codes), items, DEPTH + asked.length, scores).items
    const known = new Set(asked)
    const wanted = new Set(hidden)
    const first = found.filter((item) => !known.has(item)).subarray(0, DEPTH)
    total += first.filter((item) => wanted.has(item)).length / wanted.size
  }
  return total / Math.max(1, cases.length)
}
