/** @file A request as sources see it: everything resolved to dense indices. */

import type { UserIndex } from '../base/id-table.ts'
import type { Condition } from './condition.ts'

export const SURFACES = ['related', 'home'] as const
export type Surface = (typeof SURFACES)[number]

/** Built once per request by the cascade; sources only read it. */
export interface ResolvedRequest {
  surface: Surface
  /**
   * Query items, oldest first: for `related` the page's item is the last one (items viewed before it in the session
   * may stand in front); for `home` the user's recent items. Distinct. May be empty (a new user).
   */
  items: Uint32Array
  /** Weight of each query item, > 0. */
  weights: Float32Array
  /** When each query item was touched (ms since 1970), NaN when unknown. */
  times: Float64Array
  /** -1 when unknown. */
  user: UserIndex
  /** Codes of the user's (or request's) region, language and segment in the user table; 0 when unknown. */
  region: number
  language: number
  segment: number
  /** When the request is answered, ms since 1970. */
  time: number
  /** Every random choice for this request derives from it. */
  seed: number
  /** Of its id, where it has one: what must not come out alike for all who ask for the same derives from this instead. */
  draw?: number
  /**
   * What items must satisfy to be in the answer; left out where all may be. What sources propose is filtered after them anyway:
   * one that looks at all items does better to pass over what would be lost.
   */
  condition?: Condition
}
