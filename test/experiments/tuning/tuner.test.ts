/** @file The tuner: test functions, random search, halving, parallel runs, resuming. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testFunctions } from '../../../bench/test-functions.ts'
import { createRandom } from '../../../src/base/random.ts'
import { sharesOf } from '../../../src/experiments/tuning/halving.ts'
import { defaultsOf, type Space, type Values } from '../../../src/experiments/tuning/parameter.ts'
import { forgetfulLog, type LogEntry } from '../../../src/experiments/tuning/trial-log.ts'
import { type Objective, type TuneOptions, tune } from '../../../src/experiments/tuning/tuner.ts'

const options: TuneOptions = {
  trials: 40,
  parallel: 1,
  seed: 1,
  method: 'bayesian',
  smallestShare: 1,
  groupsChanged: Number.POSITIVE_INFINITY,
}
const quietly = () => ({ log: forgetfulLog(), clock: () => 0 })

const numbers = (values: Values) => Object.values(values) as number[]

for (const { name, space, best, valueAt } of testFunctions) {
  test(`${name}: far nearer to the best known value than random search at the same budget`, async () => {
    const objective: Objective = async (values) => valueAt(numbers(values))
    const regret = async (method: TuneOptions['method'], seed: number) => {
      // Waves in five coordinates take more to see through.
      const trials = name === 'Ackley-5' ? 80 : options.trials
      const run = { ...options, trials, method, seed }
      const tuned = await tune(space, defaultsOf(space), objective, run, quietly())
      return best - tuned.best.value
    }
    const median = async (method: TuneOptions['method']) => {
      const regrets = [await regret(method, 1), await regret(method, 2), await regret(method, 3)]
      return regrets.sort((a, b) => a - b)[1]!
    }
    const [tuned, random] = [await median('bayesian'), await median('random')]
    assert.ok(tuned < 0.5 * random, `${tuned} and ${random}`)
  })
}

/** A choice, a number on a log scale, a whole number and one that does not matter. */
const mixed: Space = [
  { kind: 'choice', name: 'a.kind', group: 'a', choices: ['plain', 'good', 'bad'], default: 'plain' },
  { kind: 'number', name: 'a.rate', group: 'a', scale: 'log', from: 1e-4, to: 1, step: 0, default: 0.5 },
  { kind: 'number', name: 'b.depth', group: 'b', scale: 'linear', from: 1, to: 20, step: 1, default: 2 },
  { kind: 'number', name: 'c.noise', group: 'c', scale: 'linear', from: 0, to: 1, step: 0, default: 0 },
]

function mixedValue(values: Values): number {
  const kind = { plain: 0, good: 1, bad: -1 }[values['a.kind'] as string]!
  const rate = -((Math.log10(values['a.rate'] as number) + 2) ** 2)
  return kind + rate - 0.05 * ((values['b.depth'] as number) - 12) ** 2
}

test('choices, logarithms and whole numbers are tuned together; a few groups at a time find the same', async () => {
  for (const groupsChanged of [Number.POSITIVE_INFINITY, 1]) {
    const objective: Objective = async (values) => mixedValue(values)
    const result = await tune(
      mixed,
      defaultsOf(mixed),
      objective,
      { ...options, trials: 60, groupsChanged },
      quietly(),
    )
    const { values } = result.best
    assert.equal(values['a.kind'], 'good')
    assert.ok(Math.abs(Math.log10(values['a.rate'] as number) + 2) < 0.3, `${values['a.rate']}`)
    assert.ok(Math.abs((values['b.depth'] as number) - 12) <= 1)
    for (const entry of result.history) assert.ok(Number.isInteger(entry.values['b.depth']))
    if (groupsChanged === 1) {
      for (const { job, values: tried } of result.history.slice(1))
        assert.ok(changedGroups(tried, result.history, job))
    }
  }
})

/** Whether some earlier configuration differs in one group at most. */
function changedGroups(tried: Values, history: readonly LogEntry[], job: number): boolean {
  return history.slice(0, job).some(({ values: former }) => {
    const groups = mixed.filter(({ name }) => tried[name] !== former[name]).map(({ group }) => group)
    return new Set(groups).size <= 1
  })
}

test('the present configuration is measured first, as it is, and the best is never worse', async () => {
  const outside = { ...defaultsOf(mixed), 'b.depth': 300 }
  const seen: Values[] = []
  const objective: Objective = async (values) => {
    seen.push(values)
    return seen.length === 1 ? 1 : 0
  }
  const { best, present } = await tune(mixed, outside, objective, { ...options, trials: 15 }, quietly())
  assert.deepEqual(seen[0], outside)
  assert.equal(best, present)
})

test('several at a time: as many run at once, and what comes of it does not depend on how long each takes', async () => {
  const run = async (seed: number) => {
    const random = createRandom(seed)
    let running = 0
    let most = 0
    const objective: Objective = async (values, share) => {
      most = Math.max(most, ++running)
      for (let turns = random.below(20); turns > 0; turns--) await null
      running--
      return mixedValue(values) * share
    }
    const halving = { ...options, parallel: 3, smallestShare: 1 / 9 }
    const { history } = await tune(mixed, defaultsOf(mixed), objective, halving, quietly())
    assert.equal(most, 3)
    return history
  }
  assert.deepEqual(await run(1), await run(2))
})

test('halving measures most configurations on little, and those that it promotes are the best third', async () => {
  const random = createRandom(4)
  const objective: Objective = async (values, share) =>
    mixedValue(values) + 0.3 * random.normal() * (1 - share)
  const halving = { ...options, trials: 60, smallestShare: 1 / 9 }
  const { history, best } = await tune(mixed, defaultsOf(mixed), objective, halving, quietly())
  const onRung = (rung: number) => history.filter((entry) => entry.rung === rung)
  assert.deepEqual(sharesOf(1 / 9), [1 / 9, 1 / 3, 1])
  assert.equal(onRung(0).length, 59)
  // More than a third goes on: the best third of what is known changes with every result.
  assert.ok(onRung(1).length >= 19 && onRung(1).length < 40, `${onRung(1).length}`)
  assert.ok(onRung(2).length > 1 && onRung(2).length < onRung(1).length, `${onRung(2).length}`)
  for (const { trial, job } of onRung(1)) {
    const known = onRung(0).filter((entry) => entry.job < job)
    const rank = known.sort((a, b) => b.value - a.value).findIndex((entry) => entry.trial === trial)
    assert.ok(rank >= 0 && rank < Math.floor(known.length / 3))
  }
  const cost = history.reduce((sum, { rung }) => sum + sharesOf(1 / 9)[rung]!, 0)
  assert.ok(cost < 45, `${cost}`)
  assert.ok(best.value > mixedValue(defaultsOf(mixed)) + 3)
})

test('a run that goes on from a log measures nothing twice and ends as if it had never stopped', async () => {
  const objective: Objective = async (values) => mixedValue(values)
  const parallel = { ...options, parallel: 2, smallestShare: 1 / 3 }
  const whole = await tune(mixed, defaultsOf(mixed), objective, parallel, quietly())
  // The log of a killed run: the first twenty, but for one that was still running.
  const entries = whole.history.filter(({ job }) => job < 20 && job !== 18)
  let measured = 0
  const counted: Objective = (values, share) => {
    measured++
    return objective(values, share)
  }
  const log = { ...forgetfulLog(), entries }
  const resumed = await tune(mixed, defaultsOf(mixed), counted, parallel, { log, clock: () => 0 })
  assert.deepEqual(resumed, whole)
  assert.equal(measured, whole.history.length - entries.length)
})

test('a log that does not fit the run is refused', async () => {
  const objective: Objective = async (values) => mixedValue(values)
  const entry = { job: 0, trial: 0, rung: 0, values: { 'a.kind': 'bad' }, value: 1, seconds: 0 }
  const context = { log: { ...forgetfulLog(), entries: [entry] }, clock: () => 0 }
  await assert.rejects(tune(mixed, defaultsOf(mixed), objective, options, context), /what this run asks for/)
})

test('a failing measurement ends the run with its error, whichever it is', async () => {
  let calls = 0
  const objective: Objective = async () => {
    if (++calls === 5) throw new Error('the disk is full')
    return 0
  }
  const run = tune(mixed, defaultsOf(mixed), objective, { ...options, parallel: 3 }, quietly())
  await assert.rejects(run, /the disk is full/)
})
