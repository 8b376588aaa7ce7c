/** @file A ranking judged by lists in random order: what it is said to earn is what it earns, and the gate says when not to ask. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidFileError } from '../../src/base/errors.ts'
import { createRandom, shuffle } from '../../src/base/random.ts'
import {
  certainSlate,
  slateDistribution,
  uniformSlates,
} from '../../src/evaluation/off-policy/slate-distribution.ts'
import type { LogRows } from '../../src/learning/log-rows.ts'
import { estimateRanking } from '../../src/learning/slate-estimates.ts'

const ITEMS = 6
const PLACES = 3
const examination = (place: number) => 1 / (1 + place)
const appeal = (item: number) => 0.1 + 0.12 * item

/** Lists of the same items in random order (or, every third, in their own), clicked by place and item. */
function logOf(lists: number, seed: number): { log: LogRows; items: Uint32Array } {
  const random = createRandom(seed)
  const rows = lists * ITEMS
  const items = new Uint32Array(rows)
  const labels = new Float32Array(rows)
  const propensities = new Float64Array(rows)
  const randomised = new Uint8Array(lists)
  for (let list = 0; list < lists; list++) {
    randomised[list] = list % 3 === 0 ? 0 : 1
    const order = Uint32Array.from({ length: ITEMS }, (_, item) => item)
    if (randomised[list]) shuffle(order, random)
    order.forEach((item, place) => {
      const row = list * ITEMS + place
      items[row] = item
      propensities[row] = randomised[list] ? 1 / (ITEMS - place) : 1
      labels[row] = random.float() < examination(place) * appeal(item) ? 1 : 0
    })
  }
  const log = {
    names: [],
    families: [],
    values: new Float32Array(0),
    rows,
    offsets: Uint32Array.from({ length: lists + 1 }, (_, list) => list * ITEMS),
    labels,
    units: new Uint32Array(lists),
    relevant: new Uint32Array(lists),
    times: new Float64Array(lists),
    randomised,
    places: Uint16Array.from(items, (_, row) => row % ITEMS),
    propensities,
    served: new Float32Array(rows),
  }
  return { log, items }
}

const options = { path: 'store.db', resamples: 4000, seed: 1, confidence: 0.999 }

test('what a ranking is said to earn in the first places is what it earns', () => {
  const { log, items } = logOf(30_000, 5)
  for (const direction of [1, -1]) {
    const scores = Float32Array.from(items, (item) => direction * item)
    const best = Array.from({ length: PLACES }, (_, k) => (direction > 0 ? ITEMS - 1 - k : k))
    const truth = best.reduce((sum, item, place) => sum + examination(place) * appeal(item), 0)
    const report = estimateRanking(log, scores, PLACES, options)
    assert.equal(report.diagnostics.rows, 20_000)
    assert.deepEqual(report.refusals, [])
    assert.deepEqual(
      report.estimates.map(({ name }) => name),
      ['pseudo-inverse', 'pseudo-inverse, self-normalised', 'independent places'],
    )
    for (const { name, value, gain } of report.estimates) {
      assert.ok(value.low < truth && truth < value.high, `${name}: ${JSON.stringify(value)}, truth ${truth}`)
      assert.ok(value.high - value.low < 0.25, name)
      assert.equal(Math.sign(gain.value), direction)
    }
  }
})

test('a short log is refused, whatever it says', () => {
  const { log, items } = logOf(300, 7)
  const scores = Float32Array.from(items)
  assert.ok(estimateRanking(log, scores, PLACES, options).refusals.length > 0)
})

test('lists in an order of their own, too short ones, and parts of larger draws say nothing', () => {
  const { log, items } = logOf(3, 1)
  const scores = Float32Array.from(items)
  const refused = (changed: Partial<LogRows>, slots = PLACES) =>
    assert.throws(() => estimateRanking({ ...log, ...changed }, scores, slots, options), InvalidFileError)
  refused({ randomised: new Uint8Array(3) })
  refused({}, ITEMS + 1)
  refused({ propensities: new Float64Array(log.rows).fill(1 / 100) })
})

test('items without a score come last', () => {
  const { log, items } = logOf(3000, 3)
  const unknown = Float32Array.from(items, (item) => (item < 2 ? Number.NaN : item))
  const lowest = Float32Array.from(items, (item) => (item < 2 ? -1 : item))
  const [one, other] = [unknown, lowest].map((scores) => estimateRanking(log, scores, PLACES, options))
  assert.deepEqual(one.estimates, other.estimates)
})

test('slates that are all alike are those of equal scores; a certain one has no chance', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 3 }), (candidates, wanted) => {
      const slots = Math.min(candidates, wanted)
      const enumerated = slateDistribution(new Float64Array(candidates), slots)
      const alike = uniformSlates(candidates, slots)
      for (const part of ['marginals', 'pairs'] as const)
        alike[part].forEach((share, at) => {
          assert.ok(Math.abs(share - enumerated[part][at]) < 1e-12)
        })
      const certain = certainSlate(candidates, slots)
      certain.marginals.forEach((share, at) => {
        assert.equal(share, at % candidates === Math.floor(at / candidates) ? 1 : 0)
      })
      assert.equal(
        certain.pairs.reduce((sum, share) => sum + share, 0),
        slots * slots,
      )
    }),
  )
})
