/** @file The check of σ in the simulated world, where the truth is known. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { simulationOptions } from '../../../../src/experiments/simulation/options.ts'
import {
  checkPosterior,
  posteriorTable,
  trueWeights,
} from '../../../../src/experiments/simulation/retrieval/posterior-check.ts'
import {
  type Morning,
  runRetrievalLoop,
} from '../../../../src/experiments/simulation/retrieval/retrieval-loop.ts'
import { vectorAt } from '../../../../src/vectors/vector-matrix.ts'

const SMALL = simulationOptions.parse({
  items: 600,
  users: 200,
  days: 2,
  requestsPerDay: 300,
  clicksBefore: 4000,
  appetite: 1,
  ownRequests: 800,
})
const MEAN = { optimism: 0, exploration: 'bound', plainDays: 0 } as const

test('true weights find what clicks were made of, also where that is far from what is expected', () => {
  let morning: Morning | null = null
  const eachMorning = (now: Morning) => {
    morning ??= now
  }
  runRetrievalLoop({ ...SMALL, days: 1 }, { ...MEAN, eachMorning }).next()
  const { product, known, matching, weights, model } = morning as unknown as Morning
  const people = Array.from({ length: 150 }, (_, k) => k)
  const planted = [
    [-3, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 2, -1, 0, 0, 0, 0.5, 0, -2],
  ]
  const vector = new Float32Array(matching.dim)
  // The audience clicks by the planted weights.
  const partOf = (user: number, item: number) =>
    planted[item]!.reduce((sum, weight, j) => sum + weight * vectorAt(known.origins, user)[j]!, 0)
  const attractiveness = (user: number, items: ArrayLike<number>, _time: number, out: Float64Array) => {
    matching.userVector(user, weights, vector)
    for (let k = 0; k < items.length; k++) {
      const logOdds = model.intercept + model.scale * matching.score(vector, items[k]!)
      out[k] = 1 / (1 + Math.exp(-logOdds - partOf(user, items[k]!)))
    }
  }
  const audience = Object.assign(Object.create(product.audience), { attractiveness })
  const found = trueWeights(
    { ...(morning as unknown as Morning), product: { ...product, audience } },
    [0, 1],
    people,
  )
  for (const item of [0, 1])
    for (const user of people) {
      const part = vectorAt(found, item).reduce((sum, w, j) => sum + w * vectorAt(known.origins, user)[j]!, 0)
      assert.ok(Math.abs(part - partOf(user, item)) < 0.1, `${part}, planted ${partOf(user, item)}`)
    }
})

test('the check has a line for every number of times shown, and changes nothing', () => {
  const lines = checkPosterior(SMALL, MEAN)
  assert.ok(lines.length > 3)
  assert.equal(posteriorTable(lines).split('\n').length, 2 + lines.length)
  for (const { error, sigma, z, unbiasedZ, within } of lines) {
    assert.ok(error > 0 && sigma > 0 && z >= unbiasedZ - 1e-3)
    assert.ok(within[0] <= within[1] && within[1] <= 1)
  }
  const plain = [...runRetrievalLoop(SMALL, MEAN)]
  assert.deepEqual([...runRetrievalLoop(SMALL, { ...MEAN, eachMorning: () => undefined })], plain)
})
