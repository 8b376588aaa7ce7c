/** @file The log of requests counted into the counters of a snapshot. */

import type { Artefact } from '../base/array-file.ts'
import { type IdTable, type ItemId, indexOfId } from '../base/id-table.ts'
import { type ExpectedClicks, expectedClicks, PlaceSums } from '../ranking/counters/expected-clicks.ts'
import { LiveCounters } from '../ranking/counters/live-counters.ts'
import { MemBoost } from '../ranking/counters/mem-boost.ts'
import type { CounterOptions } from '../ranking/counters/options.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import type { AnsweredRequest } from '../store/request-log.ts'
import type { Store } from '../store/store.ts'
import { actedOn, shownBy } from './counting.ts'

/** The newest so many requests are counted: it bounds the time that it takes, and older ones have faded. */
const COUNTED_REQUESTS = 200_000

/**
 * Counts request by request: what was shown, then what came of it.
 *
 * @param items of the snapshot
 * @param eventPosition events up to here count; later ones are replayed when a server starts
 * @returns undefined when no request was logged
 */
export function countLog(store: Store, items: IdTable, eventPosition: number): Artefact | undefined {
  const from = oldestCounted(store)
  const memBoost = new MemBoost()
  const expected = expectationsOf(store, from, eventPosition, memBoost.options)
  const counters = new LiveCounters(memBoost, expected)
  const indexOf = (item: ItemId) => indexOfId(items, item)
  let position = 0
  for (const batch of store.requests(from)) {
    for (const answered of batch.requests) {
      const shown = shownBy(answered.request, indexOf)
      const acted = outcomesUntil(answered, eventPosition).flatMap(
        ({ item, kind }) => actedOn(shown, indexOf(item), kind) ?? [],
      )
      counters.count([shown, ...acted])
    }
    position = batch.position
  }
  if (position === 0) return undefined
  const { arrays, meta } = counters.pack()
  return { arrays, meta: { ...meta, [POSITION]: position } }
}

/**
 * Position in the log of requests after which they are to be replayed.
 *
 * @param counters as `countLog` left them
 */
export function uncountedFrom(store: Store, counters: Artefact | undefined): number {
  return Math.max(oldestCounted(store), counters ? (counters.meta[POSITION] as number) : 0)
}

const oldestCounted = (store: Store) => Math.max(0, store.lastRequestPosition() - COUNTED_REQUESTS)

const POSITION = 'position'

function expectationsOf(
  store: Store,
  from: number,
  eventPosition: number,
  { actions }: CounterOptions,
): ExpectedClicks {
  const sums = () => ({ all: new PlaceSums(), randomised: new PlaceSums() })
  const bySurface: Record<Surface, ReturnType<typeof sums>> = { related: sums(), home: sums() }
  for (const { requests } of store.requests(from)) {
    for (const answered of requests) {
      const { shown, surface, policy } = answered.request
      const gained = new Float64Array(shown.items.length)
      for (const { item, kind } of outcomesUntil(answered, eventPosition)) {
        const place = shown.items.indexOf(item)
        if (place >= 0) gained[place] += actions[kind] ?? 0
      }
      const { all, randomised } = bySurface[surface as Surface]
      all.add(gained)
      if (policy === 'uniform') randomised.add(gained)
    }
  }
  const entries = SURFACES.map((surface) => [
    surface,
    expectedClicks(bySurface[surface].all, bySurface[surface].randomised),
  ])
  return Object.fromEntries(entries) as ExpectedClicks
}

const outcomesUntil = ({ outcomes }: AnsweredRequest, eventPosition: number) =>
  outcomes.filter(({ position }) => position <= eventPosition)
