/**
 * @file Examination from swaps: the same thing was shown at a place and at the next one, because lists were swapped on
 * purpose or rankers differed (Agarwal et al. 2019, "Estimating Position Bias without Intrusive Interventions", the
 * chain of neighbouring places).
 */

import { type Examination, placesOf, type ShownLog } from './shown-log.ts'

/**
 * Compares every key with itself at neighbouring places, each weighed alike at both, and multiplies the ratios up.
 *
 * @param log keys must be shown at several places for reasons that have nothing to do with the click at hand
 */
export function examinationBySwaps(log: ShownLog): Examination {
  const places = placesOf(log)
  const cells = countCells(log, places)
  const here = new Float64Array(places)
  const next = new Float64Array(places)
  const spreadOf = new Float64Array(places)
  for (const [cell, { shown, clicked }] of cells) {
    const place = cell % places
    if (place + 1 === places) continue
    const after = cells.get(cell + 1)
    if (!after) continue
    // The rates of both places count as much as the comparison is worth: harmonic in the impressions.
    const weight = (shown * after.shown) / (shown + after.shown)
    here[place]! += (weight * clicked) / shown
    next[place]! += (weight * after.clicked) / after.shown
    spreadOf[place]! += weight * weight * (clicked / shown ** 2 + after.clicked / after.shown ** 2)
  }
  const curve = new Float64Array(places).fill(1)
  const errors = new Float64Array(places)
  let variance = 0
  for (let place = 1; place < places; place++) {
    const isKnown = here[place - 1]! > 0
    curve[place] = curve[place - 1]! * (isKnown ? next[place - 1]! / here[place - 1]! : 1)
    const mean = (here[place - 1]! + next[place - 1]!) / 2
    variance += isKnown ? spreadOf[place - 1]! / mean ** 2 : Number.NaN
    errors[place] = Math.sqrt(variance)
  }
  return { curve, errors }
}

interface Cell {
  shown: number
  clicked: number
}

/** By key · places + place. */
function countCells(log: ShownLog, places: number): Map<number, Cell> {
  const cells = new Map<number, Cell>()
  for (let k = 0; k < log.length; k++) {
    const at = log.keys[k]! * places + log.places[k]!
    let cell = cells.get(at)
    if (!cell) {
      cell = { shown: 0, clicked: 0 }
      cells.set(at, cell)
    }
    cell.shown++
    cell.clicked += log.clicks[k]!
  }
  return cells
}
