/** @file A source that is right about the head of its list and as sure of the noise behind it; threads load this file too. */

import { z } from 'zod'
import { registerSource } from '../../../src/sources/registry.ts'

export const ITEMS = 400
/** What comes next is first in the list; the rest is drawn from all items. */
const HEAD = 10
const LIST = 300

/** The items that a user takes up, one after the other. */
export const queueItem = (user: number, place: number) => (user * 37 + place * 11) % ITEMS

/** All scores are the same, so that no weight can tell the head from what is behind it: only a quota can. */
registerSource(
  {
    name: 'planted-queue',
    summary: 'What is next in the queue of a user, then noise.',
    surfaces: ['home'],
    options: z.strictObject({}),
    fit: async () => ({ arrays: {}, meta: {} }),
    open: () => ({
      name: 'planted-queue',
      propose({ user, items: query }, limit) {
        const asked = new Set(query)
        const ordered = new Set<number>()
        for (let k = 0; k < HEAD; k++) ordered.add(queueItem(user, query.length + k))
        for (let k = 0; ordered.size < LIST; k++) ordered.add((user * 101 + k * 7) % ITEMS)
        const items = [...ordered].filter((item) => !asked.has(item)).slice(0, limit)
        return { items: Uint32Array.from(items), scores: new Float32Array(items.length).fill(1) }
      },
    }),
  },
  import.meta.url,
)
