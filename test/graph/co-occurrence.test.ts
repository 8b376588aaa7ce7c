/** @file Co-occurrence: the golden boards, and a self-join as reference. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowOf } from '../../src/base/csr.ts'
import { buildItemGraph } from '../../src/graph/build-graph.ts'
import { coOccurrence, prepareCoOccurrence } from '../../src/graph/co-occurrence.ts'
import { neighbourRows } from '../../src/graph/neighbour-rows.ts'
import { type Normalisation, scoreOf } from '../../src/graph/normalisation.ts'

const [a, b, c, d] = [0, 1, 2, 3]
const boards = (sets: number[][], items: number) =>
  buildItemGraph({
    items,
    collections: sets.length,
    collection: Uint32Array.from(sets.flatMap((set, k) => set.map(() => k))),
    item: Uint32Array.from(sets.flat()),
  })
const golden = boards(
  [
    [a, b, c],
    [a, b],
    [b, d],
  ],
  4,
)
const cosine: Normalisation = { kind: 'power', query: 0.5, item: 0.5, shrinkage: 0 }
const options = { neighbours: 10, normalisation: cosine, collectionWeighting: 0, maxCollectionSize: 1000 }

test('the golden boards give the golden scores', async () => {
  const rows = await coOccurrence(golden, options, 2)
  assert.deepEqual(
    [...rowOf(rows, a)],
    [b, c].sort((x, y) => score(rows, a, y) - score(rows, a, x)),
  )
  assert.ok(Math.abs(score(rows, a, b) - 2 / Math.sqrt(6)) < 1e-6)
  assert.equal(score(rows, a, d), 0)
  assert.equal(scoreOf({ kind: 'jaccard' })(2, 2, 3, 3), 2 / 3)
  assert.equal(scoreOf({ kind: 'lift' })(2, 2, 3, 3), 0)
})

test('every normalisation equals a self-join, whatever the graph', () => {
  const normalisations: Normalisation[] = [
    cosine,
    { kind: 'power', query: 1, item: 0.3, shrinkage: 5 },
    { kind: 'jaccard' },
    { kind: 'lift' },
    { kind: 'log-likelihood' },
  ]
  const sets = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 8 }), { maxLength: 12 })
  fc.assert(
    fc.property(
      sets,
      fc.constantFrom(...normalisations),
      fc.constantFrom(0, 0.5, 1),
      fc.integer({ min: 1, max: 12 }),
      (given, normalisation, anyWeighting, neighbours) => {
        // Whole counts keep "rarer than chance" free of rounding.
        const weighting = normalisation.kind === 'power' ? anyWeighting : 0
        const shared = prepareCoOccurrence(boards(given, 12), {
          neighbours,
          normalisation,
          collectionWeighting: weighting,
          maxCollectionSize: 6,
        })
        const row = neighbourRows(shared)
        for (let q = 0; q < 12; q++) {
          row(q)
          const expected = reference(given, normalisation, weighting, q).slice(0, neighbours)
          const start = q * neighbours
          assert.equal(shared.counts[q], expected.length)
          for (const [k, one] of expected.entries()) {
            assert.ok(Math.abs(shared.scores[start + k]! - one.score) < 1e-4 * Math.max(1, one.score))
          }
        }
      },
    ),
  )
})

function reference(sets: number[][], normalisation: Normalisation, weighting: number, q: number) {
  const used = sets.filter((set) => set.length > 0 && set.length <= 6)
  const weight = (set: number[]) => Math.fround(set.length ** -weighting)
  const sum = (kept: number[][]) => kept.reduce((total, set) => total + weight(set), 0)
  const score = scoreOf(normalisation)
  const scored = []
  for (let i = 0; i < 12; i++) {
    const common = sum(used.filter((set) => set.includes(q) && set.includes(i)))
    if (i === q || common === 0) continue
    const value = score(
      common,
      sum(used.filter((set) => set.includes(q))),
      sum(used.filter((set) => set.includes(i))),
      sum(used),
    )
    if (value > 1e-6) scored.push({ item: i, score: value })
  }
  return scored.sort((x, y) => y.score - x.score || x.item - y.item)
}

function score(rows: Awaited<ReturnType<typeof coOccurrence>>, query: number, item: number): number {
  const at = rowOf(rows, query).indexOf(item)
  return at < 0 ? 0 : rows.weights![rows.offsets[query]! + at]!
}
