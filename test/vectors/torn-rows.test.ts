/** @file Readers see a row as it was before a write or after it, never a part of each. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { sharedInt32 } from '../../src/base/shared.ts'
import { scanKernels } from '../../src/vectors/kernels.ts'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import type { KernelName } from '../../src/vectors/scanner.ts'
import type { Format, Metric } from '../../src/vectors/table-layout.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'
import { COLUMNS, scanTable } from './random-table.ts'
import type { FlippingData } from './row-flipping-worker.ts'
import { testedKernels } from './tested-kernels.ts'

const DIM = 400
const ROWS = 640
const MANY = 17
/** The plain kernel takes so long for a block that writers often make it begin again. */
const searchesOf = (name: KernelName) => (name === 'reference' ? 10 : 200)
const WRITERS = 2
/** Between two waits for a writer: few of them meet one at the moment that matters. */
const SCANS = 60

/** Their mixtures score in between; their scales and lengths differ too. */
const VECTORS: [Float32Array, Float32Array] = [
  Float32Array.from({ length: DIM }, (_, j) => 1 + (j % 3)),
  Float32Array.from({ length: DIM }, (_, j) => -20 - (j % 7)),
]

const cases: [Format, Metric, approximation?: boolean][] = [
  ['int8', 'inner-product'],
  ['int8', 'inner-product', true],
  ['int8', 'l2'],
  ['int4', 'inner-product'],
  ['float32', 'l2'],
]
for (const [format, metric, approximation = false] of cases)
  for (const kernel of scanKernels.filter((one) => one.isAvailable()))
    test(`${kernel.name} reports no torn row of ${format}${approximation ? ' with an approximation' : ''} by ${metric} while two threads write`, async () => {
      const table = new VectorTable({ dim: DIM, format, metric, approximation, attributes: COLUMNS })
      const whole = new VectorTable({ dim: DIM, format, metric })
      whole.append(Float32Array.of(...VECTORS[0], ...VECTORS[1]))
      table.reserve(ROWS)
      const queries = VECTORS[0].map((value, j) => value * (1 + (j % 2)))
      // Kernels have another way for many queries.
      const many = Float32Array.from({ length: MANY * DIM }, (_, j) => queries[j % DIM])
      const known = new LocalSearch(whole, kernel.name)
      const [wanted] = known.search({ queries, k: 2 })
      const scoreOf = {
        red: wanted.scores[wanted.items.indexOf(0)],
        blue: wanted.scores[wanted.items.indexOf(1)],
      }

      const state = sharedInt32(2)
      const writers = Array.from({ length: WRITERS }, (_, seed) => {
        const workerData: FlippingData = { parts: table.parts, rows: ROWS, vectors: VECTORS, seed, state }
        return new Worker(new URL('./row-flipping-worker.ts', import.meta.url), { workerData })
      })
      try {
        const search = new LocalSearch(table, kernel.name)
        for (let n = 0; n < searchesOf(kernel.name); n++) {
          // Never two searches without a write between them.
          const written = Atomics.load(state, 1)
          await Atomics.waitAsync(state, 1, written).value
          for (const { scores } of search.search({ queries: n % 2 === 0 ? queries : many, k: ROWS }))
            for (const score of scores) assert.ok(score === scoreOf.red || score === scoreOf.blue, `${score}`)
          for (const colour of ['red', 'blue'] as const) {
            const price = colour === 'red' ? 0 : 1
            const filter = {
              all: [
                { attribute: 'colour', anyOf: [colour] },
                { attribute: 'price', from: price, to: price },
              ],
            }
            const [{ scores }] = search.search({ queries, k: ROWS, filter })
            for (const score of scores) assert.equal(score, scoreOf[colour])
          }
        }
      } finally {
        const stopped = writers.map((writer) => once(writer, 'message'))
        Atomics.store(state, 0, 1)
        await Promise.all(stopped)
        await Promise.all(writers.map((writer) => writer.terminate()))
      }
      // No write was lost or counted twice.
      const live = Array.from({ length: ROWS }, (_, row) => table.has(row)).filter(Boolean).length
      assert.equal(table.live, live)
    })

// Half of one and half of the other would be far below every threshold.
const HALVES: [Float32Array, Float32Array] = [
  Float32Array.from({ length: DIM }, (_, j) => (j < DIM / 2 ? 1 : 0)),
  Float32Array.from({ length: DIM }, (_, j) => (j < DIM / 2 ? 0 : 1)),
]
// Of those that read approximations.
for (const { label, kernel } of testedKernels().filter((one) => /amx|avx/.test(one.label)))
  test(`${label} always finds rows that are among the best before and after every write`, async () => {
    const rows = 64 * 40
    const table = new VectorTable({
      dim: DIM,
      format: 'int8',
      metric: 'inner-product',
      approximation: true,
    })
    table.append(Float32Array.from({ length: rows * DIM }, (_, n) => 0.01 * (1 + (n % 13))))
    const step = 64
    const planted = Array.from({ length: rows / step }, (_, n) => n * step)
    for (const row of planted) table.set(row, HALVES[0])
    const query = new Float32Array(DIM).fill(1)
    const whole = scanTable(kernel, table, query, { k: 1 })[0].scores[0]
    // Others are passed over from the first block on.
    const floors = Float32Array.of(0.99 * whole)
    const state = sharedInt32(2)
    const writers = Array.from({ length: WRITERS }, (_, seed) => {
      const workerData: FlippingData = { parts: table.parts, rows, vectors: HALVES, seed, step, state }
      return new Worker(new URL('./row-flipping-worker.ts', import.meta.url), { workerData })
    })
    try {
      for (let n = 0; n < searchesOf(kernel.name); n++) {
        const written = Atomics.load(state, 1)
        await Atomics.waitAsync(state, 1, written).value
        for (let scans = 0; scans < SCANS; scans++) {
          const [{ items, scores }] = scanTable(kernel, table, query, { k: planted.length, floors })
          assert.deepEqual([...items], planted)
          assert.ok(scores.every((score) => score === whole))
        }
      }
    } finally {
      const stopped = writers.map((writer) => once(writer, 'message'))
      Atomics.store(state, 0, 1)
      await Promise.all(stopped)
      await Promise.all(writers.map((writer) => writer.terminate()))
    }
  })
