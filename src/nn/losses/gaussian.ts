/** @file Negative log-likelihood of a normal distribution whose variance is learned (Nix and Weigend 1994). */

import { add, divide, multiply } from '../operators/arithmetic.ts'
import { exp, log } from '../operators/pointwise.ts'
import type { Tensor } from '../tensor.ts'
import { meanLoss } from './loss.ts'

/**
 * Mean of ½ error² / v + ½ log v, v = e^logVariance + noise; all of one shape: a scalar.
 *
 * @param squaredErrors of what was predicted
 * @param noise variance that is known and not to be learned, as of a mean of so many draws; none when left out
 */
export function gaussianLoss(
  squaredErrors: Tensor,
  logVariance: Tensor,
  noise?: Tensor,
  weights?: Tensor,
): Tensor {
  const own = exp(logVariance)
  const variance = noise ? add(own, noise) : own
  const logOf = noise ? log(variance) : logVariance
  return meanLoss(multiply(add(divide(squaredErrors, variance), logOf), 0.5), weights)
}
