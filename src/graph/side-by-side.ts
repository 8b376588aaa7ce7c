/** @file Walks from many items at once: every lane has the same number of steps, whatever each item was given. */

import { LANES, type LaneOptions, type WalkLanes } from './walk-lanes.ts'

/**
 * The steps of all items in a row are cut into as many equal pieces as there are lanes; a lane goes over to the next item
 * where its piece does. Step s of the row is round s mod `rounds` of lane ⌊s / rounds⌋; lanes that reach the end of the row
 * go on unheeded.
 *
 * @param steps steps of each item; items that are given some must have edges
 * @returns `rounds`: the trail holds that many for every lane, 0 when there is nothing to walk
 */
export function walkSideBySide(
  lanes: WalkLanes,
  items: Uint32Array,
  steps: Uint32Array,
  options: LaneOptions,
): number {
  const ends = Uint32Array.from(steps)
  for (let q = 1; q < ends.length; q++) ends[q]! += ends[q - 1]!
  const total = ends.at(-1) ?? 0
  const rounds = Math.ceil(total / LANES)
  const itemOf = new Uint32Array(LANES)
  /** The round in which each lane goes over to its next item. */
  const until = new Uint32Array(LANES)
  for (let w = 0, q = 0; w < LANES && total > 0; w++) {
    const start = Math.min(w * rounds, total - 1)
    while (ends[q]! <= start) q++
    itemOf[w] = q
    lanes.place(w, items[q]!)
    until[w] = ends[q]! - start
  }
  for (let round = 0; round < rounds; ) {
    let next = rounds
    for (let w = 0; w < LANES; w++) if (until[w]! < next) next = until[w]!
    lanes.advance(next - round, round, options)
    round = next
    for (let w = 0; w < LANES; w++) {
      if (until[w]! > round) continue
      let following = itemOf[w]! + 1
      while (following < steps.length && steps[following] === 0) following++
      if (following === steps.length) {
        until[w] = rounds
        continue
      }
      itemOf[w] = following
      lanes.place(w, items[following]!)
      until[w] = round + steps[following]!
    }
  }
  return rounds
}
