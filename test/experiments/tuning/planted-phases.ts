/** @file A source that follows the weights of the query: whose phase is over counts as much as the weights let it; threads load this file too. */

import { z } from 'zod'
import { registerSource } from '../../../src/sources/registry.ts'

/** Days that a phase of a user lasts; one item of its shelf is taken up a day. */
export const PHASE = 12
const SHELF = 2 * PHASE
export const SHELVES = 25

/** What a user takes up on a day: the next item of the shelf of that phase. Users begin on different days. */
export function phaseItem(user: number, day: number): number {
  const lived = day + (user % PHASE)
  const shelf = (user + 7 * Math.floor(lived / PHASE)) % SHELVES
  return shelf * SHELF + (lived % PHASE)
}

/** Every query item speaks for its whole shelf with its weight. */
registerSource(
  {
    name: 'planted-phases',
    summary: 'The shelves of the query items.',
    surfaces: ['home'],
    options: z.strictObject({}),
    fit: async () => ({ arrays: {}, meta: {} }),
    open: () => ({
      name: 'planted-phases',
      propose({ items: query, weights }, limit) {
        const votes = new Float32Array(SHELVES)
        query.forEach((item, q) => {
          votes[Math.floor(item / SHELF)] += weights[q]
        })
        const asked = new Set(query)
        const shelves = Array.from(votes.keys()).filter((shelf) => votes[shelf] > 0)
        shelves.sort((a, b) => votes[b] - votes[a] || a - b)
        const items = shelves
          .flatMap((shelf) => Array.from({ length: SHELF }, (_, k) => shelf * SHELF + k))
          .filter((item) => !asked.has(item))
          .slice(0, limit)
        return {
          items: Uint32Array.from(items),
          scores: Float32Array.from(items, (item) => votes[Math.floor(item / SHELF)]),
        }
      },
    }),
  },
  import.meta.url,
)
export const PHASE_ITEMS = SHELVES * SHELF
