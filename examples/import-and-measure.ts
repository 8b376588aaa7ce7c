/**
 * @file Events from a CSV file whose columns have names of their own, and how well they can be predicted.
 *
 *   node examples/import-and-measure.ts [orders.csv]
 *
 * In a project of your own, import from 'labrador'.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate, importFile, markdownReport, openStore } from '../src/index.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-example-'))
const file = process.argv[2] ?? join(folder, 'orders.csv')
if (!process.argv[2]) await writeFile(file, madeUpOrders())

const store = openStore(join(folder, 'store.db'))
const { read, added, rejected, rejectFile } = await importFile(store, 'events', file, {
  mapping: {
    columns: { id: 'order', user: 'customer', item: 'sku', time: 'when' },
    constants: { kind: 'purchase' },
  },
})
console.log(`${read} rows read, ${added} added, ${rejected} rejected`)
if (rejectFile) console.log(`The reasons are in ${rejectFile.split('/').at(-1)}.`)

// The last fifth of the time is predicted from what came before.
const report = await evaluate(store, { surface: 'home', sources: ['co-occurrence', 'popular'], threads: 1 })
console.log(markdownReport(report))

store.close()
await rm(folder, { recursive: true })

/** Two thousand orders of customers who keep to one shelf of forty things; one row is broken on purpose. */
function madeUpOrders(): string {
  const start = Date.parse('2026-01-01') / 1000
  const rows = Array.from({ length: 2000 }, (_, k) => {
    const customer = (k * 7) % 100
    return `o${k},c${customer},sku-${(customer % 5) * 40 + scattered(k, 40)},${start + k * 600}`
  })
  return `${['order,customer,sku,when', ...rows, 'o2000,c1,sku-1,yesterday'].join('\n')}\n`
}

/** A number below `most` that looks random and is the same every time. */
function scattered(k: number, most: number): number {
  return Math.floor(Math.abs((Math.sin(k + 1) * 10_000) % 1) * most)
}
