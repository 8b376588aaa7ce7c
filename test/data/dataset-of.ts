/** @file Small datasets for tests, written as lists of events. */

import { idTable } from '../../src/base/id-table.ts'
import { stringColumn } from '../../src/base/string-column.ts'
import type {
  Catalog,
  Categories,
  Dataset,
  Interactions,
  OtherEvents,
  SplitRule,
} from '../../src/data/dataset.ts'
import { numberSessions } from '../../src/data/sessions.ts'

export interface TestEvent {
  user: number
  item: number
  time?: number
  session?: number
  weight?: number
}

/** Interactions in the order given; times where the first event has one. */
export function interactionsOf(events: readonly TestEvent[]): Interactions {
  return {
    length: events.length,
    user: Uint32Array.from(events, (event) => event.user),
    item: Uint32Array.from(events, (event) => event.item),
    time: events[0]?.time === undefined ? null : Float64Array.from(events, (event) => event.time!),
    weight: Float32Array.from(events, (event) => event.weight ?? 1),
    session: Uint32Array.from(events, (event) => event.session ?? 0),
  }
}

/** A dataset over users and items whose ids are "0", "1", …; sessions are renumbered as loading does. */
export function datasetOf(
  events: readonly TestEvent[],
  split: SplitRule,
  sizes: { users: number; items: number; heldOut?: Uint8Array; userIds?: string[]; itemIds?: string[] },
): Dataset {
  const numbered = (count: number) => Array.from({ length: count }, (_, k) => String(k))
  const empty = (count: number) => stringColumn(Array<string>(count).fill(''))
  const unknown = (count: number): Categories => ({
    codes: new Uint32Array(count),
    labels: stringColumn(['']),
  })
  const { users, items } = sizes
  const catalog: Catalog = {
    items: idTable(sizes.itemIds ?? numbered(items)),
    title: empty(items),
    text: empty(items),
    tags: empty(items),
    image: empty(items),
    attributes: empty(items),
    category: unknown(items),
    region: unknown(items),
    language: unknown(items),
    createdAt: new Float64Array(items).fill(Number.NaN),
    hidden: new Uint8Array(items),
  }
  const interactions = interactionsOf(events)
  numberSessions(interactions)
  return {
    name: 'test',
    catalog,
    users: {
      users: idTable(sizes.userIds ?? numbered(users)),
      region: unknown(users),
      language: unknown(users),
      segment: unknown(users),
    },
    interactions,
    others: noOtherEvents(),
    collections: null,
    split,
    heldOut: sizes.heldOut ?? null,
    now: Number.NaN,
    notes: [],
  }
}

function noOtherEvents(): OtherEvents {
  return {
    length: 0,
    user: new Uint32Array(0),
    item: new Uint32Array(0),
    kind: new Uint8Array(0),
    value: new Float32Array(0),
    time: null,
  }
}
