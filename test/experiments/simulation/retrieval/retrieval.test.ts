/** @file Retrieval by bounds in the closed loop, small. The large one is a benchmark. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { silentProgress } from '../../../../src/base/progress.ts'
import { createRandom } from '../../../../src/base/random.ts'
import { createWorld } from '../../../../src/data/world/world.ts'
import { Observed } from '../../../../src/experiments/simulation/observed.ts'
import { simulationOptions } from '../../../../src/experiments/simulation/options.ts'
import {
  compareRetrieval,
  type RetrievalRun,
  retrievalLines,
} from '../../../../src/experiments/simulation/retrieval/compare-retrieval.ts'
import { MATCHES, Matching } from '../../../../src/experiments/simulation/retrieval/match.ts'
import { retrievalChart } from '../../../../src/experiments/simulation/retrieval/retrieval-chart.ts'
import {
  type RetrievalPolicy,
  runRetrievalLoop,
} from '../../../../src/experiments/simulation/retrieval/retrieval-loop.ts'
import { retrievalTable } from '../../../../src/experiments/simulation/retrieval/retrieval-table.ts'
import { vectorAt } from '../../../../src/vectors/vector-matrix.ts'

const SMALL = simulationOptions.parse({
  items: 900,
  users: 300,
  days: 6,
  requestsPerDay: 400,
  clicksBefore: 6000,
  appetite: 1,
  ownRequests: 1000,
})
const PLAIN_DAYS = 2

const bound = (optimism: number): RetrievalPolicy => ({ optimism, exploration: 'bound' })
const draw = (optimism: number): RetrievalPolicy => ({ optimism, exploration: 'draw' })
const policies = [bound(0), bound(0.5), bound(2), draw(1), draw(2)]
const runs = compareRetrieval(SMALL, policies, [1], PLAIN_DAYS, silentProgress)

test('the more optimism, the more new items are shown', () => {
  const [plain, some, much] = retrievalLines(runs, SMALL.places)
  assert.ok(plain!.newShare < some!.newShare && some!.newShare < much!.newShare)
  assert.ok(plain!.newCoverage < much!.newCoverage)
  assert.ok(plain!.clickChange.worlds.value === 0 && plain!.newShareChange.users.high === 0)
})

test('the wider the draws, the more new items are shown', () => {
  const [plain, , , one, two] = retrievalLines(runs, SMALL.places)
  assert.ok(plain!.newShare < one!.newShare && one!.newShare < two!.newShare)
  assert.ok(plain!.newCoverage < one!.newCoverage)
})

test('the same options tell the same days, and differ only from the first optimistic day on', () => {
  const again = compareRetrieval(SMALL, [bound(2)], [1], PLAIN_DAYS, silentProgress)
  assert.deepEqual(again[0]!.days, runs[2]!.days)
  const daysOf = (policy: RetrievalPolicy) => [
    ...runRetrievalLoop({ ...SMALL, days: PLAIN_DAYS + 1 }, { ...policy, plainDays: PLAIN_DAYS }),
  ]
  const plain = daysOf(bound(0))
  for (const policy of [bound(2), draw(1)]) {
    const bold = daysOf(policy)
    assert.deepEqual(bold.slice(0, PLAIN_DAYS), plain.slice(0, PLAIN_DAYS))
    assert.notDeepEqual(bold[PLAIN_DAYS], plain[PLAIN_DAYS])
    assert.deepEqual(daysOf(policy), bold)
  }
})

test('changes are relative, paired, and by world', () => {
  const doubled = (run: RetrievalRun, seed: number, factor: number): RetrievalRun => ({
    policy: bound(factor === 1 ? 0 : 1),
    seed,
    days: run.days.map((day) => ({ ...day, expectedClicks: day.expectedClicks.map((x) => x * factor) })),
  })
  const given = [1, 2, 3].flatMap((seed) => [doubled(runs[0]!, seed, 1), doubled(runs[0]!, seed, 1.1)])
  const [, line] = retrievalLines(given, SMALL.places)
  const { worlds, users } = line!.clickChange
  for (const value of [worlds.value, worlds.low, worlds.high, users.low, users.high, ...line!.bySeed])
    assert.ok(Math.abs(value - 0.1) < 1e-9)
})

test("a user's vector times an item's labels is what matches, weighted", () => {
  const world = createWorld({ items: 60, users: 20, events: 0, collections: 0 })
  const observed = new Observed(world)
  const random = createRandom(1)
  for (let k = 0; k < 200; k++) observed.click(random.below(20), random.below(60), world.options.start + k)
  const matching = new Matching(world, observed)
  const labels = matching.labels()
  const weights = [0.5, 1.5, 2]
  const vector = new Float32Array(matching.dim)
  for (let user = 0; user < 20; user++) {
    matching.userVector(user, weights, vector)
    for (let item = 0; item < 60; item++) {
      const product = vectorAt(labels, item).reduce((sum, value, j) => sum + value * vector[j]!, 0)
      const expected = matching.matchesOf(user, item).reduce((sum, match, k) => sum + weights[k]! * match, 0)
      assert.ok(Math.abs(product - expected) < 1e-4)
      assert.ok(Math.abs(matching.score(vector, item) - expected) < 1e-4)
    }
  }
  assert.equal(weights.length, MATCHES.length)
})

test('table and chart have a line for every policy', () => {
  const table = retrievalTable(retrievalLines(runs, SMALL.places))
  assert.equal(table.split('\n').length, 2 + policies.length)
  const svg = retrievalChart(runs, SMALL.places, 0.01)
  assert.ok(svg.startsWith('<svg') && svg.includes('bound 0.5') && svg.includes('draw 2'))
})
