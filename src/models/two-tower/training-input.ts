/** @file What training two towers is given: options, and what is known of users and items. */

import type { Csr } from '../../base/csr.ts'
import type { VectorMatrix } from '../../vectors/vector-matrix.ts'
import type { BatchOptions } from './batches.ts'
import type { Conditions } from './conditions.ts'
import type { TrainedRows } from './item-tables.ts'
import type { RecallCase } from './recall.ts'

export interface TwoTowerOptions extends BatchOptions {
  dim: number
  /** Width of the hidden layer of the user's tower. */
  hidden: number
  dropout: number
  /** Whether rows of items begin as factors of who had what, or at random. */
  pretrained: boolean
  /** Rows of items; one for each item when left out. */
  rows?: TrainedRows
  temperature: number
  /** Whether scores are corrected by how likely an item is a candidate (Yi et al. 2019). */
  logQ: boolean
  /** Over so many the rates fall. */
  epochs: number
  /** Of the epochs, the last one that is run, where that is known; else who judges says when to stop. */
  stopAfter?: number
  /** Users that teach at most, a seeded sample; all when left out. */
  learners?: number
  /** Epochs without a better recall on users that teach nothing before it stops. */
  patience: number
  rate: number
  tableRate: number
}

export interface TwoTowerInput {
  /** Users × items, distinct, oldest first. */
  histories: Csr
  /** Whether what comes later is to be found by what came before. */
  isOrdered: boolean
  /** Codes and number of values of each attribute of users. */
  attributes: readonly { codes: Uint32Array; values: number }[]
  /** What users may ask for; left out where towers are not to know of it. */
  conditions?: Conditions
  /** What items are made of; null when nothing is known. */
  content: VectorMatrix | null
  /** Whether items have rows of their own; without them they are what they are made of. */
  ids: boolean
  /** Users whose later items say when to stop; when left out, a few users teach nothing and say it. */
  judged?: readonly RecallCase[]
}
