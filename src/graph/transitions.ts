/** @file Directed transitions: which items are touched within a few steps after an item, nearer ones counting more. */

import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { topK } from '../base/top-k.ts'

export interface TransitionOptions {
  /** Items kept per item. */
  neighbours: number
  /** Steps ahead that still count; a step of d counts 1/d. */
  window: number
  /** A step backwards counts this much of one forwards. */
  backward: number
  /** Steps over a pause longer than this do not count, ms. Infinity without times. */
  maxPauseMs: number
  /** Exponent of the item's own count that divides its rows: 1 = a probability per visit, 0 = counts. */
  itemExponent: number
}

/**
 * Goes item by item over the places where it occurs, so that memory grows with the events and not with their pairs.
 *
 * @param sequences sequences × items, in order; repeats inside one are allowed
 * @param times beside the targets, ms; null without times
 * @returns items × items with weights, best first, ties by index
 */
export function transitions(sequences: Csr, times: Float64Array | null, options: TransitionOptions): Csr {
  const items = sequences.columns
  const { starts, places, sequenceOf } = occurrences(sequences)
  const sums = new Float64Array(items)
  const touched = new Uint32Array(items)
  let found = 0
  const add = (item: number, weight: number) => {
    if (sums[item] === 0) touched[found++] = item
    sums[item]! += weight
  }
  const offsets = sharedUint32(items + 1)
  const rows: { targets: Uint32Array; weights: Float32Array }[] = []
  for (let item = 0; item < items; item++) {
    found = 0
    for (let k = starts[item]!; k < starts[item + 1]!; k++) {
      const place = places[k]!
      const sequence = sequenceOf[place]!
      const near = (j: number) => !times || Math.abs(times[j]! - times[place]!) <= options.maxPauseMs
      const last = Math.min(sequences.offsets[sequence + 1]! - 1, place + options.window)
      for (let j = place + 1; j <= last && near(j); j++) {
        if (sequences.targets[j] !== item) add(sequences.targets[j]!, 1 / (j - place))
      }
      if (options.backward === 0) continue
      const first = Math.max(sequences.offsets[sequence]!, place - options.window)
      for (let j = place - 1; j >= first && near(j); j--) {
        if (sequences.targets[j] !== item) add(sequences.targets[j]!, options.backward / (place - j))
      }
    }
    const scale = (starts[item + 1]! - starts[item]!) ** -options.itemExponent
    const others = touched.slice(0, found).sort()
    const scores = Float32Array.from(others, (other) => sums[other]! * scale)
    for (const other of others) sums[other] = 0
    const best = topK(scores, options.neighbours)
    offsets[item + 1] = offsets[item]! + best.length
    rows.push({ targets: best.map((k) => others[k]!), weights: Float32Array.from(best, (k) => scores[k]!) })
  }
  const targets = sharedUint32(offsets[items]!)
  const weights = sharedFloat32(offsets[items]!)
  rows.forEach((row, item) => {
    targets.set(row.targets, offsets[item]!)
    weights.set(row.weights, offsets[item]!)
  })
  return { rows: items, columns: items, offsets, targets, weights }
}

/** Where each item occurs: places in `sequences.targets`, and the sequence of each place. */
function occurrences(sequences: Csr) {
  const sequenceOf = new Uint32Array(sequences.targets.length)
  for (let s = 0; s < sequences.rows; s++)
    sequenceOf.fill(s, sequences.offsets[s]!, sequences.offsets[s + 1]!)
  const starts = new Uint32Array(sequences.columns + 1)
  for (const item of sequences.targets) starts[item + 1]!++
  for (let item = 0; item < sequences.columns; item++) starts[item + 1]! += starts[item]!
  const cursor = starts.slice(0, sequences.columns)
  const places = new Uint32Array(sequences.targets.length)
  for (let k = 0; k < places.length; k++) places[cursor[sequences.targets[k]!]!++] = k
  return { starts, places, sequenceOf }
}
