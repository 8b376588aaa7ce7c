/** @file What a group of features is: names declared once, written alike for training and for serving. */

import type { Artefact } from '../../base/array-file.ts'
import type { Catalog, UserTable } from '../../data/dataset.ts'
import type { ItemGraph } from '../../graph/item-graph.ts'
import type { ResolvedRequest } from '../../sources/request.ts'
import type { LiveCounters } from '../counters/live-counters.ts'
import type { FeatureData } from './feature-data.ts'

/** What a feature is about. */
export const FEATURE_FAMILIES = [
  'membership',
  'item',
  'query',
  'similarity',
  'user',
  'context',
  'counters',
] as const
export type FeatureFamily = (typeof FEATURE_FAMILIES)[number]

/** The candidates that are ranked, as the pre-ranker leaves them. */
export interface RankingInput {
  request: ResolvedRequest
  /** Whose counters count, see `Arrangement.arm`; 0 when left out. */
  arm?: number
  /** Length rows. */
  items: Uint32Array
  /** The pre-ranker's score, one per row. */
  blend: Float32Array
  /** Row-major, rows × sources: share of the source's best score, as the blend sees it. */
  shares: Float32Array
  /** Row-major, rows × sources: the 0-based rank in the source's list, 0xffff where not proposed. */
  ranks: Uint16Array
}

/** Where a group writes: row r, column c of its own goes to `values[r · width + column + c]`. */
export interface FeatureTarget {
  values: Float32Array
  /** Columns of all groups together. */
  width: number
  /** The group's first column. */
  column: number
}

/** Everything that features may read besides the request. */
export interface OpenFeatures {
  catalog: Catalog
  users: UserTable
  graph: ItemGraph
  data: FeatureData
  /** Artefacts of the sources, by name. */
  artefacts: Readonly<Record<string, Artefact>>
  /** Names of the sources in the order of `RankingInput.shares`. */
  sources: readonly string[]
  /** Where requests are served; there are none when rankings are judged on past events. */
  counters?: LiveCounters
}

/** Writes every row; a missing value is NaN. Not re-entrant. */
export type FeatureWriter = (input: RankingInput, target: FeatureTarget) => void

/** One file per group in this folder declares one of these; `registry.ts` lists them. */
export interface FeatureGroup {
  readonly family: FeatureFamily
  /** One sentence for documentation and the page. */
  readonly summary: string
  /** Names of the columns that it can write with what is there. */
  columns(open: OpenFeatures): string[]
  open(open: OpenFeatures): FeatureWriter
}
