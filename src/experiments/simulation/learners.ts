/** @file What turns logged rows into a ranker, by name. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { fitLinear } from '../../ranking/linear/fit-linear.ts'
import { openLinear } from '../../ranking/linear/linear-model.ts'
import type { Scorer } from '../../ranking/scorer.ts'

export type Learner = (rows: LabelledRows, seed: number) => Scorer | Promise<Scorer>

export const linearLearner: Learner = (rows, seed) =>
  openLinear(fitLinear(rows, { method: 'pointwise', iterations: 50 }, seed))
