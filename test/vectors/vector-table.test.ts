/** @file Rows of a vector table: put, changed, deleted, taken again, over several segments and from several threads. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import { FORMATS, type TableShape } from '../../src/vectors/table-layout.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { COLUMNS, SMALL_SEGMENT } from './random-table.ts'

const shape: TableShape = { dim: 4, format: 'float32', metric: 'inner-product', attributes: COLUMNS }
const vector = (seed: number) => Float32Array.of(seed, seed + 1, -seed, 0.5)

test('after any sequence of writes the table holds what a map holds', () => {
  const write = fc.record({
    kind: fc.constantFrom('insert', 'insert', 'set', 'update', 'delete'),
    row: fc.integer({ min: 0, max: 300 }),
    seed: fc.integer({ min: -1000, max: 1000 }),
  })
  fc.assert(
    fc.property(fc.array(write, { maxLength: 200 }), (writes) => {
      const table = new VectorTable(shape, SMALL_SEGMENT)
      const map = new Map<number, number>()
      for (const { kind, row, seed } of writes) {
        if (kind === 'insert') {
          const taken = table.insert(vector(seed))
          assert.ok(!map.has(taken))
          map.set(taken, seed)
        } else if (kind === 'set') {
          table.set(row, vector(seed))
          map.set(row, seed)
        } else if (kind === 'delete') {
          assert.equal(table.delete(row), map.delete(row))
        } else if (map.has(row)) {
          table.update(row, vector(seed))
          map.set(row, seed)
        } else {
          assert.throws(() => table.update(row, vector(seed)), { code: 'not-found' })
        }
      }
      assert.equal(table.live, map.size)
      for (let row = 0; row < 310; row++) {
        assert.equal(table.has(row), map.has(row))
        const seed = map.get(row)
        if (seed === undefined) assert.throws(() => table.vectorAt(row), { code: 'not-found' })
        else assert.deepEqual(table.vectorAt(row), vector(seed))
      }
    }),
  )
})

test('a deleted row is taken again before the table grows', () => {
  const table = new VectorTable(shape)
  table.append(new Float32Array(4 * 200))
  table.delete(7)
  table.delete(150)
  assert.deepEqual(
    [table.insert(vector(1)), table.insert(vector(2)), table.insert(vector(3))].sort(),
    [150, 200, 7],
  )
  assert.equal(table.live, 201)
})

// 0.5 is a little less than three and a half steps of float32(1 / 7).
test('every format gives back its rounding of what was put in', () => {
  const given = Float32Array.of(1, -0.5, 0.25, 0)
  const kept = {
    float32: [1, -0.5, 0.25, 0],
    float16: [1, -0.5, 0.25, 0],
    int8: [127, -64, 32, 0].map((value) => value / 127),
    int4: [7, -3, 2, 0].map((value) => value / 7),
    binary: [1, -1, 1, -1].map((sign) => (sign * 1.75) / 4),
  }
  for (const format of FORMATS) {
    const table = new VectorTable({ dim: 4, format, metric: 'inner-product' })
    table.insert(given)
    table.vectorAt(0).forEach((value, j) => {
      assert.ok(Math.abs(value - kept[format][j]) < 1e-6, `${format} ${value}`)
    })
  }
})

test('scores are those worked out by hand for the int8 format', () => {
  const table = new VectorTable({ dim: 3, format: 'int8', metric: 'inner-product' })
  table.insert([1, -0.5, 0.25])
  const search = new LocalSearch(table)
  const [{ scores }] = search.search({ queries: Float32Array.of(0.5, 0.5, 0), k: 1 })
  assert.ok(Math.abs(scores[0] - 0.24803) < 1e-5)
})

test('an update changes the attributes that are named and leaves the others', () => {
  const table = new VectorTable(shape)
  const row = table.insert(vector(1), { colour: ['red', 'blue'], price: 5, added: 100 })
  const search = new LocalSearch(table)
  const finds = (filter: Parameters<LocalSearch['search']>[0]['filter']) =>
    search.search({ queries: vector(1), k: 1, filter })[0].items.length === 1
  table.update(row, vector(2), { colour: 'green' })
  assert.ok(finds({ attribute: 'colour', anyOf: ['green'] }))
  assert.ok(!finds({ attribute: 'colour', anyOf: ['red', 'blue'] }))
  assert.ok(finds({ attribute: 'price', from: 5, to: 5 }))
  table.setAttributes(row, { price: undefined })
  assert.ok(!finds({ attribute: 'price' }))
  assert.ok(finds({ attribute: 'added', from: 100 }))
  table.delete(row)
  table.set(row, vector(3))
  assert.ok(!finds({ attribute: 'added' }))
  assert.ok(!finds({ attribute: 'colour', anyOf: ['green'] }))
})

test('a row written in one table is read in another that is attached to it', () => {
  const table = new VectorTable(shape, SMALL_SEGMENT)
  table.reserve(2000)
  const other = VectorTable.attach(structuredClone(table.parts))
  const row = other.insert(vector(9))
  assert.deepEqual(table.vectorAt(row), vector(9))
  table.append(new Float32Array(4 * 1000))
  other.set(500, vector(10))
  assert.deepEqual(table.vectorAt(500), vector(10))
  assert.ok(table.parts.segments.length > 1)
})

test('only the thread that made a table appends segments; the others say what to do', () => {
  const table = new VectorTable(shape, SMALL_SEGMENT)
  table.insert(vector(1))
  const other = VectorTable.attach(structuredClone(table.parts))
  assert.throws(() => other.set(5000, vector(1)), { code: 'unavailable' })
  table.set(5000, vector(2))
  assert.throws(() => other.vectorAt(5000), { code: 'unavailable' })
})

test('what a table cannot hold is refused before anything changes', () => {
  const table = new VectorTable(shape)
  const invalid = { code: 'invalid-option' }
  table.insert(vector(1), { price: 3 })
  assert.throws(() => table.insert([1, 2, 3]), invalid)
  assert.throws(() => table.insert([1, 2, 3, Number.NaN]), invalid)
  assert.throws(() => table.insert([1, 2, 3, Number.POSITIVE_INFINITY]), invalid)
  assert.throws(() => table.insert([1, 2, 3, 1e20]), invalid)
  assert.throws(() => table.update(0, vector(2), { price: 'dear' }), invalid)
  assert.throws(() => table.update(0, vector(2), { colour: 'mauve' }), invalid)
  assert.throws(() => table.update(0, vector(2), { weight: 3 }), invalid)
  assert.throws(() => table.set(-1, vector(2)), invalid)
  assert.throws(() => table.append(new Float32Array(5)), invalid)
  assert.deepEqual([table.rows, table.live], [1, 1])
  assert.deepEqual(table.vectorAt(0), vector(1))
  for (const wrong of [
    { ...shape, dim: 0 },
    { ...shape, dim: 1.5 },
    { ...shape, dim: 1e6 },
    { ...shape, format: 'int2' },
    { ...shape, approximation: true },
    { ...shape, format: 'int4', approximation: true },
    { ...shape, format: 'int8', approximation: 'yes' },
    { ...shape, metric: 'manhattan' },
    { ...shape, attributes: { size: { kind: 'colour' } } },
    { ...shape, attributes: { size: { kind: 'category', values: [] } } },
    { ...shape, attributes: { size: { kind: 'category', values: ['s', 's'] } } },
  ])
    assert.throws(() => new VectorTable(wrong as TableShape), invalid)
})

test('rows beyond the memory are refused in words, and the table stays as it was', () => {
  const table = new VectorTable({ dim: 65536, format: 'float32', metric: 'inner-product' })
  assert.throws(() => table.reserve(2 ** 31), { code: 'insufficient-memory' })
  assert.equal(table.parts.segments.length, 0)
})

test('an approximation is counted before memory is taken, and none is taken without it', () => {
  const wide = { dim: 1024, format: 'int8', metric: 'cosine' } as const
  const neededBy = (shape: TableShape, rows: number) => {
    const table = new VectorTable(shape)
    let needed = 0
    assert.throws(
      () => table.reserve(rows),
      (error: Error & { code?: string }) => {
        needed = Number(/needs ([\d.]+) GiB/.exec(error.message)?.[1])
        return error.code === 'insufficient-memory'
      },
    )
    assert.deepEqual([table.parts.segments.length, table.parts.planes.length], [0, 0])
    return needed
  }
  const [plain, approximated] = [wide, { ...wide, approximation: true }].map((one) => neededBy(one, 2 ** 31))
  assert.ok(approximated > 1.49 * plain && approximated < 1.51 * plain, `${approximated / plain}`)
  const without = new VectorTable(wide, SMALL_SEGMENT)
  without.insert(new Float32Array(1024))
  assert.equal(without.parts.planes.length, 0)
})
