/** @file What inputs are filled with where ids share the rows of a table. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { hashedRows } from '../../src/nn/embeddings/hashed.ts'
import { quotientRemainderRows } from '../../src/nn/embeddings/quotient-remainder.ts'
import type { RowMapping } from '../../src/nn/embeddings/row-mapping.ts'
import { TableFill } from '../../src/nn/table-fill.ts'
import { input } from '../../src/nn/tensor.ts'

const [IDS, DIM] = [50, 4]
const mappings: Record<string, RowMapping> = {
  'hashed once': hashedRows(12),
  'hashed three times': hashedRows(12, { lookups: 3, salt: 5 }),
  'quotient and remainder': quotientRemainderRows(IDS),
}
const batch = {
  x: Uint32Array.of(3, 49, 3, 17, 20),
  'x/offsets': Uint32Array.of(0, 2, 2, 5),
  'x/weights': Float32Array.of(1, 0.5, 2, -1, 0.25),
}

/** The sum of the rows of an id, by hand. */
function vectorOf(id: number, mapping: RowMapping, { values }: EmbeddingTable): Float32Array {
  const sum = new Float32Array(DIM)
  for (const row of mapping.map(Uint32Array.of(id)))
    for (let j = 0; j < DIM; j++) sum[j]! += values[row * DIM + j]!
  return sum
}

/** Weights of the ids that a vector is made of, by ids or by bags. */
function parts(isBag: boolean): [id: number, weight: number][][] {
  const one = (k: number): [number, number] => [batch.x[k]!, isBag ? batch['x/weights'][k]! : 1]
  if (!isBag) return Array.from(batch.x, (_, k) => [one(k)])
  return [[one(0), one(1)], [], [one(2), one(3), one(4)]]
}

for (const [name, mapping] of Object.entries(mappings))
  for (const isBag of [false, true]) {
    const open = () => {
      const table = new EmbeddingTable(mapping.rows, DIM, { seed: 1 })
      return { table, fill: new TableFill({ input: input('x', ['n', DIM]), table, isBag, mapping }) }
    }

    test(`${name}, ${isBag ? 'bags' : 'ids'}: a vector is the sum of the rows of its ids`, () => {
      const { table, fill } = open()
      const found = fill.gather(batch)
      const expected = parts(isBag).map((part) => {
        const sum = new Float64Array(DIM)
        for (const [id, weight] of part)
          vectorOf(id, mapping, table).forEach((value, j) => {
            sum[j]! += weight * value
          })
        return sum
      })
      assert.equal(found.length, expected.length * DIM)
      expected.forEach((vector, n) => {
        vector.forEach((value, j) => {
          assert.ok(Math.abs(value - found[n * DIM + j]!) < 1e-6)
        })
      })
    })

    test(`${name}, ${isBag ? 'bags' : 'ids'}: a gradient comes to each row as often as it was taken`, () => {
      const { table, fill } = open()
      const before = table.values.slice()
      const gradients = Float32Array.from({ length: parts(isBag).length * DIM }, (_, k) => Math.sin(1 + k))
      fill.gather(batch)
      fill.add(batch, gradients)
      table.update(0.1)
      const sums = new Float64Array(mapping.rows * DIM)
      parts(isBag).forEach((part, n) => {
        for (const [id, weight] of part)
          for (const row of mapping.map(Uint32Array.of(id)))
            for (let j = 0; j < DIM; j++) sums[row * DIM + j]! += weight * gradients[n * DIM + j]!
      })
      const reference = new EmbeddingTable(mapping.rows, DIM, { seed: 1 })
      const touched = Uint32Array.from({ length: mapping.rows }, (_, row) => row).filter((row) =>
        sums.subarray(row * DIM, (row + 1) * DIM).some((value) => value !== 0),
      )
      const own = new Float32Array(touched.length * DIM)
      touched.forEach((row, k) => {
        own.set(Float32Array.from(sums.subarray(row * DIM, (row + 1) * DIM)), k * DIM)
      })
      reference.add(touched, own)
      reference.update(0.1)
      assert.notDeepEqual(table.values, before)
      table.values.forEach((value, k) => {
        assert.ok(Math.abs(value - reference.values[k]!) < 1e-5)
      })
    })
  }

test('the next batch is filled with rows of its own', () => {
  const mapping = hashedRows(12, { lookups: 2 })
  const table = new EmbeddingTable(mapping.rows, DIM, { seed: 1 })
  const fill = new TableFill({ input: input('x', ['n', DIM]), table, mapping })
  const first = fill.gather({ x: Uint32Array.of(1, 2) }).slice()
  const second = fill.gather({ x: Uint32Array.of(2, 1) }).slice()
  assert.deepEqual(second.subarray(0, DIM), first.subarray(DIM))
  assert.deepEqual(second.subarray(DIM), first.subarray(0, DIM))
})
