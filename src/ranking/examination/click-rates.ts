/** @file Impressions and clicks by place. */

import { placesOf, type ShownLog } from './shown-log.ts'

export interface ClicksByPlace {
  shown: Float64Array
  clicked: Float64Array
}

export function clicksByPlace(log: ShownLog): ClicksByPlace {
  const places = placesOf(log)
  const shown = new Float64Array(places)
  const clicked = new Float64Array(places)
  for (let k = 0; k < log.length; k++) {
    shown[log.places[k]!]!++
    clicked[log.places[k]!]! += log.clicks[k]!
  }
  return { shown, clicked }
}

/**
 * Clicks that an impression at each place brings on average: from randomised traffic, what counters expect.
 *
 * @param smoothing impressions with the mean rate of all places that each place is given beside its own
 */
export function clickRates(log: ShownLog, smoothing = 20): Float64Array {
  return ratesByPlace(clicksByPlace(log), smoothing)
}

/** As `clickRates`, of what was added up already. */
export function ratesByPlace({ shown, clicked }: ClicksByPlace, smoothing = 20): Float64Array {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
  const mean = sum(clicked) / Math.max(1, sum(shown))
  return shown.map((count, place) => (clicked[place]! + smoothing * mean) / (count + smoothing))
}
