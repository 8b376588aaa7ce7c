/** @file Candidates as columns: what a source returns, and the union of what several returned. */

/** Items that one source proposes, best first, without repeats and without the request's query items. */
export interface Candidates {
  items: Uint32Array
  /** Comparable within one source and request only. */
  scores: Float32Array
}

/** The union of several sources' candidates, ordered by item index. */
export interface MergedCandidates {
  items: Uint32Array
  /** Bit s is set when source s proposed the item. */
  sources: Uint32Array
  /** Row-major, candidates × sources: the source's score, NaN where it did not propose the item. */
  scores: Float32Array
  /** Row-major, candidates × sources: the 0-based rank in the source's list, 0xffff where not proposed. */
  ranks: Uint16Array
}

export const emptyCandidates: Candidates = { items: new Uint32Array(0), scores: new Float32Array(0) }
