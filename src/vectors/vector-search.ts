/** @file The interface that every search over a vector table has, whatever it runs on. */

import type { Filter } from './filter.ts'
import type { Neighbours } from './neighbours.ts'

export interface SearchRequest {
  /** One or several queries, row-major, n × dim. */
  queries: Float32Array
  /** Rows wanted for each query, from 1 to K_MOST. */
  k: number
  /** Only rows that match are found, and k of them when there are so many. */
  filter?: Filter
  /** Only these rows: bit r mod 32 of word r >> 5; rows beyond its end are not among them. */
  allowed?: Uint32Array
}

export const K_MOST = 2 ** 20

export interface VectorSearch {
  /**
   * @returns the rows with the largest scores, per query
   * @throws InvalidOptionError when the request does not fit the table
   */
  search(request: SearchRequest): Promise<Neighbours[]>
  close(): Promise<void>
}
