/**
 * @file The place as a feature: known in training, fixed at serving (Zhao et al. 2019, section 3.4, in its simplest form).
 * The model explains by the place what the place explains, and the rest is what ranks.
 */

import type { LabelledRows } from '../../data/features/feature-rows.ts'
import type { Scorer } from '../scorer.ts'

export const PLACE_FEATURE = 'context.place'

/**
 * The rows with one more column, the logarithm of 1 + place: differences between the first places are the large ones.
 *
 * @param places one per row, from 0
 */
export function withPlaces(rows: LabelledRows, places: ArrayLike<number>): LabelledRows {
  const width = rows.names.length
  const values = new Float32Array(rows.rows * (width + 1))
  for (let row = 0; row < rows.rows; row++) {
    values.set(rows.values.subarray(row * width, (row + 1) * width), row * (width + 1))
    values[row * (width + 1) + width] = Math.log1p(places[row]!)
  }
  return { ...rows, names: [...rows.names, PLACE_FEATURE], values }
}

/**
 * A scorer that was fitted with places, as one that needs none.
 *
 * @param place the one that all candidates are taken to stand at
 * @throws RangeError when the scorer's last feature is not the place
 */
export function atFixedPlace(scorer: Scorer, place = 0): Scorer {
  if (scorer.features.at(-1) !== PLACE_FEATURE)
    throw new RangeError(`the last feature is not ${PLACE_FEATURE}`)
  const features = scorer.features.slice(0, -1)
  const width = features.length
  const fixed = Math.log1p(place)
  let wide = new Float32Array(0)
  return {
    features,
    score(values, rows, scores) {
      if (wide.length < rows * (width + 1)) wide = new Float32Array(rows * (width + 1))
      for (let row = 0; row < rows; row++) {
        wide.set(values.subarray(row * width, (row + 1) * width), row * (width + 1))
        wide[row * (width + 1) + width] = fixed
      }
      scorer.score(wide, rows, scores)
    },
  }
}
