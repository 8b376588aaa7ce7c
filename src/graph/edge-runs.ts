/** @file Where each language-and-region code begins among an item's edges, so that a walker can keep to one code. */

import { sharedUint32 } from '../base/shared.ts'
import type { ItemGraph } from './item-graph.ts'

/** Item i has the runs `offsets[i] .. offsets[i + 1])`; run r has one code and begins at edge `starts[r]`. */
export interface EdgeRuns {
  offsets: Uint32Array
  codes: Uint32Array
  starts: Uint32Array
}

/** @returns null when no collection has a code, so that nothing can be favoured */
export function edgeRuns({ items, toCollections, collectionCode }: ItemGraph): EdgeRuns | null {
  if (!collectionCode.some((code) => code !== 0)) return null
  const offsets = sharedUint32(items + 1)
  eachRun((item) => offsets[item + 1]!++)
  for (let i = 0; i < items; i++) offsets[i + 1]! += offsets[i]!
  const codes = sharedUint32(offsets[items]!)
  const starts = sharedUint32(offsets[items]!)
  let run = 0
  eachRun((_, edge, code) => {
    codes[run] = code
    starts[run++] = edge
  })
  return { offsets, codes, starts }

  function eachRun(visit: (item: number, edge: number, code: number) => void): void {
    for (let item = 0; item < items; item++) {
      let last = -1
      for (let k = toCollections.offsets[item]!; k < toCollections.offsets[item + 1]!; k++) {
        const code = collectionCode[toCollections.targets[k]!]!
        if (code !== last) visit(item, k, code)
        last = code
      }
    }
  }
}

/** The run of a code among an item's edges, -1 when it has none; by halving, since codes ascend. */
export function runOf({ offsets, codes }: EdgeRuns, item: number, code: number): number {
  let low = offsets[item]!
  let high = offsets[item + 1]! - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = codes[middle]!
    if (found === code) return middle
    if (found < code) low = middle + 1
    else high = middle - 1
  }
  return -1
}
