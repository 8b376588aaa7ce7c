/** @file The table of counters against slow references: sums over all events, a map for the keys, plain counts. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/base/random.ts'
import { countMinSketch, countOnce } from '../../../src/ranking/counters/count-min-sketch.ts'
import { CounterTable } from '../../../src/ranking/counters/counter-table.ts'
import { decayed } from '../../../src/ranking/counters/decay.ts'
import { EntryHeap } from '../../../src/ranking/counters/entry-heap.ts'
import { type CounterKey, hashKey, KeyTable } from '../../../src/ranking/counters/key-table.ts'

const keyOf = (number: number): CounterKey => ({ arm: number % 3, query: number % 7, item: number })

test('8 after three half-lives is 1, and without a half-life nothing is forgotten', () => {
  assert.equal(decayed(8, 21, 7), 1)
  assert.equal(decayed(8, 1e12, Number.POSITIVE_INFINITY), 8)
})

test('counters are sums over all events, each decayed by its age, late events included', () => {
  const halfLives = [10, 100, Number.POSITIVE_INFINITY]
  const event = fc.record({
    key: fc.integer({ min: 0, max: 9 }),
    clicks: fc.constantFrom(0, 1, 3),
    expected: fc.double({ min: 0, max: 1, noNaN: true }),
    time: fc.integer({ min: 0, max: 300 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const table = new CounterTable({ capacity: 16, halfLives, admission: 1 })
      for (const { key, clicks, expected, time } of events) table.add(keyOf(key), clicks, expected, time)
      const read = new Float64Array(6)
      for (let key = 0; key < 10; key++) {
        table.read(keyOf(key), 300, read)
        halfLives.forEach((halfLife, h) => {
          const own = events.filter((other) => other.key === key)
          const sum = (field: 'clicks' | 'expected') =>
            own.reduce((total, other) => total + decayed(other[field], 300 - other.time, halfLife), 0)
          assert.ok(Math.abs(read[2 * h]! - sum('clicks')) < 1e-9)
          assert.ok(Math.abs(read[2 * h + 1]! - sum('expected')) < 1e-9)
        })
      }
    }),
    { seed: 1 },
  )
})

test('a full table keeps the keys with the most expected clicks, and never grows', () => {
  const table = new CounterTable({ capacity: 50, halfLives: [1000], admission: 1 })
  const random = createRandom(3)
  for (let k = 0; k < 20_000; k++) {
    const heavy = random.float() < 0.5
    table.add(keyOf(heavy ? random.below(40) : 40 + random.below(5000)), 0, 0.1, k)
    assert.ok(table.size <= 50)
  }
  const read = new Float64Array(2)
  for (let key = 0; key < 40; key++) {
    table.read(keyOf(key), 20_000, read)
    assert.ok(read[1]! > 1, `key ${key}: ${read[1]}`)
  }
})

test('with a finite half-life what has gone quiet makes room', () => {
  const table = new CounterTable({ capacity: 2, halfLives: [10, Number.POSITIVE_INFINITY], admission: 1 })
  table.add(keyOf(1), 0, 100, 0)
  table.add(keyOf(2), 0, 1, 500)
  table.add(keyOf(3), 0, 1, 501)
  const read = new Float64Array(4)
  table.read(keyOf(1), 501, read)
  assert.deepEqual(Array.from(read), [0, 0, 0, 0])
  table.read(keyOf(2), 501, read)
  assert.equal(read[3], 1)
})

test('a key is admitted when it comes by for the second time', () => {
  const table = new CounterTable({ capacity: 100, halfLives: [10], admission: 2 })
  table.add(keyOf(1), 0, 1, 0)
  assert.equal(table.size, 0)
  table.add(keyOf(1), 0, 1, 0)
  assert.equal(table.size, 1)
})

test('a sketch never counts less than the truth', () => {
  const sketch = countMinSketch(64)
  const random = createRandom(1)
  const truth = new Map<number, number>()
  let exact = 0
  for (let k = 0; k < 500; k++) {
    const number = random.below(60)
    truth.set(number, (truth.get(number) ?? 0) + 1)
    const counted = countOnce(sketch, hashKey(keyOf(number)))
    assert.ok(counted >= truth.get(number)!)
    if (counted === truth.get(number)) exact++
  }
  assert.ok(exact > 250, `${exact} of 500`)
})

test('a sketch forgets by halves', () => {
  const sketch = countMinSketch(16)
  for (let k = 0; k < 100; k++) countOnce(sketch, 5)
  for (let k = 0; k < 29; k++) countOnce(sketch, 6)
  assert.ok(countOnce(sketch, 5) < 60)
})

test('the table of keys does what a map does, entries given to other keys included', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 200 }), fc.nat(), (numbers, seed) => {
      const random = createRandom(seed)
      const table = new KeyTable(8)
      const reference = new Map<number, number>()
      for (const number of numbers) {
        if (!reference.has(number)) {
          if (table.size < 8) reference.set(number, table.add(keyOf(number)))
          else {
            const entry = random.below(8)
            for (const [key, held] of reference) if (held === entry) reference.delete(key)
            table.replace(entry, keyOf(number))
            reference.set(number, entry)
          }
        }
        for (let key = 0; key <= 25; key++) assert.equal(table.find(keyOf(key)), reference.get(key) ?? -1)
      }
    }),
    { seed: 1 },
  )
})

test('the heap always names the smallest key, of equal ones the first entry', () => {
  const keys = fc.constantFrom(Number.NEGATIVE_INFINITY, -1, 0, 0.5, 2, 3)
  fc.assert(
    fc.property(
      fc.array(keys, { minLength: 1, maxLength: 20 }),
      fc.array(keys, { maxLength: 50 }),
      (first, later) => {
        const heap = new EntryHeap(first.length)
        const held: number[] = []
        const check = () => assert.equal(heap.smallest, held.indexOf(Math.min(...held)))
        for (const key of first) {
          heap.add(key)
          held.push(key)
          check()
        }
        later.forEach((key, k) => {
          const entry = (k * 7) % first.length
          heap.update(entry, key)
          held[entry] = key
          check()
        })
      },
    ),
    { seed: 1 },
  )
})
