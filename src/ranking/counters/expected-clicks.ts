/** @file How many clicks a place of a surface brings on average, from the log: what counters hold clicks against. */

import type { Surface } from '../../sources/request.ts'
import { type ClicksByPlace, ratesByPlace } from '../examination/click-rates.ts'
import { examinationAt } from '../examination/shown-log.ts'

/** Index = place; beyond the end as at the last one. In the unit of the actions' weights. */
export type ExpectedClicks = Record<Surface, Float64Array>

/** Lists that must be logged before their clicks say more than the assumption. */
const ENOUGH_LISTS = 100
const KNOWN_PLACES = 50
/** Assumed at the first place while nothing is known: of the order of what feeds and related items bring. */
const FIRST_RATE = 0.1

/** Clicks of some lists, added up list by list. */
export class PlaceSums {
  lists = 0
  readonly #shown: number[] = []
  readonly #clicked: number[] = []

  /** @param gained what came of each place, in clicks */
  add(gained: Float64Array): void {
    this.lists++
    gained.forEach((clicks, place) => {
      this.#shown[place] = (this.#shown[place] ?? 0) + 1
      this.#clicked[place] = (this.#clicked[place] ?? 0) + clicks
    })
  }

  sums(): ClicksByPlace {
    return { shown: Float64Array.from(this.#shown), clicked: Float64Array.from(this.#clicked) }
  }
}

/**
 * How places compare is told by randomised lists where there are enough of them, for the best items stand first in all
 * others; the level is that of all lists, so that the average of what is shown is neither raised nor lowered.
 *
 * @param all every list, the randomised ones among them
 */
export function expectedClicks(all: PlaceSums, randomised: PlaceSums): Float64Array {
  const { shown, clicked } = all.sums()
  const clicks = clicked.reduce((sum, count) => sum + count, 0)
  if (all.lists < ENOUGH_LISTS || clicks === 0) return assumedRates()
  const ofRandomised = randomised.sums()
  const isEnough = randomised.lists >= ENOUGH_LISTS && ofRandomised.clicked.some((count) => count > 0)
  const rates = ratesByPlace(isEnough ? ofRandomised : { shown, clicked })
  const explained = shown.reduce((sum, count, place) => sum + count * examinationAt(rates, place), 0)
  return rates.map((rate) => (rate * clicks) / explained)
}

export function unknownExpectations(): ExpectedClicks {
  return { related: assumedRates(), home: assumedRates() }
}

/** Falling as the discount of DCG does. */
function assumedRates(): Float64Array {
  return Float64Array.from({ length: KNOWN_PLACES }, (_, place) => FIRST_RATE / Math.log2(place + 2))
}
