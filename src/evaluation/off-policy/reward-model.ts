/**
 * @file Reward models for off-policy evaluation: ridge or logistic regression over features of (row, action), each row
 * predicted by a model that was fitted without it (cross-fitting, Chernozhukov et al. 2018), so that the model's fit to a
 * row's own reward does not leak into its residual.
 */

import { minimize } from '../../ranking/lbfgs.ts'
import { logistic, softplus } from '../../ranking/linear/row-loss.ts'
import type { ModelledLog, PolicyLog, TargetPolicy, WeightedLog } from './policy-log.ts'

/** Features of showing an action in the situation of a row. */
export interface ActionFeatures {
  readonly width: number
  /** Writes `width` numbers. */
  write(row: number, action: number, out: Float64Array): void
}

export interface RewardModelOptions {
  /** `logistic` for rewards in [0, 1], `linear` for all others. */
  link: 'logistic' | 'linear'
  /** Parts into which the rows are dealt in turn; each is predicted by a model of the others. */
  folds: number
  /** Strength of the L2 penalty, in rows; the intercept is free. */
  penalty: number
  iterations: number
}

export const rewardModelDefaults: RewardModelOptions = {
  link: 'logistic',
  folds: 3,
  penalty: 1,
  iterations: 100,
}

/** Indicators of the actions: the model is then the shrunken mean reward of each. */
export function actionIndicators(actionCount: number): ActionFeatures {
  return {
    width: actionCount,
    write(_row, action, out) {
      out.fill(0)
      out[action] = 1
    },
  }
}

/** @param weighted of the same log and policy */
export function modelRewards(
  log: PolicyLog,
  policy: TargetPolicy,
  weighted: WeightedLog,
  features: ActionFeatures,
  options: RewardModelOptions = rewardModelDefaults,
): ModelledLog {
  const rows = log.actions.length
  const { width } = features
  const shown = new Float64Array(rows * width)
  for (let row = 0; row < rows; row++) {
    features.write(row, log.actions[row]!, shown.subarray(row * width, (row + 1) * width))
  }
  const predicted = new Float64Array(rows)
  const expected = new Float64Array(rows)
  const probabilities = new Float64Array(log.actionCount)
  const other = new Float64Array(width)
  for (let fold = 0; fold < options.folds; fold++) {
    const weights = fitRewards(shown, log.rewards, width, fold, options)
    for (let row = fold; row < rows; row += options.folds) {
      predicted[row] = predict(weights, shown, row * width, width, options.link)
      policy(row, probabilities)
      for (let action = 0; action < log.actionCount; action++) {
        if (probabilities[action] === 0) continue
        features.write(row, action, other)
        expected[row]! += probabilities[action]! * predict(weights, other, 0, width, options.link)
      }
    }
  }
  return { ...weighted, predicted, expected }
}

/** Weights of all features, the intercept last, from the rows that are not of the fold. */
function fitRewards(
  shown: Float64Array,
  rewards: Float64Array,
  width: number,
  fold: number,
  { link, folds, penalty, iterations }: RewardModelOptions,
): Float64Array {
  const kept: number[] = []
  for (let row = 0; row < rewards.length; row++) if (folds === 1 || row % folds !== fold) kept.push(row)
  const share = 1 / Math.max(1, kept.length)
  const evaluate = (weights: Float64Array, gradient: Float64Array) => {
    gradient.fill(0)
    let loss = 0
    for (const row of kept) {
      const at = row * width
      const reward = rewards[row]!
      const sum = linear(weights, shown, at, width)
      const residual = (link === 'logistic' ? logistic(sum) : sum) - reward
      loss += link === 'logistic' ? softplus(sum) - reward * sum : 0.5 * residual * residual
      for (let f = 0; f < width; f++) gradient[f]! += residual * shown[at + f]!
      gradient[width]! += residual
    }
    for (let f = 0; f < width; f++) {
      loss += 0.5 * penalty * weights[f]! ** 2
      gradient[f]! += penalty * weights[f]!
    }
    for (let f = 0; f <= width; f++) gradient[f]! *= share
    return loss * share
  }
  return minimize(evaluate, new Float64Array(width + 1), { iterations })
}

function predict(
  weights: Float64Array,
  values: Float64Array,
  at: number,
  width: number,
  link: RewardModelOptions['link'],
): number {
  const sum = linear(weights, values, at, width)
  return link === 'logistic' ? logistic(sum) : sum
}

function linear(weights: Float64Array, values: Float64Array, at: number, width: number): number {
  let sum = weights[width]!
  for (let f = 0; f < width; f++) sum += weights[f]! * values[at + f]!
  return sum
}
