/**
 * @file Batches in memory that two threads share and that is used again: the arrays of one lie one after the other, and a later
 * one is written over them. So a long training makes no garbage outside the heap, which a collector sees late.
 */

import type { TrainBatch } from './batches.ts'

/** Where an array lies: its bytes begin at `offset`. */
interface Place {
  name: string
  type: keyof typeof TYPES
  offset: number
  length: number
}

export interface PackedBatch {
  memory: SharedArrayBuffer
  places: Place[]
}

const TYPES = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array }
/** A line of a processor's cache: two threads never write to the same one, and kernels read from its beginning. */
const LINE = 64
/** Batches of jagged arrays differ in size: with so much to spare, few of them need new memory. */
const SPARE = 1.25

/** @param memory of a batch that nobody needs any more; where it is too small, or null, the batch gets a new one */
export function packBatch(batch: TrainBatch, memory: SharedArrayBuffer | null): PackedBatch {
  let size = 0
  const places = Object.entries(batch).map(([name, values]): Place => {
    const offset = size
    size += Math.ceil(values.byteLength / LINE) * LINE
    return { name, type: values.constructor.name as Place['type'], offset, length: values.length }
  })
  const room = memory && memory.byteLength >= size ? memory : new SharedArrayBuffer(Math.ceil(SPARE * size))
  for (const place of places) arrayAt(room, place).set(batch[place.name]!)
  return { memory: room, places }
}

/** Views of what was packed, not copies. */
export function unpackBatch({ memory, places }: PackedBatch): TrainBatch {
  return Object.fromEntries(places.map((place) => [place.name, arrayAt(memory, place)]))
}

function arrayAt(memory: SharedArrayBuffer, { type, offset, length }: Place): TrainBatch[string] {
  const View = TYPES[type] as new (memory: SharedArrayBuffer, offset: number, length: number) => Uint8Array
  return new View(memory, offset, length)
}
