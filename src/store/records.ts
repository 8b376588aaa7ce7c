/** @file The records that must never be lost: catalog (items, users, collections) and events, as the product names them. */

import type { ItemId, UserId } from '../base/id-table.ts'

export const EVENT_KINDS = ['impression', 'click', 'view', 'save', 'purchase', 'rating', 'hide'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** A value of an attribute: text, number or truth; nested values are refused at the boundary. */
export type AttributeValue = string | number | boolean
export type Attributes = Record<string, AttributeValue>

/**
 * What is recommended. The attributes `category`, `region` and `language`, where present, feed slices and edge bias;
 * any attribute can be filtered on.
 */
export interface Item {
  id: ItemId
  title: string
  text: string
  tags: string[]
  attributes: Attributes
  /** Address (http, https, data) or a path relative to the store's folder; null when there is none. */
  image: string | null
  /** Milliseconds since 1970, null when unknown. */
  createdAt: number | null
  hidden: boolean
}

/** Who it is recommended to. The attributes `region`, `language` and `segment` feed slices and edge bias. */
export interface User {
  id: UserId
  attributes: Attributes
}

/** A set of items that somebody put together, in order. */
export interface Collection {
  id: string
  title: string
  owner: UserId | null
  items: ItemId[]
}

/** What was answered to one request, and all that decided it: what rankers learn from and estimators weigh. */
export interface RequestRecord {
  /** The id that the response carries, and that events about it name in `context.requestId`. */
  id: string
  /** Milliseconds since 1970. */
  time: number
  surface: string
  user: UserId | null
  /** The page's item, on `related`. */
  item: ItemId | null
  snapshot: string
  /** Name of what ordered the candidates: a ranker, or `blend`. */
  ranker: string
  /** Name of the policy that arranged the list. */
  policy: string
  /** Seed of the request's random choices. */
  seed: number
  /** Arm by experiment. */
  arms: Record<string, string>
  query: RequestQuery
  shown: ShownItems
}

/** What a request was made with, so that it can be asked again. */
export interface RequestQuery {
  /** Query items, oldest first. */
  items: ItemId[]
  /** Beside the items, ms since 1970, NaN where unknown. */
  times: Float64Array
  /** Codes in the snapshot's user table. */
  region: number
  language: number
  segment: number
  filters: RequestFilter[]
}

/** Keeps items whose attribute has one of the values. */
export interface RequestFilter {
  attribute: string
  values: string[]
}

/** What was shown, first place first: one entry per place in every column. */
export interface ShownItems {
  items: ItemId[]
  scores: Float32Array
  /** Probability of each item at its place, given the places before it. */
  propensities: Float64Array
  /** Names of the sources; bit s of a mask says that source s proposed the item. */
  sources: readonly string[]
  sourceMasks: Uint32Array
  /** Names of the features, and row-major items × features as the ranker saw them. */
  features: readonly string[]
  values: Float32Array
}

/** One logged fact. */
export interface EventRecord {
  /** Makes appending idempotent: an id that is already in the log is counted as repeated and not added. */
  id: string | null
  /** Milliseconds since 1970; null when the source of the data has no times. */
  time: number | null
  user: UserId
  item: ItemId
  kind: EventKind
  value: number | null
  session: string | null
  /** Surface, position, request id, propensity…; at most 4 kB as JSON. */
  context: Record<string, unknown> | null
}
