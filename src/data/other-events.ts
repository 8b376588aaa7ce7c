/** @file Events that are not positive: what a user has rated low, marked for later or hidden. */

import { sharedFloat32, sharedFloat64, sharedUint8, sharedUint32 } from '../base/shared.ts'
import { EVENT_KINDS } from '../store/records.ts'
import type { EventColumns } from '../store/store.ts'
import type { OtherEvents } from './dataset.ts'
import { ascendingOrder, gather } from './order.ts'
import { kindWeights, type PositiveRule, positiveWeight } from './positive.ts'

/** Says nothing of the user's liking, and there are many. */
const IMPRESSION = EVENT_KINDS.indexOf('impression')

export interface OtherEventsRule {
  positive: PositiveRule
  /** Whether the dataset's interactions have times. */
  timed: boolean
  /** Whether events that the dataset itself marks as test are left out. */
  heldOut: boolean
}

/**
 * @param userIndex index of each of the log's users, in the dataset
 * @param itemIndex index of each of the log's items
 */
export function loadOthers(
  events: EventColumns,
  { positive, timed, heldOut }: OtherEventsRule,
  userIndex: Uint32Array,
  itemIndex: Uint32Array,
): OtherEvents {
  const weights = kindWeights(positive)
  const isOther = (k: number) =>
    events.kind[k] !== IMPRESSION &&
    !(heldOut && events.heldOut[k] === 1) &&
    positiveWeight(weights, positive.minimumRating, events.kind[k], events.value[k]) === 0
  const inLog = rowsWhere(events.length, isOther)
  const length = inLog.length
  const order = timed ? ascendingOrder(gather(events.time, inLog, new Float64Array(length))) : null
  const placed = order ? gather(inLog, order, order) : inLog
  return {
    length,
    user: gather(userIndex, gather(events.user, placed, new Uint32Array(length)), sharedUint32(length)),
    item: gather(itemIndex, gather(events.item, placed, new Uint32Array(length)), sharedUint32(length)),
    kind: gather(events.kind, placed, sharedUint8(length)),
    value: gather(events.value, placed, sharedFloat32(length)),
    time: timed ? gather(events.time, placed, sharedFloat64(length)) : null,
  }
}

/** The others for which `keep` holds, by row. */
export function selectOthers(others: OtherEvents, keep: (row: number) => boolean): OtherEvents {
  const rows = rowsWhere(others.length, keep)
  const length = rows.length
  return {
    length,
    user: gather(others.user, rows, sharedUint32(length)),
    item: gather(others.item, rows, sharedUint32(length)),
    kind: gather(others.kind, rows, sharedUint8(length)),
    value: gather(others.value, rows, sharedFloat32(length)),
    time: others.time && gather(others.time, rows, sharedFloat64(length)),
  }
}

function rowsWhere(length: number, keep: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(length)
  let count = 0
  for (let row = 0; row < length; row++) if (keep(row)) rows[count++] = row
  return rows.slice(0, count)
}
