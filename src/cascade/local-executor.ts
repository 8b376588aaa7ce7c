/** @file Runs cascades in this thread: for evaluation, scripts and each worker of a server's pool. */

import { NotFoundError } from '../base/errors.ts'
import { type ResolvedRequest, SURFACES, type Surface } from '../sources/request.ts'
import type { LiveItem, Source } from '../sources/source.ts'
import { openItemSearch } from '../text/item-search.ts'
import type { CascadeRequest, CascadeResult, Clock, FinishContext, Proposal } from './cascade.ts'
import { finish, propose } from './cascade.ts'
import type { Executor, SearchHits } from './executor.ts'
import { openSources } from './fit.ts'
import type { Snapshot } from './snapshot.ts'
import { surfaceDeclarations } from './surfaces.ts'

/** A snapshot opened for answering; not re-entrant. */
export class LocalCascade {
  readonly #snapshot: Snapshot
  readonly #clock: Clock
  readonly #opened = new Map<string, Source>()
  readonly #bySurface: Record<Surface, Source[]>
  readonly #contexts: Partial<Record<Surface, FinishContext>> = {}
  readonly #search
  readonly #liveHidden = new Set<number>()

  constructor(snapshot: Snapshot, clock: Clock) {
    this.#snapshot = snapshot
    this.#clock = clock
    const openFor = (surface: Surface) => openSources(snapshot, surface, this.#opened)
    this.#bySurface = { related: openFor('related'), home: openFor('home') }
    const { attributes } = snapshot
    const { hidden } = snapshot.catalog
    for (const surface of SURFACES) {
      const blend = snapshot.blends[surface]
      if (blend) this.#contexts[surface] = { blend, hidden, attributes, liveHidden: this.#liveHidden }
    }
    this.#search = openItemSearch(snapshot.search)
  }

  /** Names of the sources that answer a surface. */
  sourcesOf(surface: Surface): string[] {
    return this.#bySurface[surface].map((source) => source.name)
  }

  /** Asks the named sources of the request's surface, or all of them. */
  propose(request: ResolvedRequest, limit: number, names?: readonly string[]): Proposal[] {
    const sources = this.#bySurface[request.surface]
    const wanted = names ? sources.filter((source) => names.includes(source.name)) : sources
    return propose(wanted, request, limit, this.#clock)
  }

  finish(cascade: CascadeRequest, proposals: readonly Proposal[]): CascadeResult {
    const { surface } = cascade.request
    const context = this.#contexts[surface]
    if (!context) throw new NotFoundError('surface', surface, { hint: 'this snapshot was not fitted for it' })
    return finish(cascade, proposals, context, this.#clock)
  }

  search(query: string, limit: number): SearchHits {
    return this.#search.search(query, limit, (item) => this.#isHidden(item))
  }

  addItems(items: readonly LiveItem[]): void {
    for (const source of this.#opened.values()) source.addItems?.(items)
    this.#search.addItems(items)
  }

  setHidden(items: readonly { index: number; hidden: boolean }[]): void {
    for (const { index, hidden } of items) {
      if (hidden) this.#liveHidden.add(index)
      else this.#liveHidden.delete(index)
      if (index < this.#snapshot.catalog.hidden.length) this.#snapshot.catalog.hidden[index] = hidden ? 1 : 0
    }
  }

  #isHidden(item: number): boolean {
    return this.#liveHidden.has(item) || this.#snapshot.catalog.hidden[item] === 1
  }
}

/** The executor without threads. */
export function localExecutor(snapshot: Snapshot, clock: Clock): Executor {
  const cascade = new LocalCascade(snapshot, clock)
  return {
    async run(request) {
      const limit = candidatesWanted(request)
      return cascade.finish(request, cascade.propose(request.request, limit))
    },
    search: async (query, limit) => cascade.search(query, limit),
    addItems: async (items) => cascade.addItems(items),
    setHidden: async (items) => cascade.setHidden(items),
    close: async () => {},
  }
}

/** Sources do not know what the user has seen, so they are asked for as many more. */
export function candidatesWanted({ request, seen, limit }: CascadeRequest): number {
  const { candidatesPerSource } = surfaceDeclarations[request.surface]
  return Math.max(candidatesPerSource, limit) + Math.min(seen.length, candidatesPerSource)
}
