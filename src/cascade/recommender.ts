/** @file The recommender: a snapshot and a store behind the questions that a product asks. The HTTP server is a thin coat on it. */

import { degree } from '../base/csr.ts'
import { InvalidOptionError, NotFoundError } from '../base/errors.ts'
import { type ItemId, indexOfId, type UserId } from '../base/id-table.ts'
import { topK } from '../base/top-k.ts'
import { codeOfLabel } from '../data/category-codes.ts'
import type { ResolvedRequest, Surface } from '../sources/request.ts'
import type { EventKind, EventRecord, Item } from '../store/records.ts'
import type { WriteCount } from '../store/store.ts'
import { type AttributeFilter, attributePredicate } from './attribute-filter.ts'
import type { CascadeResult } from './cascade.ts'
import type { Executor } from './executor.ts'
import { LiveHistories, type RecentItems } from './live-histories.ts'
import { type ItemCard, LiveCatalog } from './live-items.ts'
import type { Snapshot } from './snapshot.ts'
import { queryWeights, surfaceDeclarations } from './surfaces.ts'

/** Where acknowledged writes go; they are durable when the promise resolves. */
export interface DurableLog {
  putItems(items: readonly Item[]): Promise<WriteCount>
  appendEvents(events: readonly EventRecord[]): Promise<WriteCount>
}

export interface RecommendOptions {
  limit?: number
  filters?: readonly AttributeFilter[]
  /** For `related`: the user who is looking, if known. */
  user?: UserId
  region?: string
  language?: string
  /** Random sources repeat their answer for a seed. */
  seed?: number
}

export interface Recommendation extends ItemCard {
  score: number
  /** Names of the sources that proposed it. */
  sources: string[]
}

export interface Recommendations {
  surface: Surface
  items: Recommendation[]
  trace: CascadeResult['trace']
  candidates: number
  missing: CascadeResult['missing']
}

/** Events of these kinds say that a user likes an item; they enter the user's live history. */
const POSITIVE_KINDS: ReadonlySet<EventKind> = new Set(['click', 'view', 'save', 'purchase', 'rating'])
/** Touches within this time belong to the visit that is going on. */
const VISIT_MS = 30 * 60 * 1000
const DEFAULT_LIMIT = 20
const NO_ITEMS: RecentItems = { items: new Uint32Array(0), times: new Float64Array(0) }

export class Recommender {
  readonly snapshot: Snapshot
  readonly #executor: Executor
  readonly #log: DurableLog
  readonly #now: () => number
  readonly #catalog: LiveCatalog
  readonly #histories: LiveHistories

  /** @param now wall clock, ms since 1970 */
  constructor(parts: { snapshot: Snapshot; executor: Executor; log: DurableLog; now: () => number }) {
    this.snapshot = parts.snapshot
    this.#executor = parts.executor
    this.#log = parts.log
    this.#now = parts.now
    this.#catalog = new LiveCatalog(parts.snapshot.catalog)
    this.#histories = new LiveHistories(parts.snapshot.histories)
  }

  /** Items related to an item. */
  async related(item: ItemId, options: RecommendOptions = {}): Promise<Recommendations> {
    const index = this.#catalog.indexOf(item)
    if (index < 0) throw new NotFoundError('item', item, { field: 'id' })
    const now = this.#now()
    const recent = options.user === undefined ? NO_ITEMS : this.#recentOf(options.user, 'user')
    const items: number[] = []
    const times: number[] = []
    for (let k = 0; k < recent.items.length; k++) {
      if (recent.items[k] === index || !(now - recent.times[k]! < VISIT_MS)) continue
      items.push(recent.items[k]!)
      times.push(recent.times[k]!)
    }
    const before = surfaceDeclarations.related.queryItems - 1
    const query = { items: [...items.slice(-before), index], times: [...times.slice(-before), now] }
    return this.#recommend(
      'related',
      { items: Uint32Array.from(query.items), times: Float64Array.from(query.times) },
      options,
    )
  }

  /** Items for a user, from what the user touched lately. */
  async home(user: UserId, options: RecommendOptions = {}): Promise<Recommendations> {
    return this.#recommend('home', this.#recentOf(user, 'id'), { ...options, user })
  }

  /** Items by their words, the last of which may be unfinished. */
  async search(query: string, limit = DEFAULT_LIMIT): Promise<ItemCard[]> {
    const hits = await this.#executor.search(query, limit)
    return Array.from(hits.items, (index) => this.#catalog.card(index))
  }

  /** The items that are in the most collections. */
  popular(limit = DEFAULT_LIMIT): ItemCard[] {
    const { graph, catalog } = this.snapshot
    const degrees = Float64Array.from(catalog.hidden, (hidden, item) =>
      hidden ? Number.NEGATIVE_INFINITY : degree(graph.toCollections, item),
    )
    return Array.from(topK(degrees, limit), (index) => this.#catalog.card(index))
  }

  item(id: ItemId): ItemCard {
    const index = this.#catalog.indexOf(id)
    if (index < 0) throw new NotFoundError('item', id, { field: 'id' })
    return this.#catalog.card(index)
  }

  hasItem(id: ItemId): boolean {
    return this.#catalog.indexOf(id) >= 0
  }

  /** Logs events; they count for the next request of their users. */
  async recordEvents(events: readonly EventRecord[]): Promise<WriteCount> {
    events.forEach((event, row) => {
      if (this.#catalog.indexOf(event.item) < 0) {
        throw new NotFoundError('item', event.item, {
          field: `events[${row}].item`,
          hint: 'add the item first',
        })
      }
    })
    const count = await this.#log.appendEvents(events)
    this.replayEvents(events)
    return count
  }

  /** Takes events that the log already holds into the live histories. */
  replayEvents(events: readonly EventRecord[]): void {
    for (const event of events) {
      const index = this.#catalog.indexOf(event.item)
      if (index >= 0 && POSITIVE_KINDS.has(event.kind)) {
        this.#histories.touch(event.user, index, event.time ?? this.#now())
      }
    }
  }

  /** Adds or changes items; new ones can be recommended at once by the sources that need no history. */
  async putItems(items: readonly Item[]): Promise<WriteCount> {
    const count = await this.#log.putItems(items)
    await this.replayItems(items)
    return count
  }

  /** Takes items that the store already holds into the live catalog. */
  async replayItems(items: readonly Item[]): Promise<void> {
    const { added, hidden } = this.#catalog.put(items, this.#now())
    if (added.length > 0) await this.#executor.addItems(added)
    if (hidden.length > 0) await this.#executor.setHidden(hidden)
  }

  async close(): Promise<void> {
    await this.#executor.close()
  }

  #recentOf(user: UserId, field: string): RecentItems {
    const index = indexOfId(this.snapshot.users.users, user)
    if (index < 0 && !this.#histories.knows(user)) {
      throw new NotFoundError('user', user, { field, hint: 'a user is known from the first event on' })
    }
    return this.#histories.of(user, index)
  }

  async #recommend(
    surface: Surface,
    recent: RecentItems,
    options: RecommendOptions,
  ): Promise<Recommendations> {
    const limit = options.limit ?? DEFAULT_LIMIT
    attributePredicate(this.snapshot.attributes, options.filters ?? [])
    const { excludeSeen, queryItems } = surfaceDeclarations[surface]
    const request = this.#resolve(surface, recent, queryItems, options)
    const seen = excludeSeen ? recent.items : new Uint32Array(0)
    const result = await this.#executor.run({ request, limit, seen, filters: options.filters ?? [] })
    const items = Array.from(result.items, (index, k) => ({
      ...this.#catalog.card(index),
      score: result.scores[k]!,
      sources: result.sources[k]!,
    }))
    return { surface, items, trace: result.trace, candidates: result.candidates, missing: result.missing }
  }

  #resolve(
    surface: Surface,
    recent: RecentItems,
    queryItems: number,
    options: RecommendOptions,
  ): ResolvedRequest {
    const { users } = this.snapshot
    const user = options.user === undefined ? -1 : indexOfId(users.users, options.user)
    const code = (column: 'region' | 'language', given: string | undefined) => {
      if (given === undefined) return user < 0 ? 0 : users[column].codes[user]!
      const found = codeOfLabel(users[column], given)
      if (found < 0) throw new InvalidOptionError(column, given, `a ${column} that the data knows`)
      return found
    }
    const items = recent.items.slice(-queryItems)
    return {
      surface,
      items,
      weights: queryWeights(surface, items.length),
      times: recent.times.slice(-queryItems),
      user,
      region: code('region', options.region),
      language: code('language', options.language),
      segment: user < 0 ? 0 : users.segment.codes[user]!,
      time: this.#now(),
      seed: options.seed ?? (items.length === 0 ? 1 : items[items.length - 1]! + 1),
    }
  }
}
