/**
 * @file Tables of embeddings outside of the graph: rows go in as a dense input, their gradients come back and are applied
 * in place, row by row, so that a step costs what it touches and not what the table holds. `kernels/embedding-rows.ts`
 * does the work.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { KERNEL_MEMORY_LIMIT, loadKernel, openKernel } from '../base/kernel.ts'
import { createRandom } from '../base/random.ts'
import { ShapeError } from './errors.ts'
import { TableMemory } from './table-memory.ts'

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

/** Addresses, counts and numbers: see the kernel. */
interface Functions {
  gather(values: number, dim: number, ids: number, count: number, out: number): void
  gatherBags(
    ...given: [
      values: number,
      dim: number,
      ids: number,
      offsets: number,
      weights: number,
      bags: number,
      out: number,
    ]
  ): void
  add(...given: [dim: number, ids: number, rows: number, gradients: number, ...sums: Sums]): number
  addBags(
    ...given: [
      ...[dim: number, ids: number, offsets: number, weights: number, bags: number, gradients: number],
      ...sums: Sums,
    ]
  ): number
  adagrad(...given: [values: number, dim: number, squares: number, rate: number, ...sums: Sums]): void
  adam(
    ...given: [
      ...[values: number, dim: number, means: number, squares: number, updates: number],
      ...[beta1: number, beta2: number, corrections: number, corrected: number, rate: number],
      ...sums: Sums,
    ]
  ): void
}

type Sums = [places: number, touched: number, sums: number, count: number]

const BETA1 = 0.9
const BETA2 = 0.999
/** After so many updates of a row 0.999ᵗ is nothing. */
const CORRECTED = 20_000
const NOWHERE = 0xffffffff
/** Part of the address space that is left for what the steps bring. */
const FOR_STEPS = 0.25

export class EmbeddingTable {
  readonly rows: number
  readonly dim: number
  /** Row-major, rows × dim, over shared memory. */
  readonly values: Float32Array
  /** What the optimiser keeps, by name. */
  readonly states: Readonly<Record<string, Float32Array>>
  readonly #optimiser: 'adagrad' | 'adam'
  readonly #memory = new TableMemory()
  readonly #kernel: Functions
  readonly #places: number
  readonly #corrections: number
  /** Rows whose gradients wait for an update. */
  #count = 0

  /** @throws InvalidOptionError when the table is larger than the memory of a kernel, 3 GiB with its states */
  constructor(
    rows: number,
    dim: number,
    { deviation = 1 / Math.sqrt(dim), optimiser = 'adagrad', seed }: EmbeddingTableOptions,
  ) {
    const sizes: Record<string, number> =
      optimiser === 'adagrad' ? { squares: rows } : { means: rows * dim, squares: rows, updates: rows }
    const all = Object.values(sizes).reduce((sum, size) => sum + size, rows * dim + rows)
    if (4 * all > (1 - FOR_STEPS) * KERNEL_MEMORY_LIMIT)
      throw new InvalidOptionError(
        'rows',
        rows,
        'a table of at most 3 GiB',
        'hash the ids, or use fewer dimensions',
      )
    this.rows = rows
    this.dim = dim
    this.#optimiser = optimiser
    this.values = this.#placed(rows * dim)
    this.states = Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, this.#placed(size)] as const),
    )
    this.#places = this.#memory.place(4 * rows)
    this.#memory.words(this.#places, rows).fill(NOWHERE)
    this.#corrections = this.#memory.put('corrections', corrections())
    this.#kernel = openKernel<Functions>(loadKernel('embedding-rows'), this.#memory.memory)
    const random = createRandom(seed)
    for (let k = 0; k < this.values.length; k++) this.values[k] = deviation * random.normal()
  }

  /** Copies rows into `out`, ids.length × dim; throws ShapeError when there is no such row. */
  gather(ids: ArrayLike<number>, out: Float32Array): void {
    const size = ids.length * this.dim
    const to = this.#memory.room('out', 4 * size)
    this.#kernel.gather(this.values.byteOffset, this.dim, this.#putIds(ids), ids.length, to)
    out.set(this.#memory.floats(to, size))
  }

  /** Weighted sums of rows into `out`, bags × dim; throws ShapeError when there is no such row. */
  gatherBags(bags: Bags, out: Float32Array): void {
    const count = bags.offsets.length - 1
    const to = this.#memory.room('out', 4 * count * this.dim)
    const { ids, offsets, weights } = this.#putBags(bags)
    this.#kernel.gatherBags(this.values.byteOffset, this.dim, ids, offsets, weights, count, to)
    out.set(this.#memory.floats(to, count * this.dim))
  }

  /** @param gradients bags × dim; see `add` */
  addBags(bags: Bags, gradients: Float32Array): void {
    const count = bags.offsets.length - 1
    const { ids, offsets, weights } = this.#putBags(bags)
    const from = this.#memory.put('gradients', gradients)
    const sums = this.#sums(bags.ids.length)
    this.#count = this.#kernel.addBags(this.dim, ids, offsets, weights, count, from, ...sums)
  }

  /**
   * Sums the gradients of rows until the next `update`.
   *
   * @param gradients ids.length × dim
   */
  add(ids: ArrayLike<number>, gradients: Float32Array): void {
    const from = this.#memory.put('gradients', gradients)
    const sums = this.#sums(ids.length)
    this.#count = this.#kernel.add(this.dim, this.#putIds(ids), ids.length, from, ...sums)
  }

  /** One step of each row that has a gradient, which is forgotten then. */
  update(rate: number): void {
    const { dim } = this
    const values = this.values.byteOffset
    const [squares, means, updates] = ['squares', 'means', 'updates'].map(
      (name) => this.states[name]?.byteOffset ?? 0,
    ) as [number, number, number]
    const sums = this.#sums(0)
    if (this.#optimiser === 'adagrad') this.#kernel.adagrad(values, dim, squares, rate, ...sums)
    else {
      const moments = [BETA1, BETA2, this.#corrections, CORRECTED] as const
      this.#kernel.adam(values, dim, means, squares, updates, ...moments, rate, ...sums)
    }
    this.#count = 0
  }

  #placed(size: number): Float32Array {
    return this.#memory.floats(this.#memory.place(4 * size), size)
  }

  #putBags({ ids, offsets, weights }: Bags): { ids: number; offsets: number; weights: number } {
    return {
      ids: this.#putIds(ids),
      offsets: this.#memory.put('offsets', offsets),
      weights: this.#memory.put('weights', weights),
    }
  }

  #putIds(ids: ArrayLike<number>): number {
    for (let k = 0; k < ids.length; k++)
      if (!(ids[k]! < this.rows)) throw new ShapeError(`row ${ids[k]}`, `the table has ${this.rows}`)
    return this.#memory.put('ids', ids)
  }

  /** Where gradients are summed, with room for so many more rows. */
  #sums(more: number): Sums {
    const rows = Math.min(this.#count + more, this.rows)
    const touched = this.#memory.room('touched', 4 * rows)
    return [this.#places, touched, this.#memory.room('sums', 4 * rows * this.dim), this.#count]
  }
}

/** 1 / (1 − β₁ᵗ), then 1 / (1 − β₂ᵗ), from t = 1. */
function corrections(): Float32Array {
  return Float32Array.from({ length: 2 * CORRECTED }, (_, k) =>
    k < CORRECTED ? 1 / (1 - BETA1 ** (k + 1)) : 1 / (1 - BETA2 ** (k + 1 - CORRECTED)),
  )
}
