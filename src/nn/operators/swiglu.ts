/** @file A gated linear unit with silu as the gate (Shazeer 2020). */

import type { Tensor } from '../tensor.ts'
import { multiply } from './arithmetic.ts'
import { silu } from './pointwise.ts'

/** silu(gate) ⊙ x. */
export const swiglu = (gate: Tensor, x: Tensor) => multiply(silu(gate), x)
