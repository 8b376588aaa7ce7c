/**
 * @file Collects requests that come at the same time into one matrix: a table that is read for one query can be scored for
 * many, as long as none waits longer than it may.
 *
 * While nothing runs, what arrived together is searched at once. While a search runs, requests gather for the next one;
 * when the oldest has waited as long as it may, or enough are together, they go beside it.
 */

import { InvalidOptionError } from '../base/errors.ts'
import type { Neighbours } from './neighbours.ts'
import type { SearchRequest, VectorSearch } from './vector-search.ts'

/** Time as the process sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number
  /** Calls once, after that many milliseconds. */
  after(ms: number, call: () => void): void
}

export interface BatchingOptions {
  clock: Clock
  /** How long a request may wait for others, in milliseconds; 2 when absent. */
  waitMs?: number
  /** Queries of a batch that are not worth waiting for more; 64 when absent. */
  mostQueries?: number
}

interface Waiting {
  request: SearchRequest
  since: number
  resolve(found: Neighbours[]): void
  reject(error: unknown): void
}

/** Requests that one scan answers: with the same filter, and a k of the same size. */
interface Group {
  waiting: Waiting[]
  queries: number
}

/** Lists up to that length are cut from one of that length. */
const SMALL_K = 1024

export class BatchingSearch implements VectorSearch {
  readonly #search: VectorSearch
  readonly #dim: number
  readonly #clock: Clock
  readonly #waitMs: number
  readonly #mostQueries: number
  readonly #groups = new Map<string, Group>()
  /** Bitmaps are told apart by their identity. */
  readonly #bitmaps = new WeakMap<Uint32Array, number>()
  #bitmapsSeen = 0
  #running = 0

  /**
   * @param search that runs the batches; closed with this one
   * @param dim of its table
   */
  constructor(search: VectorSearch, dim: number, { clock, waitMs = 2, mostQueries = 64 }: BatchingOptions) {
    if (!(waitMs >= 0)) throw new InvalidOptionError('waitMs', waitMs, 'a number from 0')
    if (!(mostQueries >= 1)) throw new InvalidOptionError('mostQueries', mostQueries, 'a number from 1')
    this.#search = search
    this.#dim = dim
    this.#clock = clock
    this.#waitMs = waitMs
    this.#mostQueries = mostQueries
  }

  async search(request: SearchRequest): Promise<Neighbours[]> {
    const count = request.queries.length / this.#dim
    if (!Number.isInteger(count))
      throw new InvalidOptionError('queries', request.queries.length, `a multiple of ${this.#dim} numbers`)
    return new Promise<Neighbours[]>((resolve, reject) => {
      const key = this.#keyOf(request)
      const group = this.#groups.get(key) ?? { waiting: [], queries: 0 }
      this.#groups.set(key, group)
      group.waiting.push({ request, since: this.#clock.now(), resolve, reject })
      group.queries += count
      if (group.queries >= this.#mostQueries) this.#send(key, group)
      else this.#clock.after(this.#running === 0 ? 0 : this.#waitMs, () => this.#sendWhatIsDue())
    })
  }

  close(): Promise<void> {
    return this.#search.close()
  }

  #keyOf({ k, filter, allowed }: SearchRequest): string {
    const size = k <= SMALL_K ? 0 : Math.ceil(Math.log2(k))
    let bitmap = 0
    if (allowed) {
      bitmap = this.#bitmaps.get(allowed) ?? ++this.#bitmapsSeen
      this.#bitmaps.set(allowed, bitmap)
    }
    return `${size} ${bitmap} ${JSON.stringify(filter)}`
  }

  /** All when nothing runs; otherwise those of which one has waited long enough. */
  #sendWhatIsDue(): void {
    const due = this.#clock.now() - this.#waitMs
    const idle = this.#running === 0
    for (const [key, group] of [...this.#groups])
      if (idle || group.waiting[0].since <= due) this.#send(key, group)
  }

  #send(key: string, { waiting, queries }: Group): void {
    this.#groups.delete(key)
    this.#running++
    this.#answer(waiting, queries).finally(() => {
      this.#running--
      if (this.#running === 0) this.#sendWhatIsDue()
    })
  }

  async #answer(waiting: Waiting[], count: number): Promise<void> {
    const { filter, allowed } = waiting[0].request
    const k = Math.max(...waiting.map(({ request }) => request.k))
    const queries = new Float32Array(count * this.#dim)
    let at = 0
    for (const { request } of waiting) {
      queries.set(request.queries, at)
      at += request.queries.length
    }
    try {
      const found = await this.#search.search({ queries, k, filter, allowed })
      let first = 0
      for (const { request, resolve } of waiting) {
        const next = first + request.queries.length / this.#dim
        resolve(found.slice(first, next).map((list) => firstOf(list, request.k)))
        first = next
      }
    } catch (error) {
      // One request that does not fit must not spoil the others.
      if (waiting.length === 1) waiting[0].reject(error)
      else
        await Promise.all(waiting.map((one) => this.#answer([one], one.request.queries.length / this.#dim)))
    }
  }
}

function firstOf({ items, scores }: Neighbours, k: number): Neighbours {
  return { items: items.subarray(0, k), scores: scores.subarray(0, k) }
}
