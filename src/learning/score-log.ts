/** @file A ranking over rows as they are logged, the place taken as it will be when serving. */

import { PLACE_FEATURE } from '../ranking/examination/place-feature.ts'
import { BLEND_SCORE } from '../ranking/features/membership.ts'
import { type RowScorer, rowScorer } from '../ranking/rankers/open-rankers.ts'
import type { RankerModel, RankRows } from '../ranking/rankers/ranker.ts'

/** @param model undefined = the blend alone */
export function logScorer(model: RankerModel | undefined, { names, families }: RankRows): RowScorer {
  const width = names.length
  if (!model) {
    const blend = names.indexOf(BLEND_SCORE)
    return (values, rows) => Float32Array.from({ length: rows }, (_, row) => values[row * width + blend])
  }
  const unplaced = names.map((name) => (name === PLACE_FEATURE ? '' : name))
  return rowScorer(model, { names: unplaced, families, write() {} }, model.ranker)
}
