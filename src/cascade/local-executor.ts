/** @file Runs cascades in this thread: for evaluation, scripts and each worker of a server's pool. */

import type { Artefact } from '../base/array-file.ts'
import { NotFoundError } from '../base/errors.ts'
import { askedFor, type BlendModel } from '../ranking/blend.ts'
import { type Happened, type LiveCounters, openLiveCounters } from '../ranking/counters/live-counters.ts'
import type { ExplorationOptions } from '../ranking/exploration/options.ts'
import { preRank } from '../ranking/pre-rank.ts'
import { type ResolvedRequest, SURFACES, type Surface } from '../sources/request.ts'
import type { LiveItem, Source } from '../sources/source.ts'
import type { Attributes } from '../store/records.ts'
import { openItemSearch } from '../text/item-search.ts'
import { attributePredicate } from './attribute-filter.ts'
import type { CascadeRequest, CascadeResult, Clock, FinishContext, Proposal } from './cascade.ts'
import { filterCandidates, finish, mergeProposals, propose } from './cascade.ts'
import type { Executor, ItemChange, SearchHits } from './executor.ts'
import { openSources } from './fit.ts'
import { isMemoised, memoised } from './memoised.ts'
import { openRanking } from './open-ranking.ts'
import { PageMemory, sharedPages } from './page-memory.ts'
import type { RecordedFeatures } from './rank.ts'
import { searchItems } from './search-items.ts'
import type { Snapshot } from './snapshot.ts'

/** What is decided when serving starts, for all who answer. */
export interface AnsweringOptions {
  /** How some requests are arranged to learn from them; none explores when left out. */
  exploration?: ExplorationOptions
  /** All arms of experiments use the same counters; each its own when left out. */
  shareCounters?: boolean
}

/** Answers of single sources that are remembered, over all of them: some 60 MB when all are taken. */
const REMEMBERED = 20_000

/** Answers that come to one place push each other out before all of the room is taken. */
const FILLED = 0.75

/** Room for what the sources of one snapshot propose for pages. */
export const pagesToShare = () => sharedPages(REMEMBERED)

/** A snapshot opened for answering; not re-entrant. */
export class LocalCascade {
  readonly #snapshot: Snapshot
  readonly #clock: Clock
  readonly #opened = new Map<string, Source>()
  readonly #bySurface: Record<Surface, Source[]>
  readonly #contexts: Partial<Record<Surface, FinishContext>> = {}
  readonly #search
  readonly #counters: LiveCounters
  readonly #liveHidden = new Set<number>()
  readonly #liveAttributes = new Map<number, Attributes>()

  /** @param pages what all who answer from the same snapshot remember together; from `pagesToShare` */
  constructor(
    snapshot: Snapshot,
    clock: Clock,
    { exploration, shareCounters }: AnsweringOptions = {},
    pages = pagesToShare(),
  ) {
    this.#snapshot = snapshot
    this.#clock = clock
    const memory = new PageMemory(pages)
    const numberOf = ({ name }: Source) => snapshot.manifest.sources.indexOf(name)
    const openFor = (surface: Surface) =>
      openSources(snapshot, surface, this.#opened).map((source) => memoised(source, memory, numberOf(source)))
    this.#bySurface = { related: openFor('related'), home: openFor('home') }
    this.#counters = openLiveCounters(snapshot.counters, shareCounters)
    const { attributes } = snapshot
    const { hidden } = snapshot.catalog
    for (const surface of SURFACES) {
      const ranking = openRanking(snapshot, surface, this.#counters, exploration)
      if (!ranking) continue
      this.#contexts[surface] = {
        ranking,
        hidden,
        attributes,
        liveHidden: this.#liveHidden,
        liveAttributes: this.#liveAttributes,
      }
    }
    this.#search = openItemSearch(snapshot.search)
  }

  /** Names of the sources that answer a surface. */
  sourcesOf(surface: Surface): string[] {
    return this.#bySurface[surface].map((source) => source.name)
  }

  /** Whether the snapshot was fitted for a surface. */
  answers(surface: Surface): boolean {
    return this.#contexts[surface] !== undefined
  }

  /** For how many pages there is room to remember what the sources of a surface propose. */
  pagesRemembered(surface: Surface): number {
    const sources = this.#bySurface[surface].filter(isMemoised).length
    return sources === 0 ? 0 : Math.floor((FILLED * REMEMBERED) / sources)
  }

  /** Asks the named sources of the request's surface in the order of their names, or all of them; see `propose`. */
  propose(cascade: CascadeRequest, names?: readonly string[], isLate?: () => boolean) {
    const { request } = cascade
    const sources = this.#bySurface[request.surface]
    const wanted = names?.flatMap((name) => sources.find((source) => source.name === name) ?? []) ?? sources
    const context = this.#contextOf(request.surface)
    const limitOf = candidatesWanted(cascade, context.ranking.blend)
    return propose(wanted, conditioned(cascade, context), limitOf, this.#clock, isLate)
  }

  finish(cascade: CascadeRequest, proposals: readonly Proposal[]): CascadeResult {
    return finish(cascade, proposals, this.#contextOf(cascade.request.surface), this.#clock)
  }

  /**
   * The features that items have in answer to a request, whether or not they would be shown.
   *
   * @returns row-major, items × the surface's features; a row of NaN for an item that is no candidate
   */
  featuresOf(cascade: CascadeRequest, items: Uint32Array): RecordedFeatures {
    const context = this.#contextOf(cascade.request.surface)
    const { blend, features } = context.ranking
    const { proposals } = this.propose(cascade)
    const merged = filterCandidates(mergeProposals(proposals, blend.sources), cascade, context)
    const input = preRank(blend, merged, cascade.request, merged.items.length)
    const width = features.names.length
    const written = new Float32Array(input.items.length * width)
    features.write({ ...input, arm: cascade.arm }, written)
    const values = new Float32Array(items.length * width).fill(Number.NaN)
    items.forEach((item, k) => {
      const row = input.items.indexOf(item)
      if (row >= 0) values.set(written.subarray(row * width, (row + 1) * width), k * width)
    })
    return { names: features.names, values }
  }

  #contextOf(surface: Surface): FinishContext {
    const context = this.#contexts[surface]
    if (!context) throw new NotFoundError('surface', surface, { hint: 'this snapshot was not fitted for it' })
    return context
  }

  search(query: string, limit: number): SearchHits {
    return searchItems(this.#search, this.#opened.values(), query, limit, (item) => this.#isHidden(item))
  }

  /** Resolves when all sources can propose them: pictures have to be looked at first. */
  async addItems(items: readonly LiveItem[]): Promise<void> {
    this.#search.putItems(items)
    await Promise.all([...this.#opened.values()].map((source) => source.addItems?.(items)))
  }

  rewordItems(items: readonly LiveItem[]): void {
    this.#search.putItems(items)
    for (const source of this.#opened.values()) source.rewordItems?.(items)
  }

  changeItems(changes: readonly ItemChange[]): void {
    for (const { index, hidden, attributes } of changes) {
      this.#liveAttributes.set(index, attributes)
      if (hidden) this.#liveHidden.add(index)
      else this.#liveHidden.delete(index)
      if (index < this.#snapshot.catalog.hidden.length) this.#snapshot.catalog.hidden[index] = hidden ? 1 : 0
    }
  }

  count(happened: readonly Happened[]): void {
    this.#counters.count(happened)
  }

  /** Goes on from what another one counted on the same snapshot. */
  restoreCounters(artefact: Artefact): void {
    this.#counters.restore(artefact)
  }

  #isHidden(item: number): boolean {
    return this.#liveHidden.has(item) || this.#snapshot.catalog.hidden[item] === 1
  }
}

/** The executor without threads. */
export function localExecutor(snapshot: Snapshot, clock: Clock, options: AnsweringOptions = {}): Executor {
  const cascade = new LocalCascade(snapshot, clock, options)
  return {
    async run(request) {
      const { proposals, missing } = cascade.propose(request)
      return { ...cascade.finish(request, proposals), missing }
    },
    search: async (query, limit) => cascade.search(query, limit),
    addItems: (items) => cascade.addItems(items),
    rewordItems: async (items) => cascade.rewordItems(items),
    changeItems: async (changes) => cascade.changeItems(changes),
    count: async (happened) => cascade.count(happened),
    close: async () => {},
  }
}

/** A request that says what its answer has to satisfy, where there are filters. */
function conditioned(
  { request, filters }: CascadeRequest,
  { attributes, liveAttributes }: FinishContext,
): ResolvedRequest {
  if (filters.length === 0) return request
  return {
    ...request,
    condition: { filters, passes: attributePredicate(attributes, filters, liveAttributes) },
  }
}

/**
 * Candidates that a request asks of a source: what the blend learned with, more for a list that is longer than any of
 * those, in the same proportions. Sources do not know what the user has seen, so they are asked for as many more.
 */
function candidatesWanted({ seen, limit }: CascadeRequest, blend: BlendModel): (source: Source) => number {
  const stretch = Math.max(1, limit / Math.max(1, ...blend.asked))
  return ({ name }) => {
    const asked = askedFor(blend, name)
    return Math.ceil(asked * stretch) + Math.min(seen.length, asked)
  }
}
