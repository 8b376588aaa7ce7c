/** @file Running costs: a source that turns slow is known as slow at once, one that recovers is forgiven in time. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunningCosts } from '../../src/server/running-costs.ts'
import { emptyCandidates } from '../../src/sources/candidates.ts'

const took = (ms: number) => [{ source: 'walk', candidates: emptyCandidates, ms }]

test('small changes count little, a slow answer counts in full', () => {
  const costs = new RunningCosts()
  costs.observe(took(2), 200)
  assert.equal(costs.of('walk'), 2)
  costs.observe(took(4), 200)
  assert.ok(costs.of('walk') > 2 && costs.of('walk') < 3)
  costs.observe(took(150), 200)
  assert.equal(costs.of('walk'), 150)
})

test('a source that is quick again is cheap again after a while', () => {
  const costs = new RunningCosts()
  costs.observe(took(150), 200)
  for (let k = 0; k < 100; k++) costs.observe(took(2), 200)
  assert.ok(costs.of('walk') < 5)
})
