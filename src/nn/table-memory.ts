/** @file Memory of the kernel of embedding tables: what stays, and rooms that grow with what a step brings. */

import { KERNEL_MEMORY_LIMIT, type KernelMemory, KernelPlaces, kernelMemory } from '../base/kernel.ts'

const PAGE_BYTES = 65536

interface Room {
  address: number
  bytes: number
}

export class TableMemory {
  readonly memory: KernelMemory = kernelMemory(PAGE_BYTES, KERNEL_MEMORY_LIMIT)
  readonly #places = new KernelPlaces()
  readonly #rooms = new Map<string, Room>()

  /** @returns the address of that many bytes, which never move */
  place(bytes: number): number {
    const address = this.#places.place(bytes)
    const missing = Math.ceil((this.#places.bytes - this.memory.buffer.byteLength) / PAGE_BYTES)
    if (missing > 0) this.memory.grow(missing)
    return address
  }

  /** @returns the address of a room of at least that many bytes; it moves when it grows, its content with it */
  room(name: string, bytes: number): number {
    const known = this.#rooms.get(name)
    if (known && known.bytes >= bytes) return known.address
    // By halves: what is left behind stays smaller than what is used.
    const size = Math.max(bytes, 1.5 * (known?.bytes ?? 0))
    const address = this.place(size)
    if (known)
      new Uint8Array(this.memory.buffer).copyWithin(address, known.address, known.address + known.bytes)
    this.#rooms.set(name, { address, bytes: size })
    return address
  }

  /** Copies values into a room. @returns their address */
  put(name: string, values: Uint32Array | Float32Array | ArrayLike<number>): number {
    const address = this.room(name, 4 * values.length)
    const to =
      values instanceof Float32Array
        ? this.floats(address, values.length)
        : this.words(address, values.length)
    to.set(values)
    return address
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length)
  }

  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length)
  }
}
