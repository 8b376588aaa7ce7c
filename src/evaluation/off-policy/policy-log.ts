/**
 * @file What off-policy evaluation reads: what was shown with which probability, what came of it, and how likely the
 * policy under evaluation would have shown the same.
 *
 * Weights are w = π(a|x) / p, with p the logged probability of the action that was shown, at the place where it was
 * shown, after all rules. It must be logged when the action is drawn: reconstructed ones are wrong by more than they tell.
 */

import { InvalidOptionError } from '../../base/errors.ts'

/** One row per logged decision, with its importance weight. */
export interface WeightedLog {
  readonly rewards: Float64Array
  /** π(a|x) / p ≥ 0. */
  readonly weights: Float64Array
}

/** The same with a reward model beside it. */
export interface ModelledLog extends WeightedLog {
  /** q̂(x, a): the reward that the model expects of what was shown. */
  readonly predicted: Float64Array
  /** Σ_a π(a|x) q̂(x, a): the reward that it expects of the policy under evaluation. */
  readonly expected: Float64Array
}

/** One row per logged decision among the same actions. */
export interface PolicyLog {
  /** Actions are 0 .. actionCount − 1. */
  readonly actionCount: number
  readonly actions: Uint32Array
  readonly rewards: Float64Array
  /** Probability with which the logging policy showed the action. */
  readonly propensities: Float64Array
}

/** Writes π(a|x) of a row for all actions; they sum to 1. */
export type TargetPolicy = (row: number, probabilities: Float64Array) => void

/** Every action with the same probability. */
export function uniformPolicy(actionCount: number): TargetPolicy {
  return (_row, probabilities) => {
    probabilities.fill(1 / actionCount)
  }
}

/**
 * @returns weights of all rows
 * @throws InvalidOptionError when a propensity is not in (0, 1]: the policy that logged it must be able to show it
 */
export function weigh(log: PolicyLog, policy: TargetPolicy): WeightedLog {
  const probabilities = new Float64Array(log.actionCount)
  const weights = new Float64Array(log.actions.length)
  for (let row = 0; row < weights.length; row++) {
    policy(row, probabilities)
    weights[row] = probabilities[log.actions[row]!]! / requirePropensity(log.propensities[row]!, row)
  }
  return { rewards: log.rewards, weights }
}

/** @throws InvalidOptionError when it is not in (0, 1] */
export function requirePropensity(propensity: number, row: number): number {
  if (propensity > 0 && propensity <= 1) return propensity
  throw new InvalidOptionError(
    'propensity',
    propensity,
    'a probability above 0 and up to 1',
    `row ${row + 1}; a policy without chance cannot be evaluated from its log`,
  )
}
