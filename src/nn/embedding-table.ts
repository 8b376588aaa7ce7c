/**
 * @file Tables of embeddings outside of the graph: rows go in as a dense input, their gradients come back and are applied
 * in place, row by row, so that a step costs what it touches and not what the table holds.
 */

import { createRandom } from '../base/random.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { ShapeError } from './errors.ts'

export interface EmbeddingTableOptions {
  /** Standard deviation of the initial values; 1/√dim when left out. */
  deviation?: number
  /** Adagrad with one accumulator a row (as in DLRM, Naumov et al. 2019), or Adam with one second moment a row. */
  optimiser?: 'adagrad' | 'adam'
  seed: number
}

/** Bag b holds ids[offsets[b] .. offsets[b + 1]), each with its weight. */
export interface Bags {
  ids: Uint32Array
  offsets: Uint32Array
  weights: Float32Array
}

const EPSILON = 1e-8
const BETA1 = 0.9
const BETA2 = 0.999

export class EmbeddingTable {
  readonly rows: number
  readonly dim: number
  /** Row-major, rows × dim, over shared memory. */
  readonly values: Float32Array
  /** What the optimiser keeps, by name. */
  readonly states: Readonly<Record<string, Float32Array>>
  readonly #optimiser: 'adagrad' | 'adam'
  /** Place of a row among the rows of the batch; valid where `#stamps` says so. */
  readonly #places: Uint32Array
  readonly #stamps: Uint32Array
  #stamp = 1
  #count = 0
  #sums = new Float32Array(0)
  #touched = new Uint32Array(0)

  constructor(
    rows: number,
    dim: number,
    { deviation = 1 / Math.sqrt(dim), optimiser = 'adagrad', seed }: EmbeddingTableOptions,
  ) {
    this.rows = rows
    this.dim = dim
    this.values = sharedFloat32(rows * dim)
    const random = createRandom(seed)
    for (let k = 0; k < this.values.length; k++) this.values[k] = deviation * random.normal()
    this.#optimiser = optimiser
    this.states =
      optimiser === 'adagrad'
        ? { squares: new Float32Array(rows) }
        : {
            means: new Float32Array(rows * dim),
            squares: new Float32Array(rows),
            updates: new Float32Array(rows),
          }
    this.#places = new Uint32Array(rows)
    this.#stamps = new Uint32Array(rows)
  }

  /** Copies rows into `out`, ids.length × dim; throws ShapeError when there is no such row. */
  gather(ids: ArrayLike<number>, out: Float32Array): void {
    const { dim, values } = this
    for (let k = 0, to = 0; k < ids.length; k++) {
      const from = this.#checked(ids[k]!) * dim
      for (let j = 0; j < dim; j++) out[to++] = values[from + j]!
    }
  }

  /** Weighted sums of rows into `out`, bags × dim. */
  gatherBags({ ids, offsets, weights }: Bags, out: Float32Array): void {
    const { dim, values } = this
    out.fill(0, 0, (offsets.length - 1) * dim)
    for (let bag = 0; bag + 1 < offsets.length; bag++) {
      for (let k = offsets[bag]!; k < offsets[bag + 1]!; k++) {
        const from = this.#checked(ids[k]!) * dim
        const weight = weights[k]!
        for (let j = 0, to = bag * dim; j < dim; j++, to++) out[to]! += weight * values[from + j]!
      }
    }
  }

  /** @param gradients bags × dim; see `add` */
  addBags({ ids, offsets, weights }: Bags, gradients: Float32Array): void {
    this.#reserve(ids.length)
    for (let bag = 0; bag + 1 < offsets.length; bag++)
      for (let k = offsets[bag]!; k < offsets[bag + 1]!; k++)
        this.#add(ids[k]!, gradients, bag * this.dim, weights[k]!)
  }

  /**
   * Sums the gradients of rows until the next `update`.
   *
   * @param gradients ids.length × dim
   */
  add(ids: ArrayLike<number>, gradients: Float32Array): void {
    this.#reserve(ids.length)
    for (let k = 0; k < ids.length; k++) this.#add(ids[k]!, gradients, k * this.dim, 1)
  }

  /** One step of each row that has a gradient, which is forgotten then. */
  update(rate: number): void {
    for (let place = 0; place < this.#count; place++) {
      const row = this.#touched[place]!
      if (this.#optimiser === 'adagrad') this.#adagrad(row, place * this.dim, rate)
      else this.#adam(row, place * this.dim, rate)
    }
    this.#stamp++
    this.#count = 0
  }

  #checked(row: number): number {
    if (row < this.rows) return row
    throw new ShapeError(`row ${row}`, `the table has ${this.rows}`)
  }

  /** Room for so many more rows. */
  #reserve(more: number): void {
    const rows = Math.min(this.#count + more, this.rows)
    if (this.#touched.length >= rows) return
    const [sums, touched] = [this.#sums, this.#touched]
    this.#sums = new Float32Array(rows * this.dim)
    this.#sums.set(sums)
    this.#touched = new Uint32Array(rows)
    this.#touched.set(touched)
  }

  /** Adds to the gradient of a row, which stands in `#sums` at the place of the row in `#touched`. */
  #add(row: number, gradients: Float32Array, from: number, weight: number): void {
    const { dim } = this
    const sums = this.#sums
    if (this.#stamps[row] === this.#stamp) {
      const to = this.#places[row]! * dim
      for (let j = 0; j < dim; j++) sums[to + j]! += weight * gradients[from + j]!
      return
    }
    this.#stamps[row] = this.#stamp
    this.#places[row] = this.#count
    this.#touched[this.#count] = row
    const to = this.#count++ * dim
    for (let j = 0; j < dim; j++) sums[to + j] = weight * gradients[from + j]!
  }

  #adagrad(row: number, at: number, rate: number): void {
    const { dim, values } = this
    const { squares } = this.states as { squares: Float32Array }
    squares[row]! += this.#meanSquare(at)
    const pace = rate / (Math.sqrt(squares[row]!) + EPSILON)
    for (let j = 0, to = row * dim; j < dim; j++) values[to + j]! -= pace * this.#sums[at + j]!
  }

  /** Only rows that occur move; the corrections count the updates of the row itself. */
  #adam(row: number, at: number, rate: number): void {
    const { dim, values } = this
    const { means, squares, updates } = this.states as Record<'means' | 'squares' | 'updates', Float32Array>
    const update = ++updates[row]!
    squares[row] = BETA2 * squares[row]! + (1 - BETA2) * this.#meanSquare(at)
    const pace = rate / (1 - BETA1 ** update) / (Math.sqrt(squares[row]! / (1 - BETA2 ** update)) + EPSILON)
    for (let j = 0, to = row * dim; j < dim; j++) {
      means[to + j] = BETA1 * means[to + j]! + (1 - BETA1) * this.#sums[at + j]!
      values[to + j]! -= pace * means[to + j]!
    }
  }

  #meanSquare(at: number): number {
    let sum = 0
    for (let j = at; j < at + this.dim; j++) sum += this.#sums[j]! * this.#sums[j]!
    return sum / this.dim
  }
}
