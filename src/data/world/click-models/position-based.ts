/** @file The position-based model: each place is looked at with a probability of its own, whatever stands elsewhere. */

import type { ClickModel } from './click-model.ts'

/** Examination that falls with a power of the place, (place + 1)^−steepness: 1 is what eye tracking finds in lists. */
export function powerCurve(places: number, steepness: number): Float64Array {
  return Float64Array.from({ length: places }, (_, place) => (place + 1) ** -steepness)
}

/** @param examination by place; beyond the last nobody looks */
export function positionBased(examination: ArrayLike<number>): ClickModel {
  const at = (place: number) => (place < examination.length ? examination[place]! : 0)
  return {
    name: 'position-based',
    click(attractiveness, random, clicked) {
      for (let place = 0; place < attractiveness.length; place++) {
        clicked[place] = random.float() < at(place) * attractiveness[place]! ? 1 : 0
      }
    },
    rates(attractiveness, rates) {
      for (let place = 0; place < attractiveness.length; place++)
        rates[place] = at(place) * attractiveness[place]!
    },
  }
}
