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
