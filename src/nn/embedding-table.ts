/**
 * @file Tables of embeddings outside of the graph: rows go in as a dense input, their gradients come back and are applied
 * in place, row by row, so that a step costs what it touches and not what the table holds. A kernel does the work, see
 * `table-kernel.ts`.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { KERNEL_MEMORY_LIMIT } from '../base/kernel.ts'
import { createRandom } from '../base/random.ts'
import { ShapeError } from './errors.ts'
import { bestTableKernel } from './table-kernel.ts'
import { TableMemory } from './table-memory.ts'
import { TableThreads } from './table-threads.ts'

export interface EmbeddingTableOptions {
  /** Standard deviation of the initial values; 1/√dim when left out. */
  deviation?: number
  /** Adagrad with one accumulator a row (as in DLRM, Naumov et al. 2019), or Adam with one second moment a row. */
  optimiser?: 'adagrad' | 'adam'
  seed: number
  /** One of the kernels of `table-kernel.ts`, all of which give the same bits; the fastest when left out. */
  kernel?: string
}

/** Bag b holds ids[offsets[b] .. offsets[b + 1]), each with its weight. */
export interface Bags {
  ids: Uint32Array
  offsets: Uint32Array
  weights: Float32Array
}

/** Rows of one part of the table whose gradients wait for an update. */
type Sums = [places: number, touched: number, sums: number, count: number]

const BETA1 = 0.9
const BETA2 = 0.999
/** After so many updates of a row 0.999ᵗ is nothing. */
const CORRECTED = 20_000
const NOWHERE = 0xffffffff
/** Numbers below which another thread takes longer to hear of its share than to do it. */
const SMALL = 2 ** 20
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
  readonly #kernel: string
  readonly #places: number
  readonly #corrections: number
  #threads: TableThreads
  /** Rows whose gradients wait for an update, in each part of the table. */
  #counts = [0]

  /** @throws InvalidOptionError when the table is larger than the memory of a kernel, 3 GiB with its states */
  constructor(
    rows: number,
    dim: number,
    {
      deviation = 1 / Math.sqrt(dim),
      optimiser = 'adagrad',
      seed,
      kernel = bestTableKernel(),
    }: EmbeddingTableOptions,
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
    this.#kernel = kernel
    this.values = this.#placed(rows * dim)
    this.states = Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, this.#placed(size)] as const),
    )
    this.#places = this.#memory.place(4 * rows)
    this.#memory.words(this.#places, rows).fill(NOWHERE)
    this.#corrections = this.#memory.put('corrections', corrections())
    this.#threads = new TableThreads(this.#kernel, this.#memory.memory, 1)
    const random = createRandom(seed)
    for (let k = 0; k < this.values.length; k++) this.values[k] = deviation * random.normal()
  }

  /**
   * Gathers, adds and updates with so many threads from now on, this one among them; 1 ends the others. What comes out is the same
   * to the bit.
   *
   * @returns when they are up; until then their work is done here
   */
  async useThreads(threads: number): Promise<void> {
    this.#threads.close()
    this.#threads = new TableThreads(this.#kernel, this.#memory.memory, threads)
    await this.#threads.areUp
  }

  /** Room for that many numbers in the memory of the table: what is gathered there is not copied. It moves when it grows. */
  room(name: string, length: number): Float32Array {
    return this.#memory.floats(this.#memory.room(`room ${name}`, 4 * length), length)
  }

  /** Copies rows into `out`, ids.length × dim; throws ShapeError when there is no such row. */
  gather(ids: ArrayLike<number>, out: Float32Array): void {
    this.#fill(out, (to) => {
      const at = this.#putIds(ids)
      const shares = this.#shares(ids.length, ids.length * this.dim)
      const lists = shares.map(
        ([from, end]) => [at + 4 * from, end - from, to + 4 * from * this.dim] as const,
      )
      this.#run(
        'gather',
        lists.map(([own, count, target]) => [this.values.byteOffset, this.dim, own, count, target]),
      )
    })
  }

  /** Weighted sums of rows into `out`, bags × dim; throws ShapeError when there is no such row. */
  gatherBags(bags: Bags, out: Float32Array): void {
    this.#fill(out, (to) => {
      const { ids, offsets, weights } = this.#putBags(bags)
      const { dim } = this
      const lists = this.#shares(bags.offsets.length - 1, bags.ids.length * dim).map(([from, end]) => [
        ...[this.values.byteOffset, dim, ids, offsets + 4 * from, weights],
        ...[end - from, to + 4 * from * dim],
      ])
      this.#run('gatherBags', lists)
    })
  }

  /** @param gradients bags × dim; see `add` */
  addBags(bags: Bags, gradients: Float32Array): void {
    const { ids, offsets, weights } = this.#putBags(bags)
    const count = bags.offsets.length - 1
    const from = this.#memory.put('gradients', gradients)
    this.#add('addBags', ids, bags.ids.length, [this.dim, ids, offsets, weights, count, from])
  }

  /**
   * Sums the gradients of rows until the next `update`.
   *
   * @param gradients ids.length × dim
   */
  add(ids: ArrayLike<number>, gradients: Float32Array): void {
    const at = this.#putIds(ids)
    const from = this.#memory.put('gradients', gradients)
    this.#add('add', at, ids.length, [this.dim, at, ids.length, from])
  }

  /** One step of each row that has a gradient, which is forgotten then. */
  update(rate: number): void {
    const { dim } = this
    const values = this.values.byteOffset
    const [squares, means, updates] = ['squares', 'means', 'updates'].map(
      (name) => this.states[name]?.byteOffset ?? 0,
    ) as [number, number, number]
    const moments = [BETA1, BETA2, this.#corrections, CORRECTED]
    const given =
      this.#optimiser === 'adagrad'
        ? [values, dim, squares, rate]
        : [values, dim, means, squares, updates, ...moments, rate]
    this.#run(
      this.#optimiser,
      this.#counts.map((_, part) => [...given, ...this.#sums(part, 0)]),
    )
    this.#counts.fill(0)
  }

  /** Drops the gradients that wait for an update. */
  forget(): void {
    const places = this.#memory.words(this.#places, this.rows)
    this.#counts.forEach((count, part) => {
      const [, touched] = this.#sums(part, 0)
      for (const row of this.#memory.words(touched, count)) places[row] = NOWHERE
    })
    this.#counts.fill(0)
  }

  /** Calls `write` with an address where `out` is, or is filled from. */
  #fill(out: Float32Array, write: (to: number) => void): void {
    const isInside = out.buffer === this.#memory.memory.buffer
    const to = isInside ? out.byteOffset : this.#memory.room('out', 4 * out.length)
    write(to)
    if (!isInside) out.set(this.#memory.floats(to, out.length))
  }

  #add(name: 'add' | 'addBags', ids: number, count: number, given: readonly number[]): void {
    // Gradients that wait stay in the parts that they were added in.
    if (this.#counts.every((waiting) => waiting === 0))
      this.#counts = Array.from({ length: this.#partsOf(count * this.dim) }, () => 0)
    const parts = this.#counts.length
    const own = this.#counts.map((_, part) => (part === 0 ? count : this.#countOf(ids, count, part)))
    own[0] = own.reduce((rest, other, part) => (part === 0 ? rest : rest - other))
    const lists = this.#counts.map((_, part) => [...given, ...this.#sums(part, own[part]!), parts, part])
    this.#counts = this.#run(name, lists)
  }

  /** Rows of a part; not worth another thread. */
  #countOf(ids: number, count: number, part: number): number {
    return this.#run('countOf', [[ids, count, this.#counts.length, part]])[0]!
  }

  /** Ranges of `count` things, one for each thread; one alone for little work. */
  #shares(count: number, work: number): [number, number][] {
    const parts = this.#partsOf(work)
    return Array.from({ length: parts }, (_, part) => [
      Math.floor((part * count) / parts),
      Math.floor(((part + 1) * count) / parts),
    ])
  }

  #partsOf(work: number): number {
    return work < SMALL ? 1 : this.#threads.count
  }

  #run(name: string, lists: readonly (readonly number[])[]): number[] {
    return this.#threads.run(name, lists)
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
    const at = this.#memory.put('ids', ids)
    const [largest] = this.#run('largest', [[at, ids.length]])
    if (ids.length > 0 && largest! >>> 0 >= this.rows)
      throw new ShapeError(`row ${largest! >>> 0}`, `the table has ${this.rows}`)
    return at
  }

  /** Where gradients of a part are summed, with room for so many more rows. */
  #sums(part: number, more: number): Sums {
    const count = this.#counts[part]!
    const rows = Math.min(count + more, this.rows)
    const touched = this.#memory.room(`touched ${part}`, 4 * rows)
    return [this.#places, touched, this.#memory.room(`sums ${part}`, 4 * rows * this.dim), count]
  }
}

/** 1 / (1 − β₁ᵗ), then 1 / (1 − β₂ᵗ), from t = 1. */
function corrections(): Float32Array {
  return Float32Array.from({ length: 2 * CORRECTED }, (_, k) =>
    k < CORRECTED ? 1 / (1 - BETA1 ** (k + 1)) : 1 / (1 - BETA2 ** (k + 1 - CORRECTED)),
  )
}
