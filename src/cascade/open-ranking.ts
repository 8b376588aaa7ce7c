/** @file How a surface of a snapshot ranks, opened: blend, features, ranker, exploration. */

import type { LiveCounters } from '../ranking/counters/live-counters.ts'
import { createExploration, type ExplorationOptions } from '../ranking/exploration/options.ts'
import { openFeatureData } from '../ranking/features/feature-data.ts'
import { openFeatureSet } from '../ranking/features/feature-set.ts'
import { rowScorer } from '../ranking/rankers/open-rankers.ts'
import type { Surface } from '../sources/request.ts'
import type { OpenRanking } from './rank.ts'
import { rankerFile, type Snapshot } from './snapshot.ts'

/** @returns null when the snapshot was not fitted for the surface */
export function openRanking(
  snapshot: Snapshot,
  surface: Surface,
  counters?: LiveCounters,
  exploration?: ExplorationOptions,
): OpenRanking | null {
  const blend = snapshot.blends[surface]
  if (!blend) return null
  const data = openFeatureData(snapshot.features)
  const features = openFeatureSet({ ...snapshot, data, sources: blend.sources, counters })
  const model = snapshot.rankers[surface]
  return {
    blend,
    features,
    ranker: model
      ? {
          name: model.ranker,
          score: rowScorer(model, features, rankerFile(surface)),
          calibration: model.calibration,
        }
      : null,
    ranked: snapshot.surfaces[surface].ranked,
    exploration: exploration ? createExploration(exploration) : null,
    counters,
  }
}
