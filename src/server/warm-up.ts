/**
 * @file Requests that nobody made: the first visitors should wait neither for code to be compiled nor for what the dear
 * sources say of the pages that most of them will ask for. A worker makes as many as a start may take before it is open,
 * and the others when it has nothing to do.
 */

import { degree } from '../base/csr.ts'
import { topK } from '../base/top-k.ts'
import type { LocalCascade } from '../cascade/local-executor.ts'
import type { Snapshot } from '../cascade/snapshot.ts'
import { queryWeights } from '../cascade/surfaces.ts'
import type { Surface } from '../sources/request.ts'

/** Requests for `home`: enough for what differs there from `related` to be compiled. */
const HOME_REQUESTS = 24
/** Query items of the requests for `home`. */
const HISTORY = 20
/** Pages that are ranked too, not only looked for: enough for the hot loops to be compiled for good. */
const RANKED_PAGES = 300

/** Which worker of how many: together they go through the pages. */
export interface Shift {
  place: number
  workers: number
}

/** Yields after each request; the most popular pages come first, and as many come as there is room to remember. */
export function* warmUp(
  cascade: LocalCascade,
  { catalog, graph, surfaces }: Pick<Snapshot, 'catalog' | 'graph' | 'surfaces'>,
  { place, workers }: Shift,
): Generator<void> {
  const items = catalog.title.length
  if (items === 0) return
  if (isAnswered(cascade, 'home')) {
    const at = (k: number, count: number) => Math.floor((k * items) / count)
    for (let k = 0; k < HOME_REQUESTS; k++) {
      const history = Array.from(
        { length: HISTORY },
        (_, q) => (at(k, HOME_REQUESTS) + at(q, HISTORY)) % items,
      )
      answer(cascade, 'home', Uint32Array.from(new Set(history)), surfaces.home.fading, true)
      yield
    }
  }
  if (!isAnswered(cascade, 'related')) return
  const degrees = Float64Array.from({ length: items }, (_, item) =>
    catalog.hidden[item] ? Number.NEGATIVE_INFINITY : degree(graph.toCollections, item),
  )
  const count = Math.max(cascade.pagesRemembered('related'), RANKED_PAGES * workers)
  const pages = topK(degrees, count).filter((_, k) => k % workers === place)
  for (let k = 0; k < pages.length; k++) {
    answer(cascade, 'related', pages.subarray(k, k + 1), surfaces.related.fading, k < RANKED_PAGES)
    yield
  }
}

const isAnswered = (cascade: LocalCascade, surface: Surface) =>
  cascade.answers(surface) && cascade.sourcesOf(surface).length > 0

/** As somebody asks of whom nothing is known. */
function answer(
  cascade: LocalCascade,
  surface: Surface,
  items: Uint32Array,
  fading: number,
  isRanked: boolean,
): void {
  const request = {
    surface,
    items,
    weights: queryWeights(fading, items.length),
    times: new Float64Array(items.length).fill(Number.NaN),
    user: -1,
    region: 0,
    language: 0,
    segment: 0,
    time: 0,
    // The one that a page has where nobody chose another.
    seed: items[items.length - 1] + 1,
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
  const { proposals } = cascade.propose(wanted)
  if (isRanked) cascade.finish(wanted, proposals)
}
