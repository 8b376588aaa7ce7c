/** @file Source `fresh`: items younger than some days, by their early touches with a prior; live items at once. */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { sharedFloat32, sharedFloat64 } from '../base/shared.ts'
import { firstTouches, periodMs, popularity } from '../data/popularity.ts'
import { bestCandidates } from './merge.ts'
import type { SourceDefinition } from './source.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export const freshOptions = z.strictObject({
  /** Older items are left to the other sources. */
  maxAgeDays: z
    .number()
    .min(0.01)
    .max(3650)
    .default(14)
    .meta({ tune: { scale: 'log', from: 1, to: 90 } }),
  /** Touches that every item is given in advance, so that one early touch does not decide. */
  priorTouches: z
    .number()
    .min(0)
    .max(1000)
    .default(2)
    .meta({ tune: { from: 0, to: 20 } }),
  /** Days added to every age, so that the first minutes do not decide. */
  priorDays: z
    .number()
    .min(0.001)
    .max(365)
    .default(2)
    .meta({ tune: { scale: 'log', from: 0.1, to: 30 } }),
})

interface FreshColumns {
  items: Uint32Array
  createdAt: Float64Array
  touches: Float32Array
  maxAgeMs: number
  priorTouches: number
  priorMs: number
}

export const freshSource: SourceDefinition<z.infer<typeof freshOptions>> = {
  name: 'fresh',
  summary: 'New items, by their early touches.',
  surfaces: ['related', 'home'],
  options: freshOptions,
  unsuitable: ({ dataset }) =>
    Number.isNaN(dataset.now) && dataset.catalog.createdAt.every(Number.isNaN)
      ? 'the data has no times'
      : null,
  async fit({ dataset }, { maxAgeDays, priorTouches, priorDays }) {
    const { catalog, interactions, now } = dataset
    const count = catalog.items.ids.length
    const first = firstTouches(interactions, count)
    const created = catalog.createdAt.map((time, item) => (Number.isNaN(time) ? first[item]! : time))
    // A short period would make everything fresh: never more than its last tenth.
    const maxAgeMs = Math.min(
      maxAgeDays * DAY_MS,
      Number.isNaN(now) ? Number.POSITIVE_INFINITY : periodMs(dataset) / 10,
    )
    const touches = popularity(interactions, count, now, Number.POSITIVE_INFINITY)
    const youngest = Uint32Array.from(created.keys()).filter(
      (item) => !(created[item]! < now - maxAgeMs) && !Number.isNaN(created[item]!),
    )
    const createdAt = sharedFloat64(youngest.length)
    const touchCounts = sharedFloat32(youngest.length)
    youngest.forEach((item, k) => {
      createdAt[k] = created[item]!
      touchCounts[k] = touches[item]!
    })
    return packColumns({
      items: youngest,
      createdAt,
      touches: touchCounts,
      maxAgeMs,
      priorTouches,
      priorMs: priorDays * DAY_MS,
    } satisfies FreshColumns)
  },
  open(artefact) {
    const required = ['items', 'createdAt', 'touches', 'maxAgeMs', 'priorTouches', 'priorMs']
    const fitted = unpackColumns<FreshColumns>(artefact, 'fresh', required)
    let { items, createdAt, touches } = fitted
    return {
      name: 'fresh',
      propose(request, limit) {
        const asked = new Set(request.items)
        const scores = new Float32Array(items.length)
        for (let k = 0; k < items.length; k++) {
          const age = request.time - createdAt[k]!
          const isFresh = age >= 0 && age <= fitted.maxAgeMs && !asked.has(items[k]!)
          scores[k] = isFresh
            ? ((touches[k]! + fitted.priorTouches) / (age + fitted.priorMs)) * DAY_MS
            : Number.NEGATIVE_INFINITY
        }
        return bestCandidates(items, scores, limit)
      },
      addItems(added) {
        items = Uint32Array.from([...items, ...added.map(({ index }) => index)])
        createdAt = Float64Array.from([...createdAt, ...added.map((item) => item.createdAt)])
        touches = Float32Array.from([...touches, ...added.map(() => 0)])
      },
    }
  },
}
