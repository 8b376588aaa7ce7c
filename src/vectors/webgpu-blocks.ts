/** @file A table's blocks in GPU memory, as they are, in as many buffers as they need; renewed where somebody wrote. */

import { InsufficientMemoryError } from '../base/errors.ts'
import { BLOCK_SEQUENCE_AT } from './table-layout.ts'
import type { VectorTable } from './vector-table.ts'
import { BufferUsage, type GpuDevice } from './webgpu-device.ts'

/** Copies wait for one another in pieces of this size. */
const STAGING_BYTES = 8 * 2 ** 20
/** Blocks that a buffer has room for at first. */
const BLOCKS_FIRST = 64

/** One buffer: blocks from `firstBlock` of the table on. */
export interface BlockBuffer {
  buffer: GPUBuffer
  firstBlock: number
  /** Blocks that it has room for. */
  room: number
}

export class GpuBlocks {
  readonly #table: VectorTable
  readonly #gpu: GpuDevice
  /** Blocks of a full buffer. */
  readonly #most: number
  readonly buffers: BlockBuffer[] = []
  /** Of every block, the sequence that its copy had; −1 before the first. */
  #sequences = new Int32Array(0)
  readonly #staging: Uint8Array<ArrayBuffer>
  #version = -1
  #blocks = 0

  /** @param bufferBytes size of the largest buffer, what a shader can see of one when absent */
  constructor(table: VectorTable, gpu: GpuDevice, bufferBytes = gpu.bindingBytes) {
    const { blockBytes } = table.layout
    this.#table = table
    this.#gpu = gpu
    this.#most = Math.max(1, Math.floor(Math.min(bufferBytes, gpu.bindingBytes) / blockBytes))
    this.#staging = new Uint8Array(Math.max(1, Math.floor(STAGING_BYTES / blockBytes)) * blockBytes)
  }

  /**
   * Copies what was written since the last call; commands that are submitted afterwards see it.
   *
   * @returns blocks of the table
   * @throws InsufficientMemoryError when the GPU has no room
   */
  async renew(): Promise<number> {
    const { version, memory, layout } = this.#table
    const { blocks } = memory
    if (version === this.#version && blocks === this.#blocks) return blocks
    await this.#makeRoom(blocks)
    const { blockBytes } = layout
    const staged = this.#staging.length / blockBytes
    for (let first = 0, count = 0; first < blocks; first += count) {
      const { firstBlock, room, buffer } = this.#bufferOf(first)
      const end = Math.min(blocks, firstBlock + room)
      count = 0
      while (count < staged && first + count < end && this.#copyIfChanged(first + count, count * blockBytes))
        count++
      if (count > 0)
        this.#gpu.device.queue.writeBuffer(
          buffer,
          (first - firstBlock) * blockBytes,
          this.#staging,
          0,
          count * blockBytes,
        )
      // The one that stopped the row of changed blocks has not changed.
      if (count < staged && first + count < end) count++
    }
    this.#version = version
    this.#blocks = blocks
    return blocks
  }

  destroy(): void {
    for (const { buffer } of this.buffers) buffer.destroy()
  }

  #bufferOf(block: number): BlockBuffer {
    return this.buffers[Math.floor(block / this.#most)]
  }

  /** Copies a block to the staging memory, as it was between two writes. */
  #copyIfChanged(block: number, to: number): boolean {
    const { memory, layout } = this.#table
    const { words, bytes } = memory.view(block)
    const address = memory.address(block)
    const sequenceAt = (address + BLOCK_SEQUENCE_AT) / 4
    for (;;) {
      const sequence = Atomics.load(words, sequenceAt)
      if (sequence === this.#sequences[block]) return false
      if (sequence & 1) continue
      this.#staging.set(bytes.subarray(address, address + layout.blockBytes), to)
      if (Atomics.load(words, sequenceAt) !== sequence) continue
      this.#sequences[block] = sequence
      return true
    }
  }

  async #makeRoom(blocks: number): Promise<void> {
    if (blocks > this.#sequences.length) {
      const longer = new Int32Array(Math.max(blocks, 2 * this.#sequences.length)).fill(-1)
      longer.set(this.#sequences)
      this.#sequences = longer
    }
    for (let first = 0; first < blocks; first += this.#most) {
      const index = first / this.#most
      const wanted = Math.min(this.#most, blocks - first)
      const known = this.buffers[index]
      if (known && known.room >= wanted) continue
      const room = Math.min(this.#most, Math.max(wanted, BLOCKS_FIRST, 2 * (known?.room ?? 0)))
      const buffer = await this.#create(room * this.#table.layout.blockBytes)
      if (known) {
        const encoder = this.#gpu.device.createCommandEncoder()
        encoder.copyBufferToBuffer(known.buffer, 0, buffer, 0, known.buffer.size)
        this.#gpu.device.queue.submit([encoder.finish()])
        known.buffer.destroy()
      }
      this.buffers[index] = { buffer, firstBlock: first, room }
    }
  }

  async #create(size: number): Promise<GPUBuffer> {
    const { device, name } = this.#gpu
    device.pushErrorScope('out-of-memory')
    const usage = BufferUsage.storage | BufferUsage.copyTarget | BufferUsage.copySource
    const buffer = device.createBuffer({ size, usage })
    // A GPU does not tell how much is left: only that it was too little.
    if (await device.popErrorScope()) throw new InsufficientMemoryError(`a table on ${name}`, size, 0)
    return buffer
  }
}
