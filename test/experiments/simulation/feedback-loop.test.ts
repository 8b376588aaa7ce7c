/** @file The feedback loop, small: what a ranker is trained on decides how good it gets. The large one is a benchmark. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { silentProgress } from '../../../src/base/progress.ts'
import { runClosedLoop, type SimulatedDay } from '../../../src/experiments/simulation/closed-loop.ts'
import { LOOP_ARMS, lateQuality, runFeedbackLoop } from '../../../src/experiments/simulation/feedback-loop.ts'
import { LEARNERS, linearLearner } from '../../../src/experiments/simulation/learners.ts'
import { simulationOptions } from '../../../src/experiments/simulation/options.ts'

/** A tenth of the traffic is randomised instead of a hundredth: a small loop has too few clicks otherwise. */
const SMALL = simulationOptions.parse({
  items: 1500,
  users: 800,
  days: 7,
  requestsPerDay: 2500,
  clicksBefore: 6000,
  share: 0.1,
  clip: 10,
  ownRequests: 2000,
  judged: 300,
})

test('trained on its own log the ranker ends below one trained on randomised traffic alone', async () => {
  const arms = LOOP_ARMS.filter(({ set }) => set === 'own-log' || set === 'randomised')
  const runs = await runFeedbackLoop(SMALL, [1, 2], linearLearner, silentProgress, arms)
  const [own, randomised] = arms.map(
    ({ name }) =>
      runs.filter(({ arm }) => arm === name).reduce((sum, run) => sum + lateQuality(run, 4), 0) / 2,
  )
  assert.ok(own! + 0.01 < randomised!, `own log ${own}, randomised ${randomised}`)
})

async function daysOf(seed: number): Promise<SimulatedDay[]> {
  const options = { ...SMALL, seed, days: 2, requestsPerDay: 300 }
  const days: SimulatedDay[] = []
  for await (const day of runClosedLoop(options, 'all-traffic', linearLearner)) days.push(day)
  return days
}

test('the same seed tells the same days, another seed others', async () => {
  const first = await daysOf(4)
  assert.deepEqual(await daysOf(4), first)
  assert.notDeepEqual(await daysOf(5), first)
})

test('no ranker is better than the truth, and every learner beats popularity after a day', async () => {
  for (const [name, learn] of Object.entries(LEARNERS)) {
    const days: SimulatedDay[] = []
    const options = { ...SMALL, days: 2, requestsPerDay: 1000 }
    for await (const day of runClosedLoop(options, 'own-log', learn)) days.push(day)
    for (const { expectedClicks, bestClicks } of days) assert.ok(expectedClicks <= bestClicks)
    const [popular, learned] = days.map(({ expectedClicks, bestClicks }) => expectedClicks / bestClicks)
    assert.ok(learned! > popular! + 0.1, `${name}: ${learned}, popularity ${popular}`)
  }
})
