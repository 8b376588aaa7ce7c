/** @file A store's catalog and events as a dataset: positive interactions only, in time order, over shared memory. */

import { type IdTable, indexOfId } from '../base/id-table.ts'
import { sharedFloat32, sharedFloat64, sharedUint8, sharedUint32 } from '../base/shared.ts'
import { stringAt } from '../base/string-column.ts'
import type { EventColumns, Store } from '../store/store.ts'
import type { Dataset, Interactions, SplitRule } from './dataset.ts'
import { imageFolderOf } from './image-folder.ts'
import { loadCatalog, loadCollections, loadUsers } from './load-catalog.ts'
import { ascendingOrder, gather } from './order.ts'
import { loadOthers } from './other-events.ts'
import { kindWeights, type PositiveRule, positiveWeight } from './positive.ts'
import { firstOfEachPair } from './repeats.ts'
import { numberSessions } from './sessions.ts'
import { readDatasetMeta } from './store-meta.ts'

export interface LoadOptions {
  /** Replaces the split rule of the store. */
  split?: SplitRule
  /** Replaces the store's rule of which events are positive. */
  positive?: PositiveRule
  /**
   * What happens to events without a time where others have one: dropped (default), or put before all timed ones in
   * the order of the log. With `first` their time is −Infinity.
   */
  untimed?: 'drop' | 'first'
}

/** Events without a rule of their own: all that have times are cut at the 0.8 quantile, others by hashing pairs. */
const TEMPORAL: SplitRule = { kind: 'temporal', fraction: 0.8 }
const HOLD_OUT: SplitRule = { kind: 'hold-out', buckets: 5 }

/**
 * Reads everything that models need from a store. Where no event has a time, or the split is a hold-out of pairs, the
 * data is a set of pairs: repeats of a (user, item) pair are dropped, the first stays.
 *
 * @returns about 45 bytes per positive event and the catalog's text
 */
export function loadDataset(store: Store, options: LoadOptions = {}): Dataset {
  const meta = readDatasetMeta(store)
  const positive = options.positive ?? meta?.positive ?? {}
  const notes = [...(meta?.notes ?? [])]
  const catalog = loadCatalog(store)
  const users = loadUsers(store)
  const collections = loadCollections(store, catalog.items)
  const events = store.eventColumns()

  const rows = positiveRows(events, positive)
  const timed = countTimed(events, rows)
  const split = options.split ?? meta?.split ?? (timed > 0 ? TEMPORAL : HOLD_OUT)
  let order = timed > 0 ? timeOrder(events, rows, timed, options.untimed ?? 'drop', notes) : rows
  if (isSetOfPairs(split)) order = withoutRepeats(events, order, notes)

  const itemIndex = translate(events.items, catalog.items)
  const userIndex = translate(events.users, users.users)
  const count = order.length
  const interactions: Interactions = {
    length: count,
    user: sharedUint32(count),
    item: sharedUint32(count),
    time: timed > 0 ? gather(events.time, order, sharedFloat64(count)) : null,
    weight: sharedFloat32(count),
    session: gather(events.session, order, sharedUint32(count)),
  }
  const weights = kindWeights(positive)
  for (let k = 0; k < count; k++) {
    const row = order[k]
    interactions.user[k] = userIndex[events.user[row]]
    interactions.item[k] = itemIndex[events.item[row]]
    interactions.weight[k] = positiveWeight(
      weights,
      positive.minimumRating,
      events.kind[row],
      events.value[row],
    )
  }
  if (interactions.time) replaceNaN(interactions.time)
  numberSessions(interactions)
  return {
    name: meta?.name ?? 'store',
    catalog,
    users,
    interactions,
    others: loadOthers(
      events,
      { positive, timed: timed > 0, heldOut: split.kind === 'given' },
      userIndex,
      itemIndex,
    ),
    collections,
    split,
    heldOut: split.kind === 'given' ? gather(events.heldOut, order, sharedUint8(count)) : null,
    now: latest(events.time),
    imageFolder: imageFolderOf(store.path),
    notes,
  }
}

/** Splits that have no use for order see a set of pairs. */
const isSetOfPairs = (split: SplitRule) => split.kind === 'hold-out' || split.kind === 'given'

function positiveRows(events: EventColumns, rule: PositiveRule): Uint32Array {
  const weights = kindWeights(rule)
  const rows = new Uint32Array(events.length)
  let count = 0
  for (let k = 0; k < events.length; k++) {
    if (positiveWeight(weights, rule.minimumRating, events.kind[k], events.value[k]) > 0) rows[count++] = k
  }
  return rows.slice(0, count)
}

function countTimed(events: EventColumns, rows: Uint32Array): number {
  let timed = 0
  for (let k = 0; k < rows.length; k++) if (!Number.isNaN(events.time[rows[k]])) timed++
  return timed
}

/** Rows in time order; equal times keep the order of the log. Events without time are dropped or come first. */
function timeOrder(
  events: EventColumns,
  rows: Uint32Array,
  timed: number,
  untimed: 'drop' | 'first',
  notes: string[],
): Uint32Array {
  let kept = rows
  if (timed < rows.length) {
    const without = (rows.length - timed).toLocaleString('en')
    if (untimed === 'drop') {
      kept = rows.filter((row) => !Number.isNaN(events.time[row]))
      notes.push(`${without} events without a time were left out of the time-ordered data.`)
    } else {
      notes.push(`${without} events without a time were put before all others.`)
    }
  }
  const order = ascendingOrder(gather(events.time, kept, new Float64Array(kept.length)))
  return gather(kept, order, order)
}

function withoutRepeats(events: EventColumns, rows: Uint32Array, notes: string[]): Uint32Array {
  const columns = { user: new Uint32Array(rows.length), item: new Uint32Array(rows.length) }
  gather(events.user, rows, columns.user)
  gather(events.item, rows, columns.item)
  const heldOut = gather(events.heldOut, rows, new Uint8Array(rows.length))
  const kept = firstOfEachPair(columns, events.users.ids.length, events.items.ids.length, heldOut)
  const dropped = rows.length - kept.length
  if (dropped > 0) {
    notes.push(`${dropped.toLocaleString('en')} repeats of a user–item pair were dropped.`)
  }
  return gather(rows, kept, kept)
}

/** Index in `to` of every id in `from`. Every event's item and user is in the catalog: the store makes it so. */
function translate(from: IdTable, to: IdTable): Uint32Array {
  const index = new Uint32Array(from.ids.length)
  for (let k = 0; k < index.length; k++) index[k] = indexOfId(to, stringAt(from.ids, k))
  return index
}

function replaceNaN(time: Float64Array): void {
  for (let k = 0; k < time.length && Number.isNaN(time[k]); k++) time[k] = Number.NEGATIVE_INFINITY
}

function latest(time: Float64Array): number {
  let last = Number.NaN
  for (let k = 0; k < time.length; k++) if (!(time[k] <= last) && !Number.isNaN(time[k])) last = time[k]
  return last
}
