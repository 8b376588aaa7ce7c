/** @file What training leaves for serving: rows of items and histories, joined with what items are made of. */

import type { Weights } from '../../nn/weights.ts'
import { normalise, type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { type Attention, attentionOf } from './attention.ts'
import { copyRows, type ItemTable, type ItemTables } from './item-tables.ts'
import { addProjected } from './projected.ts'
import type { Solving } from './solved-weights.ts'
import { conditionScale } from './towers.ts'
import type { TwoTowerInput, TwoTowerOptions } from './training-input.ts'
import type { UserTower } from './user-tower.ts'

/** What serving needs. */
export interface TowerRows {
  /** items × dim, of length 1. */
  items: VectorMatrix
  /** (items + 1) × dim: what a query item adds to a history; the last row is that of an item without an id of its own. */
  history: VectorMatrix
  /** The row of an item without an id of its own, before its content is added. */
  unknown: Float32Array
  /** content × dim, row-major: from content to item and to history. */
  contentToItem: Float32Array
  contentToHistory: Float32Array
  /** One matrix values × dim per attribute. */
  attributes: Float32Array[]
  /** Values × dim, the first one for nothing that is asked for; left out where towers know of no conditions. */
  conditions?: Float32Array
  /** Left out where attention does not pool histories. */
  attention?: Attention
  /** What weighs the items of a history; all count alike when left out. */
  solving?: Solving
  user: UserTower
}

/** Rows as they are now, joined with what items are made of. */
export async function collectRows(
  weights: Weights,
  tables: ItemTables,
  { content, attributes, histories }: TwoTowerInput,
  { dim, hidden, pooling }: Pick<TwoTowerOptions, 'dim' | 'hidden' | 'pooling'>,
  popularity: Float32Array,
  threads: number,
): Promise<TowerRows> {
  const rows = histories.columns + 1
  const contentToItem = weights.get('item/content/weight') ?? new Float32Array(0)
  const contentToHistory = weights.get('user/content/weight') ?? new Float32Array(0)
  const isWarm = new Uint8Array(rows)
  popularity.forEach((share, item) => {
    if (share > 0) isWarm[item] = 1
  })
  /** The rows; an item that nobody had gets the one of unknown ids, its own has learned nothing. */
  const copyOf = (table: ItemTable): VectorMatrix => {
    const copy = vectorMatrix(rows, dim)
    copyRows(table, copy)
    const unknown = vectorAt(copy, rows - 1)
    for (let row = 0; row < rows; row++) if (isWarm[row] === 0) vectorAt(copy, row).set(unknown)
    return copy
  }
  const history = await addProjected(copyOf(tables.history), content, contentToHistory, threads)
  const items = await addProjected(copyOf(tables.ids), content, contentToItem, threads)
  for (let row = 0; row < rows; row++) normalise(vectorAt(items, row))
  return {
    unknown: vectorAt(copyOf(tables.ids), rows - 1).slice(),
    items: { ...items, count: rows - 1 },
    history,
    contentToItem,
    contentToHistory,
    attributes: attributes.map((_, k) => weights.get(`user/attribute/${k}`)!.slice()),
    conditions: weights.get('user/condition')?.map((value) => value * conditionScale(dim)),
    attention: pooling === 'attention' ? attentionOf(weights) : undefined,
    user: {
      dim,
      hidden,
      firstWeight: weights.get('user/0/weight')!.slice(),
      firstBias: weights.get('user/0/bias')!.slice(),
      secondWeight: weights.get('user/1/weight')!.slice(),
      secondBias: weights.get('user/1/bias')!.slice(),
    },
  }
}
