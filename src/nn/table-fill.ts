/** @file Fills an input of a graph from a table, and brings the gradient back to the table. */

import type { TrainBatch } from './batches.ts'
import type { Bags, EmbeddingTable } from './embedding-table.ts'
import { mappedBags } from './embeddings/mapped-bags.ts'
import type { RowMapping } from './embeddings/row-mapping.ts'
import { nameOf, type Tensor } from './tensor.ts'

/**
 * An input that is filled from a table. Rows: [ids…, dim], and a batch brings their numbers under the input's name. Bags:
 * [bags, dim], and a batch brings NAME, NAME/offsets and NAME/weights.
 */
export interface TableInput {
  input: Tensor
  table: EmbeddingTable
  isBag?: boolean
  /** Rows whose sum stands for an id (see `embeddings/`); when left out, the row of that number. */
  mapping?: RowMapping
}

export class TableFill {
  readonly name: string
  readonly table: EmbeddingTable
  readonly #isBag: boolean
  readonly #mapping: RowMapping | undefined
  /** What the rows of a batch are: `gather` and `add` both ask. */
  #mapped: { batch: TrainBatch; bags: Bags } | null = null

  constructor({ input, table, isBag = false, mapping }: TableInput) {
    this.name = nameOf(input)
    this.table = table
    this.#isBag = isBag
    this.#mapping = mapping
  }

  /** @returns the rows or bags that the batch asks for, valid until the next call */
  gather(batch: TrainBatch): Float32Array {
    const bags = this.#bagsOf(batch)
    const ids = batch[this.name] as Uint32Array
    const size = (bags ? bags.offsets.length - 1 : ids.length) * this.table.dim
    const values = this.table.room(this.name, size)
    if (bags) this.table.gatherBags(bags, values)
    else this.table.gather(ids, values)
    return values
  }

  /** Gives the table the gradients of what `gather` gave. */
  add(batch: TrainBatch, gradients: Float32Array): void {
    const bags = this.#bagsOf(batch)
    if (bags) this.table.addBags(bags, gradients)
    else this.table.add(batch[this.name] as Uint32Array, gradients)
  }

  #bagsOf(batch: TrainBatch): Bags | null {
    const ids = batch[this.name] as Uint32Array
    const bags = this.#isBag
      ? {
          ids,
          offsets: batch[`${this.name}/offsets`] as Uint32Array,
          weights: batch[`${this.name}/weights`] as Float32Array,
        }
      : undefined
    if (!this.#mapping) return bags ?? null
    if (this.#mapped?.batch !== batch) this.#mapped = { batch, bags: mappedBags(this.#mapping, ids, bags) }
    return this.#mapped.bags
  }
}
