/** @file What can be tuned of a cascade: constants, and how good requests are answered with them. */

import type { Constants } from '../../cascade/tuned.ts'
import type { Space, Values } from './parameter.ts'

export interface ConstantsObjective {
  readonly space: Space
  /** The constants as they are. */
  readonly present: Values
  /** Sources of the cascade that is measured. */
  readonly sources: readonly string[]
  /** Requests in all validation periods. */
  readonly requests: number
  /** User (or session) of every request, dense from 0, beside what `judge` gives for all of them. */
  readonly units: Uint32Array
  /** The metric of every request of a share, always in the same order. */
  judge(values: Values, share: number): Promise<Float64Array>
  /** The cascade's constants with these values in them. */
  constantsOf(values: Values): Constants
  close(): Promise<void>
}
