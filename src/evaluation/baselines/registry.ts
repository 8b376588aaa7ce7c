/** @file All baselines: one line each, in the order of reports. */

import { NotFoundError } from '../../base/errors.ts'
import type { Baseline } from './baseline.ts'
import { easeBaseline } from './ease.ts'
import { itemKnn } from './item-knn.ts'
import { lastClickCosine, lastClickCount } from './last-click.ts'
import { popularity } from './popularity.ts'
import { random } from './random.ts'

export const baselines: readonly Baseline[] = [
  random,
  popularity,
  itemKnn,
  easeBaseline,
  lastClickCosine,
  lastClickCount,
]

export function baselineNamed(name: string): Baseline {
  const found = baselines.find((baseline) => baseline.name === name)
  if (found) return found
  throw new NotFoundError('baseline', name, {
    hint: `one of ${baselines.map((each) => each.name).join(', ')}`,
  })
}
