/**
 * @file Training examples out of the event log: what somebody took up, after the last items that they had before it. Blocks of
 * consecutive events are held one at a time, and batches are drawn from the block in its order or shuffled.
 */

import { createRandom, shuffle } from '../base/random.ts'
import type { BatchTask, TrainBatch } from '../nn/batches.ts'
import { type EventFilter, Timeline, type TimelineSize } from '../store/timeline.ts'
import { LastItems } from './last-items.ts'

export interface LogExamples {
  /** Of the store. */
  path: string
  filter: EventFilter
  size: TimelineSize
  users: number
  /** Examples in a batch. */
  batch: number
  /** Items before an event at most. */
  history: number
  /** Batches that are drawn from one block of events. */
  batchesOfBlock: number
  /** Of the order within blocks; null for time order. */
  seed: number | null
}

/** Bytes of the arrays that `openLogExamples` keeps: nothing in them depends on the length of the log. */
export function residentBytes({ users, batch, history, batchesOfBlock }: LogExamples): number {
  const perExample = 4 * (5 + 2 * history)
  const perPlace = 4 * (6 + history)
  return LastItems.bytes(users, history) + batch * perExample + batch * batchesOfBlock * perPlace
}

/** Opens a maker of batches. Asked for one after the other they cost one pass an epoch; to go back is to begin anew. */
export function openLogExamples(examples: LogExamples): (task: BatchTask) => TrainBatch {
  const { path, filter, size, users, batch, history, batchesOfBlock, seed } = examples
  const timeline = new Timeline(path, filter, size)
  const last = new LastItems(users, history)
  const block = new Block(batch * batchesOfBlock, history)
  const draw = openDraw(batch, history)
  let [epochOf, blockOf] = [-1, -1]
  return ({ epoch, index }) => {
    const wanted = Math.floor(index / batchesOfBlock)
    if (epoch !== epochOf || wanted < blockOf) {
      last.clear()
      ;[epochOf, blockOf] = [epoch, -1]
    }
    while (blockOf < wanted) block.read(timeline, ++blockOf, last)
    const order = seed === null ? null : block.shuffled(seed, epoch, wanted)
    return draw(block, order, (index % batchesOfBlock) * batch)
  }
}

/** Consecutive events, each with its user's items before it: values and offsets. */
class Block {
  readonly user: Uint32Array
  readonly item: Uint32Array
  readonly time: Float64Array
  readonly values: Uint32Array
  readonly offsets: Uint32Array
  count = 0
  readonly #order: Uint32Array
  #shuffled = ''

  constructor(size: number, history: number) {
    this.user = new Uint32Array(size)
    this.item = new Uint32Array(size)
    this.time = new Float64Array(size)
    this.values = new Uint32Array(size * history)
    this.offsets = new Uint32Array(size + 1)
    this.#order = new Uint32Array(size)
  }

  /** Reads block `number`, the next one after those that `last` has seen. */
  read(timeline: Timeline, number: number, last: LastItems): void {
    this.count = timeline.read(number * this.user.length, this)
    for (let k = 0; k < this.count; k++) {
      this.offsets[k + 1] = last.copy(this.user[k]!, this.values, this.offsets[k]!)
      last.push(this.user[k]!, this.item[k]!)
    }
  }

  /** Another order in each epoch. */
  shuffled(seed: number, epoch: number, number: number): Uint32Array {
    const order = this.#order.subarray(0, this.count)
    const which = `${epoch} ${number}`
    if (this.#shuffled === which) return order
    for (let k = 0; k < this.count; k++) order[k] = k
    // Two streams in one number: the epochs' seeds, and the blocks within each.
    shuffle(order, createRandom(createRandom(seed, epoch).uint32(), number))
    this.#shuffled = which
    return order
  }
}

/** Copies examples of a block into a batch, whose arrays are the same each time. */
function openDraw(batch: number, history: number) {
  const [user, item] = [new Uint32Array(batch), new Uint32Array(batch)]
  const time = new Float64Array(batch)
  const values = new Uint32Array(batch * history)
  const offsets = new Uint32Array(batch + 1)
  const weights = new Float32Array(batch * history)
  return (block: Block, order: Uint32Array | null, from: number): TrainBatch => {
    const count = Math.max(0, Math.min(batch, block.count - from))
    for (let k = 0; k < count; k++) {
      const place = order ? order[from + k]! : from + k
      user[k] = block.user[place]!
      item[k] = block.item[place]!
      time[k] = block.time[place]!
      const own = block.values.subarray(block.offsets[place], block.offsets[place + 1])
      const start = offsets[k]!
      values.set(own, start)
      offsets[k + 1] = start + own.length
      // Long histories speak louder, but not in proportion.
      weights.fill(1 / Math.sqrt(own.length), start, offsets[k + 1])
    }
    const end = offsets[count]!
    return {
      user: user.subarray(0, count),
      item: item.subarray(0, count),
      time: time.subarray(0, count),
      history: values.subarray(0, end),
      'history/offsets': offsets.subarray(0, count + 1),
      'history/weights': weights.subarray(0, end),
    }
  }
}
