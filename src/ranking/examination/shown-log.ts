/** @file What was shown where and whether it was clicked, as columns: what examination is learned from. */

/** One row per impression. */
export interface ShownLog {
  length: number
  /** What was shown to what: equal keys are equally attractive, such as a pair of query and item; dense, 0-based. */
  keys: Uint32Array
  /** From 0 = first. */
  places: Uint16Array
  /** 1 = clicked. */
  clicks: Uint8Array
}

/**
 * How likely each place is looked at, relative to the first: index = place, the first is 1. Of places that nothing is
 * known of the one before is taken, see `examinationAt`.
 */
export interface Examination {
  curve: Float64Array
  /** Standard errors of the logarithms of the curve; 0 for the first, NaN where none can be given. */
  errors: Float64Array
}

/** Beyond the last place that is known, as at that one. */
export function examinationAt(curve: Float64Array, place: number): number {
  return curve[Math.min(place, curve.length - 1)]!
}

export function placesOf({ places, length }: ShownLog): number {
  let most = 0
  for (let k = 0; k < length; k++) if (places[k]! >= most) most = places[k]! + 1
  return most
}
