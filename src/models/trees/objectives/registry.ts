/** @file Objectives by name. */

import type { TreeOptions } from '../tree-options.ts'
import { logistic } from './logistic.ts'
import type { Objective } from './objective.ts'
import { lambdaMart, pairwise } from './pairs.ts'
import { squared } from './squared.ts'

const objectives: Record<TreeOptions['objective'], (options: TreeOptions) => Objective> = {
  logistic: () => logistic,
  squared: () => squared,
  pairwise,
  lambdamart: lambdaMart,
}

export const objectiveOf = (options: TreeOptions): Objective => objectives[options.objective](options)
