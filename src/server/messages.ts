/** @file What the event loop and its workers say to each other: two unions, one per kind of worker. */

import type { Artefact } from '../base/array-file.ts'
import type { CascadeRequest, CascadeResult, MissingSource, Proposal } from '../cascade/cascade.ts'
import type { ItemChange, SearchHits } from '../cascade/executor.ts'
import type { Happened } from '../ranking/counters/live-counters.ts'
import type { LiveItem } from '../sources/source.ts'
import type { EventRecord, Item, RequestRecord } from '../store/records.ts'
import type { AnsweredRequest, RequestAges } from '../store/request-log.ts'
import type { WriteCount } from '../store/store.ts'

/**
 * Work for a cascade worker. `propose` asks some sources, none of them after `until` (ms since 1970); `finish` merges,
 * filters, ranks and cuts; `run` does both, where one worker answers alone and nothing needs to travel in between.
 */
export type CascadeTask =
  | { kind: 'propose'; cascade: CascadeRequest; sources: string[]; until: number }
  | { kind: 'run'; cascade: CascadeRequest; sources: string[]; until: number }
  | { kind: 'finish'; cascade: CascadeRequest; proposals: Proposal[] }
  | { kind: 'search'; query: string; limit: number }
  | { kind: 'add-items'; items: LiveItem[] }
  | { kind: 'reword-items'; items: LiveItem[] }
  | { kind: 'change-items'; changes: ItemChange[] }
  | { kind: 'count' }
  | { kind: 'restore-counters'; counters: Artefact }

/** A task with what happened before it, which is counted first. */
export type Informed<Task> = Task & { happened?: readonly Happened[] }

/** What a source took. */
export type SourceCost = Pick<Proposal, 'source' | 'ms'>

export interface CascadeAnswers {
  propose: { proposals: Proposal[]; missing: MissingSource[] }
  run: { result: CascadeResult; costs: SourceCost[]; missing: MissingSource[] }
  finish: CascadeResult
  search: SearchHits
  'add-items': null
  'reword-items': null
  'change-items': null
  count: null
  'restore-counters': null
}

/** Work for the thread that has the store open. */
export type StoreTask =
  | { kind: 'append-events'; events: EventRecord[] }
  | { kind: 'append-requests'; requests: RequestRecord[] }
  | { kind: 'put-items'; items: Item[] }
  | { kind: 'find-request'; id: string }
  | { kind: 'remove-old-requests'; ages: RequestAges; limit: number }

export type StoreAnswer = WriteCount | AnsweredRequest | number | null

/** Every request to a worker carries a number that its answer repeats. */
export interface Numbered<T> {
  number: number
  body: T
}

/** A typed error on its way between threads, where classes are lost. */
export interface Trouble {
  code: string
  status: number
  message: string
  field?: string
}

/** What a worker says: that it is open for tasks, an answer, or why there is none. */
export type Answer<T> = 'ready' | Numbered<T> | { number: number; trouble: Trouble }
