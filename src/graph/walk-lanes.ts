/**
 * @file Many random walkers in lock-step over the item–collection graph: first all draw an edge of their item, then all
 * read its collection, then all draw an edge of that, then all read its item. A lone walker waits for memory at every
 * read; here up to 32 reads that do not depend on each other are on their way at once.
 */

import { seedState } from '../base/random.ts'
import { type EdgeRuns, runOf } from './edge-runs.ts'
import type { ItemGraph } from './item-graph.ts'

/** Walkers in lock-step. 16 and 32 are equally fast, 64 a little slower; results depend on the number, so it is fixed. */
export const LANES = 32

/** How likely a walker goes back before a step, and which collections it favours. */
export interface LaneOptions {
  /** Probability, before each step, of going back to the lane's start. */
  restartProbability: number
  /** With this probability an edge is drawn among those of the code only, where an item has any. */
  bias: { runs: EdgeRuns; code: number; probability: number } | null
}

/**
 * Walkers that draw in turn from one stream of random numbers (xorshift128, Marsaglia 2003), whose state stays in registers.
 * The way back is a mask, since a branch would be guessed wrong every other time (a sixth of the speed); four short loops
 * keep more reads on their way than two longer ones (a quarter of it).
 */
export class WalkLanes {
  /** After `advance`: round t of lane w at `t·LANES + w` is the item that the lane reached. */
  readonly trail: Int32Array
  /** Beside the trail, the collection through which each item was reached; null when nobody wants to know. */
  readonly collectionTrail: Int32Array | null
  readonly #starts = new Int32Array(LANES)
  readonly #places = new Int32Array(LANES)
  /** Scratch of a round: edges, then collections, then edges again. */
  readonly #edges = new Int32Array(LANES)
  readonly #state = new Int32Array(4)
  readonly #itemOffsets: Int32Array
  readonly #itemTargets: Int32Array
  readonly #collectionOffsets: Int32Array
  readonly #collectionTargets: Int32Array

  /** @param maxRounds most rounds that the trail must hold */
  constructor(graph: ItemGraph, maxRounds: number, { collectionsToo = false } = {}) {
    this.trail = new Int32Array(maxRounds * LANES)
    this.collectionTrail = collectionsToo ? new Int32Array(maxRounds * LANES) : null
    this.#itemOffsets = signed(graph.toCollections.offsets)
    this.#itemTargets = signed(graph.toCollections.targets)
    this.#collectionOffsets = signed(graph.toItems.offsets)
    this.#collectionTargets = signed(graph.toItems.targets)
  }

  seed(seed: number, stream: number): void {
    this.#state.set(seedState(seed, stream))
  }

  /** Puts a lane onto an item that has edges; it goes back there from now on. */
  place(lane: number, item: number): void {
    this.#starts[lane] = item
    this.#places[lane] = item
  }

  placeAll(item: number): void {
    this.#starts.fill(item)
    this.#places.fill(item)
  }

  /** All lanes make `rounds` steps; the trail is written from round `from` on. */
  advance(rounds: number, from: number, { restartProbability, bias }: LaneOptions): void {
    if (bias && bias.code !== 0 && bias.probability > 0)
      this.#advanceBiased(rounds, from, restartProbability, bias)
    else this.#advanceFreely(rounds, from, restartProbability)
  }

  #advanceFreely(rounds: number, from: number, restartProbability: number): void {
    const { trail, collectionTrail } = this
    const starts = this.#starts
    const places = this.#places
    const edges = this.#edges
    const itemOffsets = this.#itemOffsets
    const itemTargets = this.#itemTargets
    const collectionOffsets = this.#collectionOffsets
    const collectionTargets = this.#collectionTargets
    const threshold = boundOf(restartProbability)
    let [a, b, c, d] = this.#state as unknown as [number, number, number, number]
    let at = from * LANES
    for (let round = 0; round < rounds; round++) {
      for (let w = 0; w < LANES; w++) {
        let s = a ^ (a << 11)
        a = b
        b = c
        c = d
        d = d ^ (d >>> 19) ^ s ^ (s >>> 8)
        const back = ((d >> 1) - threshold) >> 31
        const item = (starts[w]! & back) | (places[w]! & ~back)
        s = a ^ (a << 11)
        a = b
        b = c
        c = d
        d = d ^ (d >>> 19) ^ s ^ (s >>> 8)
        const first = itemOffsets[item]!
        edges[w] = first + (((d >>> 0) * TO_UNIT * (itemOffsets[item + 1]! - first)) | 0)
      }
      for (let w = 0; w < LANES; w++) edges[w] = itemTargets[edges[w]!]!
      if (collectionTrail) collectionTrail.set(edges, at)
      for (let w = 0; w < LANES; w++) {
        const s = a ^ (a << 11)
        a = b
        b = c
        c = d
        d = d ^ (d >>> 19) ^ s ^ (s >>> 8)
        const collection = edges[w]!
        const first = collectionOffsets[collection]!
        edges[w] = first + (((d >>> 0) * TO_UNIT * (collectionOffsets[collection + 1]! - first)) | 0)
      }
      for (let w = 0; w < LANES; w++) {
        const item = collectionTargets[edges[w]!]!
        places[w] = item
        trail[at++] = item
      }
    }
    this.#state[0] = a
    this.#state[1] = b
    this.#state[2] = c
    this.#state[3] = d
  }

  /** The same with one more draw a step, for the bias. */
  #advanceBiased(
    rounds: number,
    from: number,
    restartProbability: number,
    bias: NonNullable<LaneOptions['bias']>,
  ): void {
    const { trail, collectionTrail } = this
    const state = this.#state
    const starts = this.#starts
    const places = this.#places
    const edges = this.#edges
    const restart = boundOf(restartProbability)
    const own = boundOf(bias.probability)
    let at = from * LANES
    for (let round = 0; round < rounds; round++) {
      for (let w = 0; w < LANES; w++) {
        const item = draw(state) >> 1 < restart ? starts[w]! : places[w]!
        let first = this.#itemOffsets[item]!
        let end = this.#itemOffsets[item + 1]!
        if (draw(state) >> 1 < own) {
          const run = runOf(bias.runs, item, bias.code)
          if (run >= 0) {
            if (run + 1 < bias.runs.offsets[item + 1]!) end = bias.runs.starts[run + 1]!
            first = bias.runs.starts[run]!
          }
        }
        edges[w] = first + (((draw(state) >>> 0) * TO_UNIT * (end - first)) | 0)
      }
      for (let w = 0; w < LANES; w++) edges[w] = this.#itemTargets[edges[w]!]!
      if (collectionTrail) collectionTrail.set(edges, at)
      for (let w = 0; w < LANES; w++) {
        const collection = edges[w]!
        const first = this.#collectionOffsets[collection]!
        const end = this.#collectionOffsets[collection + 1]!
        edges[w] = first + (((draw(state) >>> 0) * TO_UNIT * (end - first)) | 0)
      }
      for (let w = 0; w < LANES; w++) {
        const item = this.#collectionTargets[edges[w]!]!
        places[w] = item
        trail[at++] = item
      }
    }
  }
}

/** Multiplying instead of a remainder: a 32-bit draw times the degree, over 2³². */
const TO_UNIT = 2 ** -32

/** A probability as the bound below which the upper 31 bits of a signed draw fall so often. */
function boundOf(probability: number): number {
  return Math.round(probability * 2 ** 31) - 2 ** 30
}

function draw(state: Int32Array): number {
  const s = state[0]! ^ (state[0]! << 11)
  state[0] = state[1]!
  state[1] = state[2]!
  state[2] = state[3]!
  const d = state[3]!
  state[3] = d ^ (d >>> 19) ^ s ^ (s >>> 8)
  return state[3]!
}

/** Indices stay below 2³¹; signed reads spare a conversion. */
function signed(values: Uint32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length)
}
