/** @file The best of many rows, against sorting them all: equal scores, clusters beside outliers, buffers that overflow. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom, type Random } from '../../src/base/random.ts'
import { BestRows, keyOf } from '../../src/vectors/best-rows.ts'
import { mergeNeighbours } from '../../src/vectors/merge-neighbours.ts'
import type { Neighbours } from '../../src/vectors/neighbours.ts'
import { sortRows } from '../../src/vectors/sort-rows.ts'

/** Scores of several kinds: spread evenly, few values, a narrow cluster with outliers. */
const kinds: Record<string, (random: Random) => number> = {
  spread: (random) => random.normal(),
  few: (random) => random.below(7) - 3,
  cluster: (random) => (random.float() < 0.01 ? 1e9 * random.normal() : 1 + random.below(500) * 2 ** -23),
}
const lists = fc.record({
  seed: fc.integer(),
  kind: fc.constantFrom(...Object.keys(kinds)),
  size: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1000, max: 6000 })),
  k: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 4000 })),
})

function scoresOf({ seed, kind, size }: { seed: number; kind: string; size: number }): Float32Array {
  const random = createRandom(seed)
  return Float32Array.from({ length: size }, () => kinds[kind](random) + 0)
}

function sorted(scores: Float32Array, k: number): Neighbours {
  const rows = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b).slice(0, k)
  return { items: Uint32Array.from(rows), scores: Float32Array.from(rows, (row) => scores[row]) }
}

test('rows that are offered piece by piece leave the k best, in order', () => {
  fc.assert(
    fc.property(lists, (list) => {
      const scores = scoresOf(list)
      const best = new BestRows()
      for (const k of [3, list.k]) {
        // A second use must not see the first.
        best.begin(k)
        for (let from = 0; from < scores.length; from += 97) {
          const rows: number[] = []
          for (let row = from; row < Math.min(scores.length, from + 97); row++)
            if (scores[row] > best.threshold) rows.push(row)
          const keys = Uint32Array.from(rows, (row) => keyOf(scores[row]))
          best.offer(Uint32Array.from(rows), keys, 0, rows.length)
        }
        assert.deepEqual(best.finish(), sorted(scores, k))
      }
    }),
  )
})

test('keys sort as scores do, and −0 is 0', () => {
  const values = [Number.NEGATIVE_INFINITY, -1e30, -1, -1e-40, 0, 1e-40, 1, 1e30, Number.POSITIVE_INFINITY]
  const keys = values.map(keyOf)
  assert.deepEqual(
    [...keys].sort((a, b) => a - b),
    keys,
  )
  assert.equal(keyOf(-0), keyOf(0))
})

test('sorting by buckets keeps the order of equal keys, whatever the keys', () => {
  fc.assert(
    fc.property(lists, (list) => {
      const scores = scoresOf(list)
      const rows = Uint32Array.from(scores.keys())
      const { rows: found } = sortRows({ rows, keys: Uint32Array.from(scores, keyOf) })
      assert.deepEqual(found.slice(), sorted(scores, scores.length).items)
    }),
  )
})

test('merged lists are what one list of all rows would be', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 4 }), (list, parts) => {
      const scores = scoresOf(list)
      const shares = Array.from({ length: parts }, (_, part) => {
        const rows = [...sorted(scores, scores.length).items].filter((row) => row % parts === part)
        return { items: Uint32Array.from(rows), scores: Float32Array.from(rows, (row) => scores[row]) }
      })
      assert.deepEqual(mergeNeighbours(shares, list.k).items, sorted(scores, list.k).items)
    }),
  )
})
