/** @file Threads that merge their lists together leave what sorting all rows leaves. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { foundTogether, gathering, mergePart, roomFor } from '../../src/vectors/merge-together.ts'

const cases = fc.record({
  seed: fc.integer(),
  sizes: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })), { minLength: 2, maxLength: 5 }),
  /** Few make equal scores frequent. */
  scores: fc.constantFrom(1, 3, 50, 1e6),
  k: fc.integer({ min: 1, max: 200 }),
})

test('the parts of all threads, behind each other, are the best of all lists in order', () => {
  fc.assert(
    fc.property(cases, ({ seed, sizes, scores, k }) => {
      const random = createRandom(seed)
      const lists = sizes.map(() => [] as [row: number, score: number][])
      sizes.forEach((size, n) => {
        for (let i = 0; i < Math.min(size, k); i++)
          lists[n].push([sizes.length * random.below(1e6) + n, random.below(scores) - scores / 2])
      })
      const inOrder = (a: [number, number], b: [number, number]) => b[1] - a[1] || a[0] - b[0]
      // The room may be longer than was asked for, and holds what was left there.
      const room = roomFor(sizes.length, k + 3)
      const together = gathering(room, k)
      lists.forEach((list, n) => {
        list.sort(inOrder)
        room[n].items.fill(7)
        room[n].scores.fill(1e9)
        room[n].items.set(list.map(([row]) => row))
        room[n].scores.set(list.map(([, score]) => score))
        together.sizes[n] = list.length
      })
      for (const part of [...sizes.keys()].reverse()) mergePart(together, part)
      const { items, scores: found } = foundTogether(together)
      const wanted = lists.flat().sort(inOrder).slice(0, k)
      assert.deepEqual(
        [...items].map((row, n) => [row, found[n]]),
        wanted,
      )
    }),
    { numRuns: 500 },
  )
})
