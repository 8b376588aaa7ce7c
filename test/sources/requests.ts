/** @file Requests for tests of sources. */

import type { ResolvedRequest } from '../../src/sources/request.ts'

/** A request for an item's page by nobody in particular, unless something else is said. */
export function requestFor(items: readonly number[], given: Partial<ResolvedRequest> = {}): ResolvedRequest {
  return {
    surface: 'related',
    items: Uint32Array.from(items),
    weights: new Float32Array(items.length).fill(1),
    times: new Float64Array(items.length).fill(Number.NaN),
    user: -1,
    region: 0,
    language: 0,
    segment: 0,
    time: Number.NaN,
    seed: 1,
    ...given,
  }
}
