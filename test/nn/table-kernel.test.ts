/** @file The kernels of tables of embeddings: whatever was built here gives the bits that WebAssembly gives. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { UnavailableError } from '../../src/base/errors.ts'
import { KERNEL_MEMORY_LIMIT, kernelMemory } from '../../src/base/kernel.ts'
import { createRandom } from '../../src/base/random.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { bestTableKernel, nativeInstructions, openTableKernel } from '../../src/nn/table-kernel.ts'
import { TableMemory } from '../../src/nn/table-memory.ts'

const NOWHERE = 0xffffffff
const CORRECTED = 8
const why = nativeInstructions().length === 0 ? 'no native kernel was built here' : false

interface Sizes {
  rows: number
  dim: number
  /** Lengths of the bags. */
  lengths: number[]
  parts: number
  seed: number
}

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 90 }),
  // Every rest of a division by the widest registers, and more than they hold at once.
  dim: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 60, max: 200 })),
  lengths: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 13 }), fc.constant(60)), {
    maxLength: 12,
  }),
  parts: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
})

/** Of all magnitudes: zeros of both signs and numbers that are too small for a leading one among them. */
function number(random: ReturnType<typeof createRandom>): number {
  const kind = random.below(8)
  if (kind === 0) return random.below(2) === 0 ? 0 : -0
  return random.normal() * (kind === 1 ? 1e-40 : 10 ** (random.below(9) - 4))
}

/** All that a table does, one after the other. @returns everything that it left in the memory, and what it answered */
function done(kernel: string, { rows, dim, lengths, parts, seed }: Sizes): (Uint8Array | number)[] {
  const random = createRandom(seed)
  const memory = new TableMemory()
  const count = lengths.reduce((a, b) => a + b, 0)
  let arrays = 0
  const numbers = (length: number, fill: () => number) =>
    memory.put(`${arrays++}`, Float32Array.from({ length }, fill))
  const any = () => number(random)
  const ids = memory.put(
    'ids',
    Uint32Array.from({ length: count }, () => random.below(rows)),
  )
  const ends = lengths.map((_, b) => lengths.slice(0, b + 1).reduce((x, y) => x + y, 0))
  const offsets = memory.put('offsets', Uint32Array.of(0, ...ends))
  const [values, means] = [numbers(rows * dim, any), numbers(rows * dim, any)]
  const [weights, ofBags, ofRows] = [count, lengths.length * dim, count * dim].map((size) =>
    numbers(size, any),
  )
  const squares = numbers(rows, () => Math.abs(any()))
  const updates = numbers(rows, () => random.below(2 * CORRECTED))
  const corrections = numbers(2 * CORRECTED, () => 1 + random.float())
  const bags = memory.room('bags', 4 * lengths.length * dim)
  const out = memory.room('out', 4 * count * dim)
  const places = memory.put('places', new Uint32Array(rows).fill(NOWHERE))
  const sums = Array.from({ length: parts }, (_, part) => [
    memory.room(`touched ${part}`, 4 * rows),
    memory.room(`sums ${part}`, 4 * rows * dim),
  ])
  const functions = openTableKernel(memory.memory, kernel)
  const run = (name: string, ...given: (number | undefined)[]) =>
    functions[name]!(...(given as number[])) >>> 0
  const answers = [run('largest', ids, count)]
  run('gather', values, dim, ids, count, out)
  run('gatherBags', values, dim, ids, offsets, weights, lengths.length, bags)
  for (const optimiser of ['adagrad', 'adam'])
    sums.forEach(([touched, sum], part) => {
      answers.push(run('countOf', ids, count, parts, part))
      const kept = [places, touched, sum]
      let own = run('addBags', dim, ids, offsets, weights, lengths.length, ofBags, ...kept, 0, parts, part)
      own = run('add', dim, ids, count, ofRows, ...kept, own, parts, part)
      answers.push(own)
      if (optimiser === 'adagrad') run('adagrad', values, dim, squares, 0.1, ...kept, own)
      else
        run(
          'adam',
          values,
          dim,
          means,
          squares,
          updates,
          0.9,
          0.999,
          corrections,
          CORRECTED,
          0.1,
          ...kept,
          own,
        )
    })
  return [...answers, new Uint8Array(memory.memory.buffer)]
}

for (const kernel of nativeInstructions())
  test(`the native kernel with ${kernel} leaves the bits that WebAssembly leaves`, () => {
    fc.assert(
      fc.property(sizes, (given) => {
        const [found, expected] = [done(kernel, given), done('wasm', given)]
        assert.deepEqual(found.slice(0, -1), expected.slice(0, -1))
        const differs = Buffer.compare(found.at(-1) as Uint8Array, expected.at(-1) as Uint8Array)
        assert.equal(differs, 0)
      }),
      { numRuns: 150 },
    )
  })

test('rows that lie behind the second gigabyte are found', { skip: why }, () => {
  const [dim, row] = [256, 2 ** 21 + 3]
  const memory = kernelMemory(4 * dim * (row + 1) + 65536, KERNEL_MEMORY_LIMIT)
  const at = 65536
  const [ids, offsets, weights, out, bag] = [64, 128, 192, 1024, 4096] as const
  new Uint32Array(memory.buffer, ids, 1)[0] = row
  new Uint32Array(memory.buffer, offsets, 2).set([0, 1])
  new Float32Array(memory.buffer, weights, 1)[0] = 2
  const written = Float32Array.from({ length: dim }, (_, j) => j + 1)
  new Float32Array(memory.buffer, at + 4 * dim * row, dim).set(written)
  for (const kernel of nativeInstructions()) {
    const functions = openTableKernel(memory, kernel)
    functions.gather!(at, dim, ids, 1, out)
    assert.deepEqual(new Float32Array(memory.buffer, out, dim).slice(), written)
    functions.gatherBags!(at, dim, ids, offsets, weights, 1, bag)
    assert.deepEqual(
      new Float32Array(memory.buffer, bag, dim).slice(),
      written.map((x) => 2 * x),
    )
  }
})

test('a table takes the native kernel where there is one, and any by its name', { skip: why }, () => {
  assert.notEqual(bestTableKernel(), 'wasm')
  const rows = [undefined, 'wasm', ...nativeInstructions()].map((kernel) => {
    const table = new EmbeddingTable(5, 3, { seed: 1, kernel })
    const out = new Float32Array(6)
    table.gather([4, 0], out)
    return out
  })
  for (const each of rows) assert.deepEqual(each, rows[0])
  assert.throws(() => new EmbeddingTable(5, 3, { seed: 1, kernel: 'avx1024' }), UnavailableError)
})
