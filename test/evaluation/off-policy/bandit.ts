/** @file A small bandit whose truth is known: contexts, actions, click rates, a logging policy and a better one. */

import { createRandom, type Random } from '../../../src/base/random.ts'
import type { PolicyLog, TargetPolicy } from '../../../src/evaluation/off-policy/policy-log.ts'
import type { ActionFeatures } from '../../../src/evaluation/off-policy/reward-model.ts'

export const CONTEXTS = 3
export const ACTIONS = 5

/** Click rate of an action in a context: every context has another best action. */
export const clickRate = (context: number, action: number) =>
  0.05 + 0.1 * context + 0.12 * ((action + 2 * context) % ACTIONS)

/** The logging policy prefers low actions, the target high rates; both give everything a chance. */
export const loggingProbability = (action: number) => [0.36, 0.26, 0.18, 0.12, 0.08][action]!

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

export function runBandit(rows: number, seed: number): BanditRun {
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
    const action = draw(loggingProbability, ACTIONS, random)
    contexts[row] = context
    log.actions[row] = action
    log.rewards[row] = random.float() < clickRate(context, action) ? 1 : 0
    log.propensities[row] = loggingProbability(action)
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

/** One of 0 .. count − 1. */
export function draw(probabilityOf: (k: number) => number, count: number, random: Random): number {
  let left = random.float()
  for (let k = 0; k < count - 1; k++) {
    left -= probabilityOf(k)
    if (left < 0) return k
  }
  return count - 1
}
