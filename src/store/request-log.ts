/** @file The log of answered requests: appended in batches, read in order with the events that name them. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DamagedArtefactError } from '../base/errors.ts'
import type { Interner } from './interner.ts'
import { EVENT_KINDS, type EventKind, type RequestRecord } from './records.ts'
import { query, type Tables } from './schema.ts'
import { prepare } from './statements.ts'

/** An event that names a logged request. */
export interface RequestOutcome {
  /** In the event log. */
  position: number
  item: string
  kind: EventKind
  value: number | null
  time: number | null
}

/** A logged request and what came of it, in the order of the event log. */
export interface AnsweredRequest {
  request: RequestRecord
  outcomes: RequestOutcome[]
}

/** Of requests that may be forgotten: how old they must be. */
export interface RequestAges {
  /** Of requests outside of any experiment, ms since 1970: earlier ones may go. */
  before: number
  /** Of those that showed somebody an arm of an experiment. */
  exposedBefore: number
}

const READ_BATCH = 500
const INSERTED = [
  'id',
  'time',
  'surface',
  'user',
  'item',
  'snapshot',
  'ranker',
  'policy',
  'seed',
  'arms',
  'query_items',
  'query_times',
  'region',
  'language',
  'segment',
  'filters',
  'layout',
  'items',
  'scores',
  'propensities',
  'source_masks',
  'feature_values',
] as const

/** A row with the names that its numbers stand for. */
type Row = Omit<Tables['requests'], 'user' | 'item' | 'layout'> &
  Pick<Tables['layouts'], 'sources' | 'features'> & { user: string | null; item: string | null }

export class RequestLog {
  readonly #path: string
  readonly #interners: Record<'items' | 'users', Interner>
  readonly #insert: StatementSync
  readonly #addLayout: StatementSync
  readonly #findLayout: StatementSync
  readonly #readAfter: StatementSync
  readonly #readOne: StatementSync
  readonly #readNewest: StatementSync
  readonly #outcomes: StatementSync
  readonly #itemId: StatementSync
  readonly #count: StatementSync
  readonly #last: StatementSync
  readonly #removeOld: StatementSync
  readonly #removeExposed: StatementSync
  /** Numbers of the layouts that were met, by their JSON. */
  readonly #layouts = new Map<string, number>()

  constructor(database: DatabaseSync, interners: Record<'items' | 'users', Interner>, path: string) {
    this.#path = path
    this.#interners = interners
    const places = INSERTED.map(() => '?').join()
    this.#insert = database.prepare(`insert into requests (${INSERTED.join()}) values (${places})`)
    this.#addLayout = database.prepare(
      'insert into layouts (sources, features) values (?, ?) on conflict (sources, features) do nothing',
    )
    this.#findLayout = database.prepare('select number from layouts where sources = ? and features = ?')
    const rows = query
      .selectFrom('requests')
      .innerJoin('layouts', 'layouts.number', 'requests.layout')
      .leftJoin('users', 'users.number', 'requests.user')
      .leftJoin('items as pages', 'pages.number', 'requests.item')
      .selectAll('requests')
      .select(['layouts.sources', 'layouts.features', 'users.id as user', 'pages.id as item'])
    this.#readAfter = prepare(
      database,
      rows.where('requests.position', '>', 0).orderBy('requests.position').limit(READ_BATCH),
    )
    this.#readOne = prepare(database, rows.where('requests.id', '=', ''))
    this.#readNewest = prepare(
      database,
      rows.where('requests.surface', '=', '').orderBy('requests.position', 'desc').limit(1),
    )
    this.#outcomes = prepare(
      database,
      query
        .selectFrom('events')
        .innerJoin('items', 'items.number', 'events.item')
        .select(['position', 'items.id as item', 'kind', 'value', 'time'])
        .where('events.request', '=', '')
        .orderBy('position'),
    )
    this.#itemId = database.prepare('select id from items where number = ?')
    this.#count = database.prepare('select count(*) as n from requests')
    this.#last = database.prepare('select max(position) as position from requests')
    const removal = (which: string) =>
      database.prepare(
        `delete from requests where position in (
          select position from requests
          where ${which} and time < ? and position < (select max(position) from requests)
          order by time limit ?
        )`,
      )
    this.#removeOld = removal("arms = '{}'")
    this.#removeExposed = removal("not arms = '{}'")
  }

  /** Runs inside the caller's transaction. */
  append(requests: readonly RequestRecord[]): void {
    const { users, items } = this.#interners
    for (const { shown, query: asked, ...request } of requests) {
      this.#insert.run(
        request.id,
        request.time,
        request.surface,
        request.user === null ? null : users.number(request.user),
        request.item === null ? null : items.number(request.item),
        request.snapshot,
        request.ranker,
        request.policy,
        request.seed,
        JSON.stringify(request.arms),
        bytesOf(this.#numbersOf(asked.items)),
        bytesOf(asked.times),
        asked.region,
        asked.language,
        asked.segment,
        JSON.stringify(asked.filters),
        this.#layoutOf(JSON.stringify(shown.sources), JSON.stringify(shown.features)),
        bytesOf(this.#numbersOf(shown.items)),
        bytesOf(shown.scores),
        bytesOf(shown.propensities),
        bytesOf(shown.sourceMasks),
        bytesOf(shown.values),
      )
    }
  }

  /** Requests after log position `after` (0 = from the start), oldest first, in batches. */
  *read(after = 0, batch = READ_BATCH): Iterable<{ requests: AnsweredRequest[]; position: number }> {
    for (let position = after; ; ) {
      const rows = this.#readAfter.all(position, batch) as unknown as Row[]
      if (rows.length === 0) return
      position = rows[rows.length - 1].position
      yield { requests: rows.map((row) => this.#answered(row)), position }
    }
  }

  find(id: string): AnsweredRequest | undefined {
    const row = this.#readOne.get(id) as unknown as Row | undefined
    return row && this.#answered(row)
  }

  newest(surface: string): AnsweredRequest | undefined {
    const row = this.#readNewest.get(surface, 1) as unknown as Row | undefined
    return row && this.#answered(row)
  }

  /** Position of the newest request, 0 when there is none. */
  lastPosition(): number {
    return (this.#last.get() as { position: number | null }).position ?? 0
  }

  /**
   * Removes the oldest requests; runs inside the caller's transaction. The newest of all stays in any case: positions go on
   * from it, and snapshots name them.
   *
   * @returns how many are gone, `limit` at most
   */
  removeOld({ before, exposedBefore }: RequestAges, limit: number): number {
    const old = Number(this.#removeOld.run(before, limit).changes)
    return old + Number(this.#removeExposed.run(exposedBefore, limit - old).changes)
  }

  count(): number {
    return (this.#count.get() as { n: number }).n
  }

  /** Forgets layouts, when their transaction is given up. */
  forget(): void {
    this.#layouts.clear()
  }

  #layoutOf(sources: string, features: string): number {
    const key = `${sources}\n${features}`
    const known = this.#layouts.get(key)
    if (known !== undefined) return known
    this.#addLayout.run(sources, features)
    const { number } = this.#findLayout.get(sources, features) as { number: number }
    this.#layouts.set(key, number)
    return number
  }

  #answered(row: Row): AnsweredRequest {
    const outcomes = this.#outcomes.all(row.id) as unknown as (Omit<RequestOutcome, 'kind'> & {
      kind: number
    })[]
    return {
      request: {
        id: row.id,
        time: row.time,
        surface: row.surface,
        user: row.user,
        item: row.item,
        snapshot: row.snapshot,
        ranker: row.ranker,
        policy: row.policy,
        seed: row.seed,
        arms: JSON.parse(row.arms),
        query: {
          items: this.#idsOf(row.query_items),
          times: new Float64Array(aligned(row.query_times)),
          region: row.region,
          language: row.language,
          segment: row.segment,
          filters: JSON.parse(row.filters),
        },
        shown: {
          items: this.#idsOf(row.items),
          scores: new Float32Array(aligned(row.scores)),
          propensities: new Float64Array(aligned(row.propensities)),
          sources: JSON.parse(row.sources),
          sourceMasks: new Uint32Array(aligned(row.source_masks)),
          features: JSON.parse(row.features),
          values: new Float32Array(aligned(row.feature_values)),
        },
      },
      outcomes: outcomes.map((outcome) => ({ ...outcome, kind: EVENT_KINDS[outcome.kind] })),
    }
  }

  #numbersOf(items: readonly string[]): Uint32Array {
    return Uint32Array.from(items, (item) => this.#interners.items.number(item))
  }

  #idsOf(bytes: Uint8Array): string[] {
    return Array.from(new Uint32Array(aligned(bytes)), (number) => this.#idOf(number))
  }

  #idOf(number: number): string {
    const row = this.#itemId.get(number) as { id: string } | undefined
    if (!row)
      throw new DamagedArtefactError(
        this.#path,
        `a logged request names item number ${number}, which is not there`,
      )
    return row.id
  }
}

const bytesOf = (values: Float32Array | Float64Array | Uint32Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** A copy that starts at an address that any typed array can start at. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
