/** @file Boosted trees as arrays, in the terms of LightGBM's text model: what is fitted, read, written and scored. */

/** Bits of a node's decision type. */
export const CATEGORICAL = 1
export const DEFAULT_LEFT = 2

/** Bits 2 and 3 of the decision type: what counts as missing at the node. */
export const MISSING_NONE = 0
export const MISSING_ZERO = 1
export const MISSING_NAN = 2
export const missingTypeOf = (decisionType: number) => (decisionType >> 2) & 3

/** With missing type zero, values within ± this are missing. */
export const ZERO_THRESHOLD = 1e-35

/**
 * One tree with L leaves and L − 1 nodes; node 0 is the root, a child c < 0 is leaf ~c. A tree with one leaf has no
 * nodes.
 *
 * A numeric node sends x left when x ≤ threshold. NaN is missing with missing type NaN and goes to the default side,
 * otherwise it counts as 0; with missing type zero, zero is missing too. A categorical node sends categories whose bit
 * is set left, everything else (negative and missing ones too) right; its threshold k names words
 * `catBoundaries[k] .. catBoundaries[k + 1])` of `catThreshold`.
 */
export interface Tree {
  readonly splitFeature: Int32Array
  readonly splitGain: Float64Array
  readonly threshold: Float64Array
  readonly decisionType: Uint8Array
  readonly leftChild: Int32Array
  readonly rightChild: Int32Array
  /** Shrinkage is in it already; the first tree's hold the start score too. */
  readonly leafValue: Float64Array
  /** Σ hessians of the training rows in the leaf. */
  readonly leafWeight: Float64Array
  readonly leafCount: Uint32Array
  readonly internalValue: Float64Array
  readonly internalWeight: Float64Array
  readonly internalCount: Uint32Array
  readonly catBoundaries: Uint32Array
  readonly catThreshold: Uint32Array
  /** For information only. */
  readonly shrinkage: number
}

export interface TreeModel {
  /** One per column of the rows that are scored. */
  readonly featureNames: readonly string[]
  /** One per feature: `[min:max]` of a numeric one, `a:b:c` of a categorical one, `none` of one never used. */
  readonly featureInfos: readonly string[]
  /** −1, 0 or 1 per feature; empty = none is constrained. */
  readonly monotoneConstraints: readonly number[]
  /** LightGBM's name with its parameters: `binary sigmoid:1`, `regression`, `lambdarank`. */
  readonly objective: string
  /** The score is the mean over the trees instead of their sum (random forests). */
  readonly averageOutput: boolean
  readonly trees: readonly Tree[]
  /** What it was fitted with, for information. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

export const leavesOf = (tree: Tree) => tree.leafValue.length
