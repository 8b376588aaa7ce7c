import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fullRows } from '../../../src/nn/embeddings/full.ts'
import { hashedRows } from '../../../src/nn/embeddings/hashed.ts'
import { quotientRemainderRows } from '../../../src/nn/embeddings/quotient-remainder.ts'
import type { RowMapping } from '../../../src/nn/embeddings/row-mapping.ts'
import { unifiedRows } from '../../../src/nn/embeddings/unified.ts'

const COUNT = 20_000
const IDS = Uint32Array.from({ length: COUNT }, (_, id) => id)

/** Ids whose rows are all those of an earlier id. */
function collisions({ lookups, map }: RowMapping, ids = IDS): number {
  const rows = map(ids)
  const keys = Array.from(ids, (_, k) => rows.slice(k * lookups, (k + 1) * lookups).join())
  return ids.length - new Set(keys).size
}

test('every mapping gives each id its rows, and they are rows of the table', () => {
  const count = fc.integer({ min: 1, max: 1000 })
  const mappings = fc.oneof(
    count.map((ids) => ({ ids, mapping: fullRows(ids) })),
    fc
      .tuple(count, fc.integer({ min: 1, max: 3 }), fc.integer())
      .map(([rows, lookups, salt]) => ({ ids: 2 ** 31, mapping: hashedRows(rows, { lookups, salt }) })),
    count.map((ids) => ({ ids, mapping: quotientRemainderRows(ids) })),
    fc.tuple(count, count).map(([ids, divisor]) => ({ ids, mapping: quotientRemainderRows(ids, divisor) })),
  )
  const property = fc.property(
    mappings,
    fc.array(fc.nat(), { maxLength: 20 }),
    ({ ids: below, mapping }, drawn) => {
      const ids = Uint32Array.from(drawn, (id) => id % below)
      const rows = mapping.map(ids)
      assert.equal(rows.length, ids.length * mapping.lookups)
      assert.ok(rows.every((row) => row < mapping.rows))
      const out = new Uint32Array(rows.length)
      assert.equal(mapping.map(ids, out), out)
      assert.deepEqual(out, rows)
    },
  )
  fc.assert(property, { seed: 1 })
})

test('hashed ids, in any order of numbers, fall on all rows alike', () => {
  for (const step of [1, 2, 64, 4096, 100_003]) {
    const rows = 500
    const counts = new Float64Array(rows)
    for (const row of hashedRows(rows, { salt: 3 }).map(IDS.map((id) => id * step))) counts[row]!++
    const expected = COUNT / rows
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // Mean 499, deviation 31.6: five of them.
    assert.ok(Math.abs(chiSquared - 499) < 160, `step ${step}: ${chiSquared}`)
  }
})

test('one hash collides as often as chance has it, and two hashes hardly ever in both', () => {
  const rows = 50_000
  // Of n balls in m boxes, n − m (1 − (1 − 1/m)ⁿ) meet an earlier one.
  const expected = COUNT - rows * (1 - (1 - 1 / rows) ** COUNT)
  const found = collisions(hashedRows(rows))
  assert.ok(Math.abs(found - expected) < 5 * Math.sqrt(expected), `${found} for ${expected}`)
  assert.ok(collisions(hashedRows(rows, { lookups: 2 })) <= 3)
})

test('quotient and remainder tell all ids apart with about twice the root of their number in rows', () => {
  const mapping = quotientRemainderRows(COUNT)
  assert.equal(collisions(mapping), 0)
  assert.equal(mapping.rows, 142 + 141)
  assert.equal(new Set(mapping.map(IDS)).size, mapping.rows)
  assert.deepEqual([...quotientRemainderRows(10, 4).map(Uint32Array.of(0, 5, 9))], [0, 4, 1, 5, 1, 6])
})

test('features in one table have rows of their own: who shares one in one feature does not in another', () => {
  const { brand, shop } = unifiedRows(1000, { brand: 1, shop: 2 })
  assert.deepEqual([brand.rows, brand.lookups, shop.lookups], [1000, 1, 2])
  const ids = IDS.subarray(0, 2000)
  const brands = brand.map(ids)
  const shops = shop.map(ids).filter((_, k) => k % 2 === 0)
  const same = brands.filter((row, k) => row === shops[k]).length
  assert.ok(same < 12, `${same} of 2 expected`)
  // Pairs of neighbours by brand row, of which about 1 in 1000 are neighbours by shop row too.
  let pairs = 0
  let both = 0
  for (let a = 0; a < ids.length; a++) {
    for (let b = 0; b < a; b++) {
      if (brands[a] !== brands[b]) continue
      pairs++
      if (shops[a] === shops[b]) both++
    }
  }
  assert.ok(pairs > 1500 && both < 12, `${both} of ${pairs}`)
})
