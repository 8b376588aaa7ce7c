/** @file Two lists become the best of both, in order, natively as in TypeScript. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom, shuffle } from '../../src/base/random.ts'
import { localRows } from '../../src/vectors/lists.ts'
import { mergeInto, mergeNeighbours } from '../../src/vectors/merge-neighbours.ts'
import { mergeNatively, nativeInstructions } from '../../src/vectors/native-kernel.ts'
import type { Neighbours } from '../../src/vectors/neighbours.ts'

type Merge = (into: Neighbours, a: Neighbours, b: Neighbours) => void

const ways: [string, Merge][] = [
  ['TypeScript', mergeInto],
  ...(nativeInstructions()
    ? [['the native module', (into, a, b) => void mergeNatively(a, b, into)] as [string, Merge]]
    : []),
]

const cases = fc.record({
  seed: fc.integer(),
  lengths: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90 })), {
    minLength: 2,
    maxLength: 4,
  }),
  /** Few make equal scores frequent. */
  scores: fc.constantFrom(1, 3, 50, 1e6),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})

const inOrder = (a: [row: number, score: number], b: [row: number, score: number]) =>
  b[1] - a[1] || a[0] - b[0]

function randomLists({ seed, lengths, scores }: { seed: number; lengths: number[]; scores: number }) {
  const random = createRandom(seed)
  const rows = Uint32Array.from({ length: lengths.reduce((sum, length) => sum + length, 0) }, (_, row) => row)
  shuffle(rows, random)
  let next = 0
  return lengths.map((length) =>
    Array.from({ length }, (): [number, number] => [
      rows[next++],
      random.below(scores) - Math.floor(scores / 2),
    ]).sort(inOrder),
  )
}

const listOf = (pairs: [number, number][]): Neighbours => ({
  items: Uint32Array.from(pairs, ([row]) => row),
  scores: Float32Array.from(pairs, ([, score]) => score),
})
const pairsOf = ({ items, scores }: Neighbours) => Array.from(items, (row, n) => [row, scores[n]])

for (const [way, merge] of ways)
  test(`${way} merges two lists to the best rows of both`, () => {
    fc.assert(
      fc.property(cases, (one) => {
        const [a, b] = randomLists(one)
        const size = Math.round(one.share * (a.length + b.length))
        const into = localRows(size)
        merge(into, listOf(a), listOf(b))
        assert.deepEqual(pairsOf(into), [...a, ...b].sort(inOrder).slice(0, size))
      }),
      { numRuns: 300 },
    )
  })

test('any number of lists becomes the best k of all', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const lists = randomLists(one)
      const k = 1 + Math.round(one.share * 200)
      const merged = mergeNeighbours(lists.map(listOf), k)
      assert.deepEqual(pairsOf(merged), lists.flat().sort(inOrder).slice(0, k))
    }),
  )
})
