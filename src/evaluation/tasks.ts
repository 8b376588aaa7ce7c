/** @file Evaluation tasks as columns over shared memory: who asks with what, what was relevant, what was seen before. */

import { sharedFloat64, sharedUint32 } from '../base/shared.ts'
import { type QueryConstants, queryWeights } from '../cascade/surfaces.ts'
import type { Protocol, UserTable } from '../data/dataset.ts'
import type { ResolvedRequest, Surface } from '../sources/request.ts'

/** Lists of item indices, one per task: task t has `items[offsets[t] .. offsets[t + 1])`. */
export interface ItemLists {
  offsets: Uint32Array
  items: Uint32Array
}

/** How data is split, and what of it is asked for: see `protocol.ts`. */
export type TaskProtocol = Protocol | 'visits, temporal'

/** Stands for a user of whom nothing is known. */
export const NOBODY = 0xffffffff

/** Everything that workers need to ask, rank and judge. */
export interface EvaluationTasks extends QueryConstants {
  protocol: TaskProtocol
  surface: Surface
  length: number
  /** What the bootstrap resamples (a user or a session), dense from 0, ascending. */
  unit: Uint32Array
  units: number
  /** Units that fulfil the protocol, sampled or not. */
  population: number
  /** User index of each task; NOBODY when unknown. */
  user: Uint32Array
  /** When the request is made, ms since 1970; NaN without times. */
  time: Float64Array
  /** Query items, oldest first, distinct. */
  query: ItemLists
  /** Beside `query.items`, ms, NaN without times. */
  queryTimes: Float64Array
  /** Relevant items, ascending; at least one per task. */
  relevant: ItemLists
  /** Items that are taken out of every ranking, ascending: the user's train items, or nothing for sessions. */
  seen: ItemLists
  /** 1 = part of the catalogue that is ranked, per item. */
  eligible: Uint8Array
}

export function listOf(lists: ItemLists, task: number): Uint32Array {
  return lists.items.subarray(lists.offsets[task]!, lists.offsets[task + 1]!)
}

/** A task as the request that sources would see. */
export function requestOf(
  tasks: EvaluationTasks,
  task: number,
  codes: UserCodes,
  seed: number,
): ResolvedRequest {
  const end = tasks.query.offsets[task + 1]!
  const start = Math.max(tasks.query.offsets[task]!, end - tasks.queryItems)
  const items = tasks.query.items.subarray(start, end)
  const user = tasks.user[task]!
  return {
    surface: tasks.surface,
    items,
    weights: queryWeights(tasks.fading, items.length),
    times: tasks.queryTimes.subarray(start, end),
    user: user === NOBODY ? -1 : user,
    region: codes.region[user] ?? 0,
    language: codes.language[user] ?? 0,
    segment: codes.segment[user] ?? 0,
    time: tasks.time[task]!,
    seed: seedOf(task, seed),
  }
}

/** The seed of a task's random choices. */
export function seedOf(task: number, seed: number): number {
  return (Math.imul(seed, 0x9e3779b1) ^ Math.imul(task + 1, 0x85ebca6b)) >>> 0
}

/** Codes of every user's region, language and segment. */
export interface UserCodes {
  region: Uint32Array
  language: Uint32Array
  segment: Uint32Array
}

export function userCodes(users: UserTable): UserCodes {
  return { region: users.region.codes, language: users.language.codes, segment: users.segment.codes }
}

/** What one task adds; see `EvaluationTasks`. */
export interface TaskRow {
  unit: number
  user: number
  time: number
  query: readonly number[]
  queryTimes: readonly number[]
  relevant: readonly number[]
  seen: readonly number[]
}

/** Grows tasks row by row. */
export class TaskBuilder {
  readonly #rows: TaskRow[] = []

  add(row: TaskRow): void {
    this.#rows.push(row)
  }

  /** @param population units that fulfil the protocol, of which the rows are a sample or all */
  build(
    protocol: TaskProtocol,
    { surface, queryItems, fading }: QueryConstants & { surface: Surface },
    eligible: Uint8Array,
    population: number,
  ): EvaluationTasks {
    const rows = this.#rows
    const unitNumbers = new Map<number, number>()
    for (const { unit } of rows) if (!unitNumbers.has(unit)) unitNumbers.set(unit, unitNumbers.size)
    const shared = (value: (row: TaskRow) => number) => {
      const column = sharedUint32(rows.length)
      rows.forEach((row, t) => {
        column[t] = value(row)
      })
      return column
    }
    const time = sharedFloat64(rows.length)
    const queryTimes = sharedFloat64(rows.reduce((sum, { query }) => sum + query.length, 0))
    let at = 0
    rows.forEach((row, t) => {
      time[t] = row.time
      queryTimes.set(row.queryTimes, at)
      at += row.query.length
    })
    return {
      protocol,
      surface,
      queryItems,
      fading,
      length: rows.length,
      unit: shared((row) => unitNumbers.get(row.unit)!),
      units: unitNumbers.size,
      population: Math.max(population, unitNumbers.size),
      user: shared((row) => row.user),
      time,
      query: itemLists(rows.map((row) => row.query)),
      queryTimes,
      relevant: itemLists(rows.map((row) => row.relevant)),
      seen: itemLists(rows.map((row) => row.seen)),
      eligible,
    }
  }
}

function itemLists(lists: readonly (readonly number[])[]): ItemLists {
  const offsets = sharedUint32(lists.length + 1)
  lists.forEach((list, t) => {
    offsets[t + 1] = offsets[t]! + list.length
  })
  const items = sharedUint32(offsets[lists.length]!)
  lists.forEach((list, t) => {
    items.set(list, offsets[t]!)
  })
  return { offsets, items }
}
