/** @file All feature groups, in the order of their columns. */

import { contextFeatures } from './context.ts'
import { counterFeatures } from './counters.ts'
import type { FeatureGroup } from './feature-group.ts'
import { itemFeatures } from './item.ts'
import { membershipFeatures } from './membership.ts'
import { queryFeatures } from './query.ts'
import { similarityFeatures } from './similarity.ts'
import { userFeatures } from './user.ts'

export const featureGroups: readonly FeatureGroup[] = [
  membershipFeatures,
  itemFeatures,
  queryFeatures,
  similarityFeatures,
  userFeatures,
  contextFeatures,
  counterFeatures,
]
