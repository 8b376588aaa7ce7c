/** @file Scores computed anew: what float32 finds comes back, though only bits were scanned. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import type { Neighbours } from '../../src/vectors/neighbours.ts'
import { RescoredSearch } from '../../src/vectors/rescored-search.ts'
import { type Format, METRICS } from '../../src/vectors/table-layout.ts'
import type { VectorSearch } from '../../src/vectors/vector-search.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { randomVectors } from './random-table.ts'

const DIM = 64
const ROWS = 5000
const QUERIES = 10
const K = 100

function overHere(table: VectorTable): VectorSearch {
  const local = new LocalSearch(table)
  return { search: async (request) => local.search(request), close: async () => local.close() }
}

function recall(found: Neighbours[], wanted: Neighbours[]): number {
  const hits = wanted.map(({ items }, q) => {
    const set = new Set(found[q].items)
    return items.filter((row) => set.has(row)).length / items.length
  })
  return hits.reduce((sum, share) => sum + share, 0) / hits.length
}

test('the recall of int8 is above 0.98, with float32 over the survivors above 0.999, whatever the metric', async () => {
  for (const metric of METRICS) {
    const random = createRandom(7)
    const values = Float32Array.from({ length: ROWS * DIM }, () => random.normal())
    const queries = Float32Array.from({ length: QUERIES * DIM }, () => random.normal())
    const tableOf = (format: Format) => {
      const table = new VectorTable({ dim: DIM, format, metric })
      table.append(values)
      return table
    }
    const fine = tableOf('float32')
    const wanted = await overHere(fine).search({ queries, k: K })
    const coarse = overHere(tableOf('int8'))
    assert.ok(recall(await coarse.search({ queries, k: K }), wanted) >= 0.98)
    const rescored = await new RescoredSearch(coarse, fine).search({ queries, k: K })
    assert.ok(recall(rescored, wanted) >= 0.999)
    rescored.forEach(({ scores }, q) => {
      scores.forEach((score, n) => {
        assert.ok(Math.abs(score - wanted[q].scores[n]) < 1e-4)
      })
    })
    const fromBits = await new RescoredSearch(overHere(tableOf('binary')), fine, 20).search({ queries, k: K })
    assert.ok(recall(fromBits, wanted) > 0.9)
  }
})

test('rows that are gone from the finer table are not found, equal scores keep the smaller row', async () => {
  const random = createRandom(8)
  const one = randomVectors(random, 1, 4, true)
  const coarse = new VectorTable({ dim: 4, format: 'int4', metric: 'l2' })
  const fine = new VectorTable({ dim: 4, format: 'float16', metric: 'l2' })
  for (const table of [coarse, fine]) table.append(Float32Array.from({ length: 40 }, (_, j) => one[j % 4]))
  fine.delete(1)
  const [found] = await new RescoredSearch(overHere(coarse), fine).search({ queries: one, k: 3 })
  assert.deepEqual([...found.items], [0, 2, 3])
})
