/**
 * @file Examination from randomised traffic: what stands at a place was drawn at random, so that places differ in clicks
 * only by how often they are looked at (Joachims et al. 2017, section 5.1).
 */

import { clicksByPlace } from './click-rates.ts'
import type { Examination, ShownLog } from './shown-log.ts'

/** @param log impressions in uniform random order only */
export function examinationByRandomisedTraffic(log: ShownLog): Examination {
  const { shown, clicked } = clicksByPlace(log)
  const places = shown.length
  const curve = new Float64Array(places)
  const errors = new Float64Array(places)
  const first = clicked[0]! / shown[0]!
  for (let place = 0; place < places; place++) {
    const isKnown = shown[place]! > 0 && first > 0
    curve[place] = isKnown ? clicked[place]! / shown[place]! / first : place === 0 ? 1 : curve[place - 1]!
    errors[place] =
      place === 0 ? 0 : Math.sqrt(spread(clicked[place]!, shown[place]!) + spread(clicked[0]!, shown[0]!))
  }
  return { curve, errors }
}

/** Variance of the logarithm of a rate. */
function spread(clicked: number, shown: number): number {
  return clicked === 0 ? Number.NaN : (1 - clicked / shown) / clicked
}
