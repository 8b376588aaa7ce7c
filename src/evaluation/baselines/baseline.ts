/** @file What a baseline is: the simplest honest competitor, an exact ranker of the whole catalogue. */

import type { Csr } from '../../base/csr.ts'
import type { Progress } from '../../base/progress.ts'
import type { NumericArray } from '../../base/shared.ts'
import type { Interactions, Protocol } from '../../data/dataset.ts'

export interface BaselineInput {
  items: number
  protocol: Protocol
  train: Interactions
  /** Distinct train items of every user (or session), ascending. */
  matrix: Csr
  /** The catalogue that is ranked, ascending. */
  catalogue: Uint32Array
  threads: number
  seed: number
  progress: Progress
}

/** What a baseline sees of a task. */
export interface BaselineTask {
  /** The items that the request is about: the user's whole history, or the page's item alone; ascending. */
  known: Uint32Array
  seed: number
}

/** An opened baseline, in any worker. Not re-entrant. */
export interface CatalogueRanker {
  /** Writes one score per item of the catalogue; -Infinity keeps an item out of the ranking. */
  score(task: BaselineTask, scores: Float32Array): void
  /** The k best of the scores left after seen items were taken out; ties to the smaller index when left out. */
  best?(scores: Float32Array, k: number): Uint32Array
}

/** One file per baseline in this folder declares one of these; `registry.ts` lists them. */
export interface Baseline {
  readonly name: string
  /** One sentence for reports. */
  readonly summary: string
  /** Says why it cannot run here, or null when it can. */
  unsuitable?(input: BaselineInput): string | null
  /** Named arrays, over shared memory where they are big. */
  fit(input: BaselineInput): Promise<Record<string, NumericArray>>
  open(arrays: Record<string, NumericArray>): CatalogueRanker
}
