/** @file The neural click model learns how people go through lists without being told: the cascade, and satisfaction. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import type { ClickModel } from '../../src/data/world/click-models/click-model.ts'
import { cascade, dynamicBayesian } from '../../src/data/world/click-models/dynamic-bayesian.ts'
import {
  bitsPerPlace,
  type ClickedLists,
  fitNeuralClicks,
  neuralClickModel,
} from '../../src/models/neural-click-model.ts'

const PLACES = 6

function listsOf(model: ClickModel, count: number, seed: number): ClickedLists {
  const random = createRandom(seed)
  const lists: ClickedLists = {
    offsets: Uint32Array.from({ length: count + 1 }, (_, list) => list * PLACES),
    attractiveness: Float32Array.from({ length: count * PLACES }, () => 0.05 + 0.5 * random.float() ** 2),
    clicks: new Uint8Array(count * PLACES),
  }
  for (let list = 0; list < count; list++) {
    const [from, to] = [list * PLACES, (list + 1) * PLACES]
    model.click(lists.attractiveness.subarray(from, to), random, lists.clicks.subarray(from, to))
  }
  return lists
}

/** −log₂ a place of the cascade itself, and of the best position-based model with the same attractiveness. */
function referenceBits({ attractiveness, clicks }: ClickedLists): { truth: number; positionBased: number } {
  const looks = new Float64Array(PLACES)
  const sums = new Float64Array(PLACES)
  clicks.forEach((click, row) => {
    looks[row % PLACES]! += click
    sums[row % PLACES]! += attractiveness[row]!
  })
  let truth = 0
  let positionBased = 0
  let isOver = false
  clicks.forEach((click, row) => {
    const place = row % PLACES
    if (place === 0) isOver = false
    const bits = (rate: number) => -Math.log2(click === 1 ? rate : 1 - rate)
    if (!isOver) truth += bits(attractiveness[row]!)
    positionBased += bits((looks[place]! / sums[place]!) * attractiveness[row]!)
    if (click === 1) isOver = true
  })
  return { truth: truth / clicks.length, positionBased: positionBased / clicks.length }
}

const weights = fitNeuralClicks(listsOf(cascade(), 12_000, 1), {}, 1)

test('fitted on a cascade, its perplexity is within 1 % of the truth, and below a position-based model’s', () => {
  const held = listsOf(cascade(), 6000, 2)
  const { truth, positionBased } = referenceBits(held)
  const perplexity = 2 ** bitsPerPlace(weights, held)
  assert.ok(perplexity < 1.01 * 2 ** truth, `${perplexity}, truth ${2 ** truth}`)
  assert.ok(perplexity < 0.97 * 2 ** positionBased, `${perplexity}, position-based ${2 ** positionBased}`)
})

test('its clicks by place are the cascade’s, within 2 points, and it clicks as often as its rates say', () => {
  const attractiveness = [0.3, 0.1, 0.4, 0.2, 0.5, 0.1]
  const [expected, rates] = [new Float64Array(PLACES), new Float64Array(PLACES)]
  cascade().rates(attractiveness, expected)
  const model = neuralClickModel(weights)
  model.rates(attractiveness, rates)
  const counts = new Float64Array(PLACES)
  const clicked = new Uint8Array(PLACES)
  const random = createRandom(3)
  for (let list = 0; list < 20_000; list++) {
    model.click(attractiveness, random, clicked)
    clicked.forEach((click, place) => {
      counts[place]! += click / 20_000
    })
  }
  for (let place = 0; place < PLACES; place++) {
    assert.ok(
      Math.abs(rates[place]! - expected[place]!) < 0.02,
      `place ${place}: ${rates[place]} ${expected[place]}`,
    )
    assert.ok(Math.abs(counts[place]! - rates[place]!) < 0.012, `place ${place}`)
  }
})

test('another order of the same items gets other rates: it knows what stands before', () => {
  const model = neuralClickModel(weights)
  const [first, second] = [new Float64Array(2), new Float64Array(2)]
  model.rates([0.5, 0.2], first)
  model.rates([0.05, 0.2], second)
  assert.ok(second[1]! > first[1]! + 0.05)
})

test('people who go on after some clicks are learned too: mean rates by place within 2 points', () => {
  const people = dynamicBayesian({ satisfaction: 0.4, continuation: 0.8 })
  const fitted = neuralClickModel(fitNeuralClicks(listsOf(people, 20_000, 4), {}, 1))
  const { attractiveness } = listsOf(people, 500, 5)
  const [expected, rates] = [new Float64Array(PLACES), new Float64Array(PLACES)]
  const differences = new Float64Array(PLACES)
  for (let from = 0; from < attractiveness.length; from += PLACES) {
    people.rates(attractiveness.subarray(from, from + PLACES), expected)
    fitted.rates(attractiveness.subarray(from, from + PLACES), rates)
    for (let place = 0; place < PLACES; place++)
      differences[place]! += (rates[place]! - expected[place]!) / 500
  }
  for (const difference of differences) assert.ok(Math.abs(difference) < 0.02, `${differences}`)
})
