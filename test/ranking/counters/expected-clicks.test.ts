/** @file What places are expected to bring: shaped by randomised lists, at the level of all, assumed before there is a log. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import {
  expectedClicks,
  PlaceSums,
  unknownExpectations,
} from '../../../src/ranking/counters/expected-clicks.ts'

const PLACES = 6
const EXAMINED = [1, 0.5, 0.33, 0.25, 0.2, 0.17]
const random = createRandom(4)

/** Lists in which the item at a place is clicked where it is looked at and wanted. */
function lists(count: number, wanted: (place: number) => number, ...into: PlaceSums[]): void {
  for (let list = 0; list < count; list++) {
    const gained = Float64Array.from(EXAMINED, (looked, place) =>
      random.float() < looked * wanted(place) ? 1 : 0,
    )
    for (const sums of into) sums.add(gained)
  }
}

test('places compare as in randomised lists, and all clicks are expected', () => {
  const all = new PlaceSums()
  const randomised = new PlaceSums()
  // Ranked lists put what is wanted first, which makes the first places look better than they are.
  lists(20_000, (place) => 0.5 / (place + 1), all)
  lists(20_000, () => 0.2, all, randomised)
  const rates = expectedClicks(all, randomised)
  rates.forEach((rate, place) => {
    const found = rate / rates[0]
    assert.ok(Math.abs(found - EXAMINED[place]) < 0.04, `place ${place}: ${found} for ${EXAMINED[place]}`)
  })
  const { shown, clicked } = all.sums()
  const expected = rates.reduce((sum, rate, place) => sum + rate * shown[place], 0)
  const clicks = clicked.reduce((sum, count) => sum + count, 0)
  assert.ok(Math.abs(expected / clicks - 1) < 1e-9, `${expected} for ${clicks}`)
})

test('with too few lists, or no click, the assumption holds', () => {
  const assumed = unknownExpectations().related
  const few = new PlaceSums()
  lists(50, () => 1, few)
  assert.deepEqual(expectedClicks(few, new PlaceSums()), assumed)
  const unclicked = new PlaceSums()
  lists(1000, () => 0, unclicked)
  assert.deepEqual(expectedClicks(unclicked, unclicked), assumed)
})

test('without randomised lists, places compare as they were clicked', () => {
  const all = new PlaceSums()
  lists(20_000, () => 0.4, all)
  const rates = expectedClicks(all, new PlaceSums())
  assert.equal(rates.length, PLACES)
  assert.ok(Math.abs(rates[0] - 0.4) < 0.02 && Math.abs(rates[1] - 0.2) < 0.02, rates.join())
})
