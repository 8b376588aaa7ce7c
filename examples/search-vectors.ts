/**
 * @file A million vectors, searched whole by all threads.
 *
 *   node examples/search-vectors.ts [rows]
 *
 * In a project of your own, import from 'labrador/vectors'.
 */

import { ThreadedSearch, VectorTable } from '../src/vectors/index.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const dim = 64
const attributes = { stock: { kind: 'category', values: ['here', 'to order'] } } as const
const table = new VectorTable({ dim, format: 'int8', metric: 'cosine', attributes })
const part = new Float32Array(10_000 * dim)
while (table.rows < rows) {
  const vectors = part.subarray(0, dim * Math.min(10_000, rows - table.rows))
  for (let j = 0; j < vectors.length; j++) vectors[j] = Math.random() - 0.5
  table.append(vectors, (n) => ({ stock: n % 10 === 0 ? 'here' : 'to order' }))
}

const search = new ThreadedSearch(table)
const queries = table.vectorAt(12_340 % rows)
const filter = { attribute: 'stock', anyOf: ['here'] }
await search.search({ queries, k: 3 })
const start = performance.now()
const [found] = await search.search({ queries, k: 3, filter })
console.log(`${table.live} rows in ${(performance.now() - start).toFixed(1)} ms, by cosine with a filter:`)
for (const [n, row] of found.items.entries()) console.log(`  row ${row}: ${found.scores[n].toFixed(3)}`)
await search.close()
