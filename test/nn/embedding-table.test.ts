import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Bags, EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { ShapeError } from '../../src/nn/errors.ts'

const ROWS = 7
const DIM = 3

/** Adagrad and Adam with one second moment a row, in float64, a whole table a step. */
class TableReference {
  readonly values: number[][]
  readonly #means: number[][]
  readonly #squares: number[]
  readonly #updates: number[]
  readonly #optimiser: 'adagrad' | 'adam'

  constructor(table: EmbeddingTable, optimiser: 'adagrad' | 'adam') {
    this.values = Array.from({ length: ROWS }, (_, row) =>
      Array.from(table.values.subarray(row * DIM, (row + 1) * DIM)),
    )
    this.#means = this.values.map((row) => row.map(() => 0))
    this.#squares = this.values.map(() => 0)
    this.#updates = this.values.map(() => 0)
    this.#optimiser = optimiser
  }

  /** @param given gradient of each id, those of one row to be summed */
  step(ids: readonly number[], given: readonly number[][], rate: number): void {
    for (let row = 0; row < ROWS; row++) {
      const own = given.filter((_, k) => ids[k] === row)
      if (own.length === 0) continue
      const gradient = own.reduce((a, b) => a.map((x, j) => x + b[j]!))
      const meanSquare = gradient.reduce((sum, x) => sum + x * x, 0) / DIM
      const values = this.values[row]!
      if (this.#optimiser === 'adagrad') {
        this.#squares[row]! += meanSquare
        for (let j = 0; j < DIM; j++)
          values[j]! -= (rate * gradient[j]!) / (Math.sqrt(this.#squares[row]!) + 1e-8)
        continue
      }
      const t = ++this.#updates[row]!
      this.#squares[row] = 0.999 * this.#squares[row]! + 0.001 * meanSquare
      for (let j = 0; j < DIM; j++) {
        this.#means[row]![j] = 0.9 * this.#means[row]![j]! + 0.1 * gradient[j]!
        const mean = this.#means[row]![j]! / (1 - 0.9 ** t)
        values[j]! -= (rate * mean) / (Math.sqrt(this.#squares[row]! / (1 - 0.999 ** t)) + 1e-8)
      }
    }
  }
}

/** Sums of such numbers are exact in float32: what is left of two that cancel decides where a row goes. */
const number = fc.integer({ min: -2048, max: 2048 }).map((steps) => steps / 1024)
const occurrence = fc.record({
  id: fc.nat(ROWS - 1),
  gradient: fc.array(number, { minLength: DIM, maxLength: DIM }),
  weight: number,
})
const steps = fc.array(fc.array(occurrence, { maxLength: 12 }), { minLength: 1, maxLength: 6 })

for (const optimiser of ['adagrad', 'adam'] as const) {
  test(`rows move by row-wise ${optimiser}, rows that repeat once, whatever is added in however many parts`, () => {
    fc.assert(
      fc.property(steps, fc.nat(12), (batches, cut) => {
        const table = new EmbeddingTable(ROWS, DIM, { optimiser, seed: 1 })
        const reference = new TableReference(table, optimiser)
        for (const batch of batches) {
          for (const part of [batch.slice(0, cut), batch.slice(cut)])
            table.add(
              part.map(({ id }) => id),
              Float32Array.from(part.flatMap((each) => each.gradient)),
            )
          table.update(0.1)
          reference.step(
            batch.map(({ id }) => id),
            batch.map((each) => each.gradient),
            0.1,
          )
        }
        close(table.values, reference.values.flat())
      }),
    )
  })
}

test('a bag is the weighted sum of its rows, and its gradient comes back to each of them', () => {
  fc.assert(
    fc.property(steps, (contents) => {
      const table = new EmbeddingTable(ROWS, DIM, { seed: 2 })
      const reference = new TableReference(table, 'adagrad')
      const bags = bagsOf(contents)
      const out = new Float32Array(contents.length * DIM).fill(9)
      table.gatherBags(bags, out)
      const sums = contents.map((bag) =>
        Array.from({ length: DIM }, (_, j) =>
          bag.reduce((sum, { id, weight }) => sum + weight * reference.values[id]![j]!, 0),
        ),
      )
      close(out, sums.flat())
      const above = contents.map((_, b) => Array.from({ length: DIM }, (_, j) => b + j / 2 + 1))
      table.addBags(bags, Float32Array.from(above.flat()))
      table.update(0.1)
      const ids = contents.flatMap((bag) => bag.map(({ id }) => id))
      const given = contents.flatMap((bag, b) => bag.map(({ weight }) => above[b]!.map((x) => weight * x)))
      reference.step(ids, given, 0.1)
      close(table.values, reference.values.flat())
    }),
  )
})

test('rows without a gradient stay, and an update forgets the gradients', () => {
  const table = new EmbeddingTable(ROWS, DIM, { seed: 3 })
  const before = table.values.slice()
  table.add([2], Float32Array.of(1, 1, 1))
  table.update(0.5)
  const after = table.values.slice()
  table.update(0.5)
  assert.deepEqual(table.values, after)
  const moved = Array.from(after, (value, k) => value !== before[k])
  assert.deepEqual(
    moved,
    moved.map((_, k) => Math.floor(k / DIM) === 2),
  )
})

test('rows are gathered in the order of their numbers, and one that is not there is refused', () => {
  const table = new EmbeddingTable(ROWS, DIM, { seed: 4 })
  const out = new Float32Array(3 * DIM)
  table.gather([6, 0, 6], out)
  assert.deepEqual(out.subarray(0, DIM), table.values.subarray(6 * DIM))
  assert.deepEqual(out.subarray(DIM, 2 * DIM), table.values.subarray(0, DIM))
  assert.deepEqual(out.subarray(2 * DIM), table.values.subarray(6 * DIM))
  assert.throws(() => table.gather([ROWS], out), ShapeError)
  const bags = { ids: Uint32Array.of(ROWS), offsets: Uint32Array.of(0, 1), weights: Float32Array.of(1) }
  assert.throws(() => table.gatherBags(bags, out), ShapeError)
})

function bagsOf(contents: readonly { id: number; weight: number }[][]): Bags {
  const offsets = new Uint32Array(contents.length + 1)
  contents.forEach((bag, b) => {
    offsets[b + 1] = offsets[b]! + bag.length
  })
  const all = contents.flat()
  return {
    ids: Uint32Array.from(all, ({ id }) => id),
    offsets,
    weights: Float32Array.from(all, ({ weight }) => weight),
  }
}

function close(found: ArrayLike<number>, expected: readonly number[]): void {
  for (let k = 0; k < expected.length; k++)
    assert.ok(
      Math.abs(found[k]! - expected[k]!) <= 1e-4 * Math.max(1, Math.abs(expected[k]!)),
      `value ${k}: ${found[k]} for ${expected[k]}`,
    )
}
