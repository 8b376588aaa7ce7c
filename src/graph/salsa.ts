/**
 * @file SALSA (Lempel and Moran 2001) as "Who to Follow" uses it (Gupta et al. 2013): scores go back and forth between the
 * collections of a circle of trust, the hubs, and their items, the authorities.
 */

import type { Csr } from '../base/csr.ts'
import type { Circle } from './circle-of-trust.ts'

export interface SalsaOptions {
  /** Times that scores go from hubs to authorities and back. */
  rounds: number
  /** Share of a hub's score that stays what the circle gave it; 1 = hubs are not scored again. */
  hubRestart: number
}

export interface Authorities {
  /** Items of the circle's collections, ascending. */
  items: Uint32Array
  /** Beside `items`, 1 in sum. */
  scores: Float64Array
}

/** Scores over one graph; its buffer serves all requests. One request at a time. */
export class Salsa {
  readonly #toItems: Csr
  /** Place of an item among those of the circle; 0 outside a request. */
  readonly #places: Uint32Array

  /** @param toItems collections × items */
  constructor(toItems: Csr) {
    this.#toItems = toItems
    this.#places = new Uint32Array(toItems.columns)
  }

  /** authority = Σ hub / out-degree; hub = (1 − ρ)·Σ authority / in-degree + ρ·share; degrees within the circle. */
  authorities({ collections, shares }: Circle, { rounds, hubRestart }: SalsaOptions): Authorities {
    const { items, members, offsets } = this.#localEdges(collections)
    const inDegrees = new Uint32Array(items.length)
    for (let k = 0; k < members.length; k++) inDegrees[members[k]!]!++
    const scores = new Float64Array(items.length)
    const hubs = shares.slice()
    for (let round = 0; ; round++) {
      scores.fill(0)
      for (let h = 0; h < hubs.length; h++) {
        const start = offsets[h]!
        const end = offsets[h + 1]!
        const share = hubs[h]! / (end - start)
        for (let k = start; k < end; k++) scores[members[k]!]! += share
      }
      if (round >= rounds) return { items, scores }
      // One division an item instead of one an edge.
      for (let k = 0; k < items.length; k++) scores[k]! /= inDegrees[k]!
      for (let h = 0; h < hubs.length; h++) {
        let sum = 0
        for (let k = offsets[h]!; k < offsets[h + 1]!; k++) sum += scores[members[k]!]!
        hubs[h] = (1 - hubRestart) * sum + hubRestart * shares[h]!
      }
    }
  }

  /** The circle's collections × its items, these numbered in ascending order. */
  #localEdges(collections: Uint32Array) {
    const { offsets: starts, targets } = this.#toItems
    const offsets = new Uint32Array(collections.length + 1)
    collections.forEach((c, h) => {
      offsets[h + 1] = offsets[h]! + starts[c + 1]! - starts[c]!
    })
    const members = new Uint32Array(offsets[collections.length]!)
    collections.forEach((c, h) => {
      members.set(targets.subarray(starts[c]!, starts[c + 1]!), offsets[h]!)
    })
    const places = this.#places
    const reached = new Uint32Array(members.length)
    let size = 0
    for (const item of members) {
      if (places[item] !== 0) continue
      places[item] = 1
      reached[size++] = item
    }
    const items = reached.slice(0, size).sort()
    for (let k = 0; k < size; k++) places[items[k]!] = k
    for (let k = 0; k < members.length; k++) members[k] = places[members[k]!]!
    for (let k = 0; k < size; k++) places[items[k]!] = 0
    return { items, members, offsets }
  }
}
