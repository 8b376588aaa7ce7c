/** @file The Open Bandit Dataset as a log for off-policy evaluation, with the features of its reward model. */

import type { OpenBanditRows } from '../../data/open-bandit.ts'
import type { PolicyLog } from './policy-log.ts'
import type { ActionFeatures } from './reward-model.ts'

/** Actions are items; a row is one item at one place. */
export function openBanditLog({ items, item, click, propensity }: OpenBanditRows): PolicyLog {
  return { actionCount: items, actions: item, rewards: click, propensities: propensity }
}

/** Indicators of the item, the place and the user's four features, and the user's affinity to the item. */
export function openBanditFeatures(rows: OpenBanditRows): ActionFeatures {
  const { items, position, userFeatures, userCodes, affinity } = rows
  const places = 3
  const starts = userCodes.map((_, k) => items + places + sum(userCodes.slice(0, k)))
  const width = items + places + sum(userCodes) + 1
  return {
    width,
    write(row, action, out) {
      out.fill(0)
      out[action] = 1
      out[items + position[row]!] = 1
      for (const [k, start] of starts.entries()) out[start + userFeatures[row * starts.length + k]!] = 1
      out[width - 1] = Math.log1p(affinity[row * items + action]!)
    },
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
