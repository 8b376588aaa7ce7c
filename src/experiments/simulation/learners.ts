/** @file What turns logged rows into a ranker, by name. */

import { silentProgress } from '../../base/progress.ts'
import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { fitTrees } from '../../models/trees/fit-trees.ts'
import type { TreeOptionsInput } from '../../models/trees/tree-options.ts'
import { treeScorer } from '../../models/trees/tree-scorer.ts'
import { fitLinear } from '../../ranking/linear/fit-linear.ts'
import { openLinear } from '../../ranking/linear/linear-model.ts'
import type { Scorer } from '../../ranking/scorer.ts'

export type Learner = (rows: LabelledRows, seed: number) => Scorer | Promise<Scorer>

/** Small trees: randomised traffic alone has few clicks. */
const TREES: TreeOptionsInput = { objective: 'logistic', numIterations: 60, numLeaves: 8, minDataInLeaf: 50 }

export const linearLearner: Learner = (rows, seed) =>
  openLinear(fitLinear(rows, { method: 'pointwise', iterations: 50 }, seed))

export const treeLearner: Learner = async (rows, seed) =>
  treeScorer(await fitTrees(rows, null, TREES, { threads: 1, seed, progress: silentProgress }))

export const LEARNERS = { linear: linearLearner, trees: treeLearner } as const satisfies Record<
  string,
  Learner
>
