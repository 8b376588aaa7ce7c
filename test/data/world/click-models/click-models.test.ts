/** @file Click models click as often as they say, and in their own way; audiences tire and rest. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '../../../../src/base/random.ts'
import { Audience } from '../../../../src/data/world/audience.ts'
import { expectedClicks } from '../../../../src/data/world/click-models/click-model.ts'
import { clickModelOptions, createClickModel } from '../../../../src/data/world/click-models/options.ts'
import { periodOf } from '../../../../src/data/world/options.ts'
import { affinity } from '../../../../src/data/world/truth.ts'
import { createWorld } from '../../../../src/data/world/world.ts'

const ATTRACTIVENESS = [0.5, 0.1, 0.8, 0.3, 0.6]
const PLACES = ATTRACTIVENESS.length
const MODELS = clickModelOptions.options.map((schema) =>
  createClickModel(clickModelOptions.parse({ model: schema.shape.model.value }), PLACES),
)

for (const model of MODELS) {
  test(`${model.name}: clicks come as often as the rates say, the same for the same seed`, () => {
    const lists = 40_000
    const random = createRandom(1)
    const clicked = new Uint8Array(PLACES)
    const counts = new Float64Array(PLACES)
    for (let list = 0; list < lists; list++) {
      model.click(ATTRACTIVENESS, random, clicked)
      for (let place = 0; place < PLACES; place++) counts[place]! += clicked[place]!
    }
    const rates = new Float64Array(PLACES)
    model.rates(ATTRACTIVENESS, rates)
    rates.forEach((rate, place) => {
      const error = 4 * Math.sqrt((rate * (1 - rate)) / lists)
      assert.ok(
        Math.abs(counts[place]! / lists - rate) < error,
        `place ${place}: ${counts[place]! / lists} ${rate}`,
      )
    })
    const again = new Uint8Array(PLACES)
    model.click(ATTRACTIVENESS, createRandom(9), clicked)
    model.click(ATTRACTIVENESS, createRandom(9), again)
    assert.deepEqual(again, clicked)
  })

  test(`${model.name}: the best first brings at least as many clicks as any other order`, () => {
    const best = expectedClicks(
      model,
      ATTRACTIVENESS.toSorted((a, b) => b - a),
    )
    for (const order of [ATTRACTIVENESS, ATTRACTIVENESS.toSorted((a, b) => a - b)]) {
      assert.ok(best >= expectedClicks(model, order) - 1e-12)
    }
  })
}

test('after a click the cascade goes no further', () => {
  const model = createClickModel({ model: 'cascade' }, PLACES)
  const random = createRandom(2)
  const clicked = new Uint8Array(PLACES)
  for (let list = 0; list < 200; list++) {
    model.click(ATTRACTIVENESS, random, clicked)
    assert.ok(clicked.reduce((sum, click) => sum + click, 0) <= 1)
  }
})

const world = createWorld({ items: 300, users: 50, events: 0, seed: 2 })
const { start, end } = periodOf(world.options)
const DAY_MS = 24 * 60 * 60 * 1000

test('an audience that does not tire is attracted by affinity; new tastes come with time', () => {
  const audience = new Audience(world, MODELS[0]!, {
    appetite: 1,
    fatigue: { perImpression: 0, restMs: DAY_MS },
  })
  const items = Array.from({ length: 300 }, (_, item) => item)
  const [early, late] = [new Float64Array(300), new Float64Array(300)]
  audience.show(7, items, start, createRandom(1), new Uint8Array(300))
  audience.attractiveness(7, items, start, early)
  assert.deepEqual(
    Array.from(early),
    items.map((item) => affinity(world, 7, item, start)),
  )
  let changed = 0
  for (let user = 0; user < 50; user++) {
    audience.attractiveness(user, items, start, early)
    audience.attractiveness(user, items, end, late)
    if (late.some((value, item) => value !== early[item])) changed++
  }
  assert.ok(changed > 20, `${changed}`)
})

test('what was shown again and again attracts less, other subjects as before, and rest helps', () => {
  const audience = new Audience(world, MODELS[0]!, {
    appetite: 1,
    fatigue: { perImpression: 0.1, restMs: DAY_MS },
  })
  const topic = world.items.topic[0]!
  const other = world.items.topic.findIndex((its) => its !== topic)
  const before = new Float64Array(2)
  const after = new Float64Array(2)
  audience.attractiveness(3, [0, other], start, before)
  for (let k = 0; k < 10; k++) audience.show(3, [0], start, createRandom(k), new Uint8Array(1))
  audience.attractiveness(3, [0, other], start, after)
  assert.ok(Math.abs(after[0]! / before[0]! - 0.9 ** 10) < 1e-9)
  assert.equal(after[1], before[1])
  // A day later half of the ten are forgotten.
  audience.attractiveness(3, [0, other], start + DAY_MS, after)
  assert.ok(Math.abs(after[0]! / affinity(world, 3, 0, start + DAY_MS) - 0.9 ** 5) < 1e-9)
})
