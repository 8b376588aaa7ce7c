/**
 * @file The loss scale of mixed precision (Micikevicius et al. 2018, section 3.2): the loss is multiplied before it is
 * differentiated, so that small gradients do not vanish in float16. An update whose gradients overflow is left out, and the scale
 * halved; after many good ones it is doubled.
 */

import { InvalidOptionError } from '../base/errors.ts'

export interface LossScaleOptions {
  /** The first scale, a power of two; 65536 when left out. */
  first?: number
  /** Doubled after so many updates without an overflow; 2000 when left out. */
  growAfter?: number
}

const FIRST = 2 ** 16
const GROW_AFTER = 2000
const LEAST = 1
const MOST = 2 ** 24

export class LossScale {
  /**
   * The scale, good updates since it changed, updates that were left out, and whether a batch of the next update has overflowed.
   * What follows depends on nothing else.
   */
  readonly state: Float32Array
  readonly #growAfter: number

  constructor({ first = FIRST, growAfter = GROW_AFTER }: LossScaleOptions = {}) {
    // By other numbers it could not be divided without rounding.
    if (!(Number.isInteger(Math.log2(first)) && first >= LEAST && first <= MOST))
      throw new InvalidOptionError('first', first, `a power of two from ${LEAST} to ${MOST}`)
    if (!(Number.isInteger(growAfter) && growAfter >= 1 && growAfter <= MOST))
      throw new InvalidOptionError('growAfter', growAfter, `a whole number from 1 to ${MOST}`)
    this.#growAfter = growAfter
    this.state = Float32Array.of(first, 0, 0, 0)
  }

  get scale(): number {
    return this.state[0]!
  }

  /** Updates that were left out. */
  get skipped(): number {
    return this.state[2]!
  }

  /** Whether a batch of the next update has overflowed. */
  get hasOverflowed(): boolean {
    return this.state[3] === 1
  }

  /** Gradients that overflow without a scale are not the scale's fault. */
  get isLeast(): boolean {
    return this.scale <= LEAST
  }

  overflow(): void {
    this.state[3] = 1
  }

  /** After the last batch of an update, whether it was done or left out. */
  endUpdate(): void {
    const [scale, good, skipped] = this.state as unknown as [number, number, number]
    if (this.hasOverflowed) this.state.set([Math.max(scale / 2, LEAST), 0, skipped + 1, 0])
    else if (good + 1 < this.#growAfter) this.state[1] = good + 1
    else this.state.set([Math.min(scale * 2, MOST), 0])
  }
}
