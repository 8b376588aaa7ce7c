/** @file Merging candidate lists. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Candidates } from '../../src/sources/candidates.ts'
import { filterMerged, mergeCandidates, NOT_PROPOSED } from '../../src/sources/merge.ts'

const list = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 }).map(
  (items): Candidates => ({
    items: Uint32Array.from(items),
    scores: Float32Array.from(items, (_, rank) => 1 / (rank + 1)),
  }),
)

test('every proposal of every source is found again, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.option(list), { minLength: 1, maxLength: 6 }), (lists) => {
      const merged = mergeCandidates(lists)
      const expected = [...new Set(lists.flatMap((one) => [...(one?.items ?? [])]))].sort((a, b) => a - b)
      assert.deepEqual([...merged.items], expected)
      for (const [row, item] of expected.entries()) {
        for (const [source, one] of lists.entries()) {
          const rank = one ? one.items.indexOf(item) : -1
          const cell = row * lists.length + source
          assert.equal((merged.sources[row]! >> source) & 1, rank < 0 ? 0 : 1)
          assert.equal(merged.ranks[cell], rank < 0 ? NOT_PROPOSED : rank)
          assert.deepEqual(merged.scores[cell], rank < 0 ? Number.NaN : one!.scores[rank])
        }
      }
    }),
  )
})

test('filtering keeps whole rows in their order', () => {
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), (lists) => {
      const merged = mergeCandidates(lists)
      const even = (item: number) => item % 2 === 0
      const kept = filterMerged(merged, even)
      const only = lists.map((one) => {
        const rows = [...one.items.keys()].filter((row) => even(one.items[row]!))
        return { items: rows.map((row) => one.items[row]!), scores: rows.map((row) => one.scores[row]!) }
      })
      const reference = mergeCandidates(
        only.map((one) => ({ items: Uint32Array.from(one.items), scores: Float32Array.from(one.scores) })),
      )
      assert.deepEqual([...kept.items], [...reference.items])
      assert.deepEqual([...kept.sources], [...reference.sources])
      assert.deepEqual([...kept.scores], [...reference.scores])
    }),
  )
})
