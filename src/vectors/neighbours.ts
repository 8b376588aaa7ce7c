/** @file What a search returns. */

/** Rows found, best first; ties to the smaller row. */
export interface Neighbours {
  items: Uint32Array
  scores: Float32Array
}
