/** @file The recommender: a snapshot and a store behind the questions that a product asks. The HTTP server is a thin coat on it. */

import { degree } from '../base/csr.ts'
import { InvalidOptionError, LabradorError, NotFoundError } from '../base/errors.ts'
import { hashText, type ItemId, type ItemIndex, indexOfId, type UserId } from '../base/id-table.ts'
import { stringAt } from '../base/string-column.ts'
import { topK } from '../base/top-k.ts'
import type { Categories } from '../data/dataset.ts'
import { type Assignment, assignAll } from '../experiments/assignment.ts'
import type { Experiment } from '../experiments/declaration.ts'
import { settingsOf } from '../experiments/serving-settings.ts'
import type { AttributeFilter } from '../sources/condition.ts'
import { sourceDefinition } from '../sources/registry.ts'
import type { ResolvedRequest, Surface } from '../sources/request.ts'
import type { EventKind, EventRecord, Item, RequestRecord } from '../store/records.ts'
import type { AnsweredRequest } from '../store/request-log.ts'
import type { WriteCount } from '../store/store.ts'
import { requireFilterable } from './attribute-filter.ts'
import { type CascadeResult, namesOf } from './cascade.ts'
import { armNumber, Counting } from './counting.ts'
import type { Executor } from './executor.ts'
import { type Explanation, explainRequest } from './explain.ts'
import { LiveHistories, type RecentItems } from './live-histories.ts'
import { type ItemCard, LiveCatalog } from './live-items.ts'
import { requestRecord } from './request-record.ts'
import type { Snapshot } from './snapshot.ts'
import { queryWeights, surfaceDeclarations, VISIT_MS } from './surfaces.ts'

/** Where acknowledged writes go; they are durable when the promise resolves. */
export interface DurableLog {
  putItems(items: readonly Item[]): Promise<WriteCount>
  appendEvents(events: readonly EventRecord[]): Promise<WriteCount>
  appendRequests(requests: readonly RequestRecord[]): Promise<void>
  findRequest(id: string): Promise<AnsweredRequest | undefined>
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
  /**
   * With an id, the request is logged before it is answered (`logged` says whether it could be), and it may explore; events that name the id in
   * `context.requestId` say what came of it. An id is used once.
   */
  requestId?: string
}

export interface Recommendation extends ItemCard {
  score: number
  /** How likely it is wanted where it is shown; absent where the ranker is not calibrated. */
  probability?: number
  /** Names of the sources that proposed it. */
  sources: string[]
}

/** What the page and its readers are told of a source. */
export interface SourceNote {
  name: string
  summary: string
  surfaces: readonly Surface[]
}

export interface Recommendations {
  surface: Surface
  /** Whether anything is known of the request's user; absent when no user was named. */
  knownUser?: boolean
  /** Whether the answer is in the log; absent when it had no id. */
  logged?: boolean
  /** How the list was arranged: `ranked`, or a policy that explores. */
  policy: string
  items: Recommendation[]
  trace: CascadeResult['trace']
  candidates: number
  missing: CascadeResult['missing']
}

/** Events of these kinds say that a user likes an item; they enter the user's live history. */
const POSITIVE_KINDS: ReadonlySet<EventKind> = new Set(['click', 'view', 'save', 'purchase', 'rating'])
const DEFAULT_LIMIT = 20
const NO_ITEMS: RecentItems = { items: new Uint32Array(0), times: new Float64Array(0) }
/** Popular items that are kept in order, so that asking for them costs nothing. */
const POPULAR_LENGTH = 1000

export interface RecommenderParts {
  snapshot: Snapshot
  executor: Executor
  log: DurableLog
  /** Wall clock, ms since 1970. */
  now: () => number
  /** Users are in their arms; a request without a user is in none. */
  experiments?: readonly Experiment[]
  /** Whether the counters' addend comes on top of scores, where no arm says otherwise. */
  boost?: boolean
}

export class Recommender {
  readonly snapshot: Snapshot
  readonly #executor: Executor
  readonly #log: DurableLog
  readonly #now: () => number
  readonly #experiments: readonly Experiment[]
  readonly #boost: boolean
  readonly #counting: Counting
  readonly #catalog: LiveCatalog
  readonly #histories: LiveHistories
  /** What single users do not want to see. */
  readonly #hides = new Map<UserId, Set<ItemIndex>>()
  readonly #popular: Uint32Array
  readonly #hidden = new Set<number>()
  readonly #codes: Record<'region' | 'language', ReadonlyMap<string, number>>

  constructor(parts: RecommenderParts) {
    this.snapshot = parts.snapshot
    this.#executor = parts.executor
    this.#log = parts.log
    this.#now = parts.now
    this.#experiments = parts.experiments ?? []
    this.#boost = parts.boost ?? false
    this.#catalog = new LiveCatalog(parts.snapshot.catalog)
    this.#counting = new Counting({
      indexOf: (item) => this.#catalog.indexOf(item),
      find: (id) => this.#log.findRequest(id),
      // Nobody waits: whoever is asked next was told before.
      tell: (happened) => void this.#executor.count(happened),
    })
    this.#histories = new LiveHistories(parts.snapshot.histories)
    const { catalog, graph, users } = parts.snapshot
    const degrees = Float64Array.from(catalog.hidden, (_, item) => degree(graph.toCollections, item))
    this.#popular = topK(degrees, POPULAR_LENGTH)
    catalog.hidden.forEach((hidden, item) => {
      if (hidden) this.#hidden.add(item)
    })
    this.#codes = { region: codesOf(users.region), language: codesOf(users.language) }
  }

  /** Items related to an item. */
  async related(item: ItemId, options: RecommendOptions = {}): Promise<Recommendations> {
    const index = this.#catalog.indexOf(item)
    if (index < 0) throw new NotFoundError('item', item, { field: 'id' })
    const now = this.#now()
    const recent = options.user === undefined ? NO_ITEMS : this.#recentOf(options.user)
    const items: number[] = []
    const times: number[] = []
    for (let k = 0; k < recent.items.length; k++) {
      if (recent.items[k] === index || !(now - recent.times[k]! < VISIT_MS)) continue
      items.push(recent.items[k]!)
      times.push(recent.times[k]!)
    }
    const from = Math.max(0, items.length + 1 - this.snapshot.surfaces.related.queryItems)
    const query = { items: [...items.slice(from), index], times: [...times.slice(from), now] }
    return this.#recommend(
      'related',
      { items: Uint32Array.from(query.items), times: Float64Array.from(query.times) },
      options,
    )
  }

  /** Items for a user, from what the user touched lately; a user who is new gets what the sources say of nobody. */
  async home(user: UserId, options: RecommendOptions = {}): Promise<Recommendations> {
    return this.#recommend('home', this.#recentOf(user), { ...options, user })
  }

  /** Items by their words, the last of which may be unfinished. */
  async search(query: string, limit = DEFAULT_LIMIT): Promise<ItemCard[]> {
    const hits = await this.#executor.search(query, limit)
    return Array.from(hits.items, (index) => this.#catalog.card(index))
  }

  /** The items that are in the most collections, at most 1000. */
  popular(limit = DEFAULT_LIMIT): ItemCard[] {
    const visible = this.#popular.filter((item) => !this.#hidden.has(item))
    return Array.from(visible.subarray(0, limit), (index) => this.#catalog.card(index))
  }

  /** The experiments that run here. */
  experiments(): readonly Experiment[] {
    return this.#experiments
  }

  /** The sources that answer here, in the order of the registry. */
  sources(): SourceNote[] {
    return this.snapshot.manifest.sources.map((source) => {
      const { name, summary, surfaces } = sourceDefinition(source)
      return { name, summary, surfaces }
    })
  }

  /** Why a logged request was answered as it was. Contributions are known as long as its snapshot serves. */
  async explain(requestId: string): Promise<Explanation> {
    const answered = await this.#log.findRequest(requestId)
    if (!answered) throw new NotFoundError('request', requestId, { field: 'id' })
    const isOurs = answered.request.snapshot === this.snapshot.manifest.name
    return explainRequest(answered, isOurs ? this.snapshot : null)
  }

  item(id: ItemId): ItemCard {
    const index = this.#catalog.indexOf(id)
    if (index < 0) throw new NotFoundError('item', id, { field: 'id' })
    return this.#catalog.card(index)
  }

  /** Whether an item as the store has it is new or other than here. */
  differs(item: Item): boolean {
    return this.#catalog.differs(item)
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
    await this.followEvents(events, count)
    return count
  }

  /** Takes events that were just logged into the live histories and counters. */
  async followEvents(events: readonly EventRecord[], { repeated }: WriteCount): Promise<void> {
    this.#touch(events)
    // What was sent again was counted the first time; a batch of both is counted at the next start.
    if (repeated === 0) await this.#counting.acted(events)
  }

  /** Takes events that the log already holds into the live histories and counters. */
  async replayEvents(events: readonly EventRecord[]): Promise<void> {
    this.#touch(events)
    await this.#counting.acted(events)
  }

  /** Takes requests that the log already holds into the counters. */
  replayRequests(requests: readonly RequestRecord[]): void {
    this.#counting.answered(requests)
  }

  #touch(events: readonly EventRecord[]): void {
    for (const event of events) {
      const index = this.#catalog.indexOf(event.item)
      if (index < 0) continue
      if (POSITIVE_KINDS.has(event.kind)) {
        this.#histories.touch(event.user, index, event.time ?? this.#now())
      } else if (event.kind === 'hide') this.hideFrom(event.user, event.item)
    }
  }

  /** Never again recommends an item to a user; others still get it. */
  hideFrom(user: UserId, item: ItemId): void {
    const index = this.#catalog.indexOf(item)
    if (index < 0) return
    const hides = this.#hides.get(user)
    if (hides) hides.add(index)
    else this.#hides.set(user, new Set([index]))
  }

  /** Adds or changes items; new ones can be recommended at once by the sources that need no history. */
  async putItems(items: readonly Item[]): Promise<WriteCount> {
    const count = await this.#log.putItems(items)
    await this.replayItems(items)
    return count
  }

  /** Takes items that the store already holds into the live catalog. */
  async replayItems(items: readonly Item[]): Promise<void> {
    const { added, reworded, changes } = this.#catalog.put(items, this.#now())
    for (const { index, hidden } of changes) {
      if (hidden) this.#hidden.add(index)
      else this.#hidden.delete(index)
    }
    // Filters first: a new item that is hidden must not be proposed in between.
    await this.#executor.changeItems(changes)
    if (added.length > 0) await this.#executor.addItems(added)
    if (reworded.length > 0) await this.#executor.rewordItems(reworded)
  }

  async close(): Promise<void> {
    await this.#executor.close()
  }

  #knows(user: UserId): boolean {
    return this.#histories.knows(user) || indexOfId(this.snapshot.users.users, user) >= 0
  }

  #recentOf(user: UserId): RecentItems {
    return this.#histories.of(user, indexOfId(this.snapshot.users.users, user))
  }

  async #recommend(
    surface: Surface,
    recent: RecentItems,
    options: RecommendOptions,
  ): Promise<Recommendations> {
    const limit = options.limit ?? DEFAULT_LIMIT
    const filters = options.filters ?? []
    requireFilterable(this.snapshot.attributes, filters, (name) => this.#catalog.hasAttribute(name))
    const { excludeSeen } = surfaceDeclarations[surface]
    const request = this.#resolve(surface, recent, options)
    const hides = options.user === undefined ? undefined : this.#hides.get(options.user)
    const seen = Uint32Array.from([...(excludeSeen ? recent.items : []), ...(hides ?? [])])
    const requestId = options.requestId ?? null
    const assignments = options.user === undefined ? [] : assignAll(this.#experiments, options.user, surface)
    const settings = settingsOf(assignments)
    const arms = armsOf(assignments)
    const result = await this.#executor.run({
      request,
      limit,
      seen,
      filters,
      requestId,
      record: requestId !== null,
      useRanker: settings.ranker ?? true,
      boost: settings.boost ?? this.#boost,
      arm: armNumber(arms),
    })
    const context = {
      user: options.user ?? null,
      filters,
      arms,
      snapshot: this.snapshot.manifest.name,
      idOf: (item: ItemIndex) => this.#catalog.idOf(item),
    }
    const logged =
      requestId === null
        ? {}
        : { logged: await this.#logAnswer(requestRecord(requestId, request, result, context)) }
    const items = Array.from(result.items, (index, k) => ({
      ...this.#catalog.card(index),
      score: result.scores[k]!,
      ...(result.probabilities && { probability: result.probabilities[k] }),
      sources: namesOf(result.sourceMasks[k], result.sourceNames),
    }))
    const { policy, trace, candidates, missing } = result
    const known = options.user === undefined ? {} : { knownUser: this.#knows(options.user) }
    return { surface, ...known, ...logged, policy, items, trace, candidates, missing }
  }

  /**
   * Whether the answer is on disk. A list that cannot be logged is still an answer: who waits for it cannot mend a full
   * disk, and what was not logged is not counted.
   */
  async #logAnswer(record: RequestRecord): Promise<boolean> {
    try {
      await this.#log.appendRequests([record])
    } catch (error) {
      if (error instanceof LabradorError && error.status === 503) return false
      throw error
    }
    this.#counting.answered([record])
    return true
  }

  #resolve(surface: Surface, recent: RecentItems, options: RecommendOptions): ResolvedRequest {
    const { users, surfaces } = this.snapshot
    const { queryItems, fading } = surfaces[surface]
    const user = options.user === undefined ? -1 : indexOfId(users.users, options.user)
    const code = (column: 'region' | 'language', given: string | undefined) => {
      if (given === undefined) return user < 0 ? 0 : users[column].codes[user]!
      const found = this.#codes[column].get(given)
      if (found === undefined) throw new InvalidOptionError(column, given, `a ${column} that the data knows`)
      return found
    }
    const items = recent.items.slice(-queryItems)
    return {
      surface,
      items,
      weights: queryWeights(fading, items.length),
      times: recent.times.slice(-queryItems),
      user,
      region: code('region', options.region),
      language: code('language', options.language),
      segment: user < 0 ? 0 : users.segment.codes[user]!,
      time: this.#now(),
      seed: options.seed ?? (items.length === 0 ? 1 : items[items.length - 1]! + 1),
      // Who names a seed wants the same again.
      ...(options.requestId !== undefined &&
        options.seed === undefined && { draw: hashText(options.requestId) }),
    }
  }
}

const armsOf = (assignments: readonly Assignment[]) =>
  Object.fromEntries(assignments.map(({ experiment, arm }) => [experiment.name, arm.name]))

function codesOf({ labels }: Categories): Map<string, number> {
  return new Map(Array.from({ length: labels.length }, (_, code) => [stringAt(labels, code), code]))
}
