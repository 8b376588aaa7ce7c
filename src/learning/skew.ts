/** @file Feature skew: whether what was served is what is computed again from the same request and snapshot. */

import { indexOfId } from '../base/id-table.ts'
import type { LocalCascade } from '../cascade/local-executor.ts'
import type { Snapshot } from '../cascade/snapshot.ts'
import { queryWeights } from '../cascade/surfaces.ts'
import { isCounted } from '../ranking/features/counters.ts'
import type { Surface } from '../sources/request.ts'
import type { RequestRecord } from '../store/records.ts'

/** How often and how far the values of one feature differ. */
export interface FeatureSkew {
  feature: string
  values: number
  /** Values that are not the same to the last bit. */
  differing: number
  /** Largest difference; NaN where one of the two is missing. */
  largest: number
}

export interface SkewReport {
  requests: number
  /** Share of all values that differ. */
  share: number
  /** Features that differ anywhere, the worst first. */
  features: FeatureSkew[]
  /** Features that cannot be computed again: counters have counted since. */
  passedOver: string[]
}

/**
 * Asks logged requests again. Requests of another snapshot, and items that arrived after the snapshot, are passed over:
 * they could not be the same.
 */
export function measureSkew(
  cascade: LocalCascade,
  snapshot: Snapshot,
  requests: readonly RequestRecord[],
): SkewReport {
  const byFeature = new Map<string, FeatureSkew>()
  const passedOver = new Set<string>()
  let asked = 0
  let values = 0
  let differing = 0
  for (const request of requests) {
    if (request.snapshot !== snapshot.manifest.name || request.shown.features.length === 0) continue
    const again = recompute(cascade, snapshot, request)
    if (!again) continue
    asked++
    request.shown.features.forEach((feature, column) => {
      if (isCounted(feature)) {
        passedOver.add(feature)
        return
      }
      const skew = byFeature.get(feature) ?? { feature, values: 0, differing: 0, largest: 0 }
      byFeature.set(feature, skew)
      const place = again.names.indexOf(feature)
      for (let row = 0; row < request.shown.items.length; row++) {
        const logged = request.shown.values[row * request.shown.features.length + column]
        const computed = place < 0 ? Number.NaN : again.values[row * again.names.length + place]
        skew.values++
        if (Object.is(logged, computed)) continue
        skew.differing++
        const difference = Math.abs(logged - computed)
        if (!(difference <= skew.largest)) skew.largest = difference
      }
    })
  }
  for (const skew of byFeature.values()) {
    values += skew.values
    differing += skew.differing
  }
  return {
    requests: asked,
    share: values === 0 ? 0 : differing / values,
    features: [...byFeature.values()]
      .filter((skew) => skew.differing > 0)
      .sort((a, b) => b.differing - a.differing || (a.feature < b.feature ? -1 : 1)),
    passedOver: [...passedOver],
  }
}

function recompute(
  cascade: LocalCascade,
  snapshot: Snapshot,
  { surface, time, user, seed, query, shown }: RequestRecord,
) {
  const indices = (ids: readonly string[]) =>
    Uint32Array.from(ids, (id) => indexOfId(snapshot.catalog.items, id) >>> 0)
  const items = indices(query.items)
  const candidates = indices(shown.items)
  const known = snapshot.catalog.title.length
  if ([...items, ...candidates].some((item) => item >= known)) return null
  const request = {
    surface: surface as Surface,
    items,
    weights: queryWeights(snapshot.surfaces[surface as Surface].fading, items.length),
    times: query.times,
    user: user === null ? -1 : indexOfId(snapshot.users.users, user),
    region: query.region,
    language: query.language,
    segment: query.segment,
    time,
    seed,
  }
  const seen = surface === 'home' ? items : new Uint32Array(0)
  const asked = {
    request,
    limit: shown.items.length,
    seen,
    filters: query.filters,
    requestId: null,
    record: true,
    useRanker: true,
    boost: false,
    arm: 0,
  }
  return cascade.featuresOf(asked, candidates)
}
