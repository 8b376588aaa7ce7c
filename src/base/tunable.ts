/** @file What the tuner may do with an option: declared in the option's own schema, beside its range and default. */

import 'zod'

/**
 * Where the range of valid values is wider than the range worth searching, an option narrows it:
 * `z.number().min(0).max(1e6).default(300).meta({ tune: { scale: 'log', from: 10, to: 10_000 } })`.
 * Without a hint, numbers with both bounds, booleans and enums are searched as they are declared.
 */
export interface TuneHint {
  /** Linear when left out. */
  scale?: 'linear' | 'log'
  /** The option's own bounds when left out. */
  from?: number
  to?: number
}

declare module 'zod' {
  interface GlobalMeta {
    /** `false`: a matter of cost or of kind, not of quality; never searched. */
    tune?: TuneHint | false
  }
}
