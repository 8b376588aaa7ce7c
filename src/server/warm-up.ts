/** @file Requests that nobody made, before a worker is open: the first visitor should not wait for code to be compiled. */

import type { LocalCascade } from '../cascade/local-executor.ts'
import { candidatesWanted } from '../cascade/local-executor.ts'
import { queryWeights } from '../cascade/surfaces.ts'
import { SURFACES } from '../sources/request.ts'

/** Enough for the hot loops to be optimised; more only delays the start. */
const REQUESTS = 24
/** Query items of the requests for `home`. */
const HISTORY = 20

/** @param items number of items in the catalog; the requests spread evenly over them */
export function warmUp(cascade: LocalCascade, items: number): void {
  if (items === 0) return
  const at = (k: number, count: number) => Math.floor((k * items) / count)
  for (let k = 0; k < REQUESTS; k++) {
    for (const surface of SURFACES) {
      if (cascade.sourcesOf(surface).length === 0 || !cascade.answers(surface)) continue
      const first = at(k, REQUESTS)
      const length = surface === 'home' ? Math.min(HISTORY, items) : 1
      const query = Uint32Array.from({ length }, (_, q) => (first + at(q, HISTORY)) % items)
      const distinct = Uint32Array.from(new Set(query))
      const request = {
        surface,
        items: distinct,
        weights: queryWeights(surface, distinct.length),
        times: new Float64Array(distinct.length).fill(Number.NaN),
        user: -1,
        region: 0,
        language: 0,
        segment: 0,
        time: 0,
        seed: k,
      }
      const wanted = {
        request,
        limit: 20,
        seen: new Uint32Array(0),
        filters: [],
        requestId: null,
        record: true,
        useRanker: true,
        boost: true,
        arm: 0,
      }
      cascade.finish(wanted, cascade.propose(request, candidatesWanted(wanted)).proposals)
    }
  }
}
