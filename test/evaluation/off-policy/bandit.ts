/** @file A small bandit whose truth is known: contexts, actions, click rates, a logging policy and a better one. */

import { createRandom, type Random } from '../../../src/base/random.ts'
import {
  type ModelledLog,
  type PolicyLog,
  type TargetPolicy,
  weigh,
} from '../../../src/evaluation/off-policy/policy-log.ts'
import type { ActionFeatures } from '../../../src/evaluation/off-policy/reward-model.ts'

export const CONTEXTS = 3
export const ACTIONS = 5

/** Click rate of an action in a context: every context has another best action. */
export const clickRate = (context: number, action: number) =>
  0.05 + 0.1 * context + 0.12 * ((action + 2 * context) % ACTIONS)

/** The logging policy prefers low actions, the target high rates; both give everything a chance. */
export const LOGGING: readonly number[] = [0.36, 0.26, 0.18, 0.12, 0.08]
/** Shows the last action so rarely that its weights are beyond the root of a thousand rows. */
export const TIMID_LOGGING: readonly number[] = [0.5, 0.3, 0.15, 0.045, 0.005]

export function targetProbability(context: number, action: number): number {
  const rank = (action + 2 * context) % ACTIONS
  return [0.05, 0.1, 0.15, 0.25, 0.45][rank]!
}

/** Mean reward of the target policy; contexts are equally frequent. */
export function trueValue(): number {
  let sum = 0
  for (let context = 0; context < CONTEXTS; context++)
    for (let action = 0; action < ACTIONS; action++)
      sum += (targetProbability(context, action) * clickRate(context, action)) / CONTEXTS
  return sum
}

export interface BanditRun {
  log: PolicyLog
  contexts: Uint32Array
  target: TargetPolicy
  features: ActionFeatures
}

export function runBandit(rows: number, seed: number, logging = LOGGING): BanditRun {
  const random = createRandom(seed, 77)
  const contexts = new Uint32Array(rows)
  const log: PolicyLog = {
    actionCount: ACTIONS,
    actions: new Uint32Array(rows),
    rewards: new Float64Array(rows),
    propensities: new Float64Array(rows),
  }
  for (let row = 0; row < rows; row++) {
    const context = random.below(CONTEXTS)
    const action = draw(logging, random)
    contexts[row] = context
    log.actions[row] = action
    log.rewards[row] = random.float() < clickRate(context, action) ? 1 : 0
    log.propensities[row] = logging[action]!
  }
  return {
    log,
    contexts,
    target(row, probabilities) {
      for (let action = 0; action < ACTIONS; action++)
        probabilities[action] = targetProbability(contexts[row]!, action)
    },
    features: {
      width: ACTIONS + CONTEXTS,
      write(row, action, out) {
        out.fill(0)
        out[action] = 1
        out[ACTIONS + contexts[row]!] = 1
      },
    },
  }
}

/** The log with a model that is exactly right, or off by what `error` gives. */
export function modelExactly(
  { log, contexts, target }: BanditRun,
  error: (action: number) => number = () => 0,
): ModelledLog {
  const reward = (row: number, action: number) => clickRate(contexts[row]!, action) + error(action)
  return {
    ...weigh(log, target),
    predicted: Float64Array.from(log.actions, (action, row) => reward(row, action)),
    expected: Float64Array.from(log.actions, (_, row) => {
      let sum = 0
      for (let a = 0; a < ACTIONS; a++) sum += targetProbability(contexts[row]!, a) * reward(row, a)
      return sum
    }),
  }
}

function draw(probabilities: readonly number[], random: Random): number {
  let left = random.float()
  for (let k = 0; k < probabilities.length - 1; k++) {
    left -= probabilities[k]!
    if (left < 0) return k
  }
  return probabilities.length - 1
}
