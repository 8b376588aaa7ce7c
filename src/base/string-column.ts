/** @file A column of strings as UTF-8 bytes and offsets over shared memory: compact, and readable from any worker. */

import { sharedUint8, sharedUint32 } from './shared.ts'

/** String r is the UTF-8 text `bytes[offsets[r] .. offsets[r + 1])`. At most 4 GiB of text. */
export interface StringColumn {
  readonly length: number
  /** Length `length` + 1. */
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
}

const decoder = new TextDecoder()

export function stringColumn(values: readonly string[]): StringColumn {
  const builder = new StringColumnBuilder(values.length)
  for (const value of values) builder.add(value)
  return builder.build()
}

export function stringAt(column: StringColumn, row: number): string {
  const start = column.offsets[row]!
  const end = column.offsets[row + 1]!
  // TextDecoder refuses views of shared memory, hence the copy.
  return start === end ? '' : decoder.decode(column.bytes.slice(start, end))
}

/** Grows a string column one value at a time, without keeping the strings. */
export class StringColumnBuilder {
  #offsets: Uint32Array
  #bytes = Buffer.allocUnsafe(1 << 16)
  #used = 0
  #count = 0

  constructor(expected = 1024) {
    this.#offsets = new Uint32Array(expected + 1)
  }

  get length(): number {
    return this.#count
  }

  add(value: string): void {
    const most = value.length * 3
    if (this.#used + most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + most))
      this.#bytes.copy(larger, 0, 0, this.#used)
      this.#bytes = larger
    }
    this.#used += this.#bytes.write(value, this.#used)
    if (this.#count + 2 > this.#offsets.length) {
      const larger = new Uint32Array(this.#offsets.length * 2)
      larger.set(this.#offsets)
      this.#offsets = larger
    }
    this.#offsets[++this.#count] = this.#used
  }

  build(): StringColumn {
    const offsets = sharedUint32(this.#count + 1)
    offsets.set(this.#offsets.subarray(0, this.#count + 1))
    const bytes = sharedUint8(this.#used)
    bytes.set(this.#bytes.subarray(0, this.#used))
    return { length: this.#count, offsets, bytes }
  }
}
