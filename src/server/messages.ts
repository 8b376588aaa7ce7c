/** @file What the event loop and its workers say to each other: two unions, one per kind of worker. */

import type { CascadeRequest, CascadeResult, Proposal } from '../cascade/cascade.ts'
import type { SearchHits } from '../cascade/executor.ts'
import type { LiveItem } from '../sources/source.ts'
import type { EventRecord, Item } from '../store/records.ts'
import type { WriteCount } from '../store/store.ts'

/** Work for a cascade worker. `propose` asks some sources; `finish` merges, filters, blends and cuts. */
export type CascadeTask =
  | { kind: 'propose'; cascade: CascadeRequest; limit: number; sources: string[] }
  | { kind: 'finish'; cascade: CascadeRequest; proposals: Proposal[] }
  | { kind: 'search'; query: string; limit: number }
  | { kind: 'add-items'; items: LiveItem[] }
  | { kind: 'set-hidden'; items: { index: number; hidden: boolean }[] }

export interface CascadeAnswers {
  propose: Proposal[]
  finish: CascadeResult
  search: SearchHits
  'add-items': null
  'set-hidden': null
}

/** Work for the thread that writes to the store. */
export type StoreTask =
  | { kind: 'append-events'; events: EventRecord[] }
  | { kind: 'put-items'; items: Item[] }

export type StoreAnswer = WriteCount

/** Every request to a worker carries a number that its answer repeats. */
export interface Numbered<T> {
  number: number
  body: T
}

export type Answer<T> = Numbered<T> | { number: number; error: Error }
