/** @file Values to bin codes, column by column. */

import type { FeatureBins } from './feature-bins.ts'
import { floorFloat32 } from './float32.ts'

/** Codes of one feature, one per row. */
export type Codes = Uint8Array | Uint16Array

/** Writes the codes of a column's rows [from, to). */
export type Encoder = (values: Float32Array, width: number, column: number, from: number, to: number) => void

export function encoderOf(bins: FeatureBins, codes: Codes): Encoder {
  if (bins.kind === 'numeric') {
    return numericEncoder(
      Float32Array.from(bins.bounds, floorFloat32),
      bins.hasNan ? bins.bins - 1 : -1,
      codes,
    )
  }
  const binOf = new Map(bins.categories.map((category, k) => [category, k + 1]))
  return (values, width, column, from, to) => {
    for (let row = from, at = from * width + column; row < to; row++, at += width) {
      const value = values[at]
      codes[row] = value > -1 ? (binOf.get(Math.trunc(value)) ?? 0) : 0
    }
  }
}

/** The first bound that is ≥ the value, by a search of fixed length. Without a bin for it, NaN counts as 0. */
function numericEncoder(bounds: Float32Array, nanBin: number, codes: Codes): Encoder {
  let steps = 1
  while (steps < bounds.length) steps *= 2
  const padded = new Float32Array(steps).fill(Number.POSITIVE_INFINITY)
  padded.set(bounds)
  const search = (value: number) => {
    let bin = 0
    for (let step = steps >> 1; step > 0; step >>= 1) bin += padded[bin + step - 1] < value ? step : 0
    return bin
  }
  const nanCode = nanBin < 0 ? search(0) : nanBin
  return (values, width, column, from, to) => {
    for (let row = from, at = from * width + column; row < to; row++, at += width) {
      const value = values[at]
      codes[row] = value === value ? search(value) : nanCode
    }
  }
}
