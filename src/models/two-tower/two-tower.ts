/** @file The two-tower model: users and items are as alike as the product of their towers says. */

import type { Progress } from '../../base/progress.ts'
import { meanRecall, type RecallCase } from './recall.ts'
import type { TowerRows } from './tower-rows.ts'
import { makeTowers } from './towers.ts'
import { type Judged, trainTowers } from './train-towers.ts'
import type { TwoTowerInput, TwoTowerOptions } from './training-input.ts'

export interface DotProductOptions extends TwoTowerOptions {
  /** Vectors of a user, each of a head of the attention; an item is scored by the best of them. Without attention only 1. */
  interests: number
}

export function fitTwoTower(
  given: TwoTowerInput,
  options: DotProductOptions,
  seed: number,
  threads: number,
  progress: Progress,
): Promise<TowerRows & Judged> {
  const towers = makeTowers({
    ...options,
    pretrained: options.pretrained && given.ids,
    content: given.content?.dim ?? 0,
    attributes: given.attributes.map(({ values }) => values),
    conditions: given.conditions?.values,
  })
  const likeness = {
    title: 'Training two-tower',
    towers,
    loss: towers.loss,
    model: (rows: TowerRows) => rows,
    recall: (rows: TowerRows, cases: readonly RecallCase[]) => meanRecall(rows, cases, threads),
  }
  return trainTowers(given, options, likeness, seed, threads, progress)
}
