/** @file What a candidate source is: one definition that fits an artefact and opens it as a proposer. */

import type { z } from 'zod'
import type { Artefact } from '../base/array-file.ts'
import type { Progress } from '../base/progress.ts'
import type { Catalog, Dataset, UserTable } from '../data/dataset.ts'
import type { ItemGraph } from '../graph/item-graph.ts'
import type { WeightedItems } from '../text/items-of-words.ts'
import type { Candidates } from './candidates.ts'
import type { ResolvedRequest, Surface } from './request.ts'

/** An open source: answers requests in any worker over shared arrays. Not re-entrant: one request at a time. */
export interface Source {
  readonly name: string
  /**
   * Whether proposals follow from the query items, their weights, region, language, seed and surface alone: not from who
   * asks, nor when. Then they may be remembered.
   */
  readonly followsFromQuery?: boolean
  /** Whether it passes over what does not satisfy a request's condition; else that is left to the cascade's filters. */
  readonly heedsCondition?: boolean
  /**
   * @param limit at most this many come back; fewer when the source knows fewer. Asked for fewer, it gives the head of the
   *   same list
   * @returns candidates, best first, ties by item index; empty when it has nothing to say
   */
  propose(request: ResolvedRequest, limit: number): Candidates
  /**
   * Items that are like those a query's words stand for, whether or not they have the words: search asks whoever can say.
   *
   * @param matches items that have some of the words; none are left out of the answer
   * @returns best first, scored by cosines (−1 to 1); empty when it knows none of them
   */
  search?(matches: WeightedItems, limit: number): Candidates
  /** Whether `search` is asked only where no source without this mark can say what is near. */
  readonly searchIsFallback?: boolean
  /** Takes in items that arrived after the fit; sources that need engagement leave it out. */
  addItems?(items: readonly LiveItem[]): void | Promise<void>
  /** Takes in other words of items that it knows; sources that go by words alone, and what others made of words of live items. */
  rewordItems?(items: readonly LiveItem[]): void
}

/** An item that arrived after the fit; `index` continues the catalog's numbering. */
export interface LiveItem {
  index: number
  title: string
  text: string
  tags: string[]
  /** Where its picture is, when it has one. */
  image?: string | null
  category: string
  region: string
  language: string
  createdAt: number
}

/** What every fit is given. `dataset` holds training interactions only. */
export interface FitInput {
  dataset: Dataset
  graph: ItemGraph
  threads: number
  seed: number
  progress: Progress
}

/** What every open source may read besides its own artefact. */
export interface OpenInput {
  catalog: Catalog
  users: UserTable
  graph: ItemGraph
  /** Where pictures of items that arrive later are, when somebody knows. */
  imageFolder?: string
}

/** One file per source in this folder declares one of these; `registry.ts` lists them. */
export interface SourceDefinition<Options = unknown> {
  readonly name: string
  /** One sentence for `--help`, reports and the page. */
  readonly summary: string
  readonly surfaces: readonly Surface[]
  /** Too dear to be fitted unless somebody names it. */
  readonly onlyWhenNamed?: boolean
  /** The last bits of a fit change with the number of threads, over which a network's sums are split. */
  readonly followsThreads?: boolean
  /** Options with their ranges and defaults. */
  readonly options: z.ZodType<Options>
  /** Says why the source cannot serve this dataset ("needs times"), or null when it can. */
  unsuitable?(input: FitInput, options: Options): string | null
  /** What the reader of a report should know goes into `meta.notes` as sentences. */
  fit(input: FitInput, options: Options): Promise<Artefact>
  open(artefact: Artefact, input: OpenInput): Source
}
