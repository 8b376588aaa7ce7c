/** @file Tuning: how near to the best known value of test functions, and of a cascade, against random search. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../src/base/random.ts'
import { noConstants } from '../src/cascade/tuned.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { splitDataset } from '../src/data/split.ts'
import { createWorld } from '../src/data/world/world.ts'
import { writeWorld } from '../src/data/world/write-world.ts'
import { CascadeObjective } from '../src/experiments/tuning/cascade-objective.ts'
import {
  defaultsOf,
  drawCoordinate,
  type Space,
  type Values,
  valueAt,
} from '../src/experiments/tuning/parameter.ts'
import { forgetfulLog } from '../src/experiments/tuning/trial-log.ts'
import { type Objective, type TuneOptions, tune } from '../src/experiments/tuning/tuner.ts'
import { openStore } from '../src/store/sqlite-store.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import { type TestFunction, testFunctions } from './test-functions.ts'

const SEEDS = [1, 2, 3, 4, 5]
/** Evaluations that are allowed, the first of them away from the best point. */
const BUDGETS: Record<string, number> = {
  Branin: 50,
  'Hartmann-6': 100,
  'Rosenbrock-4': 100,
  'Ackley-3': 150,
  'Ackley-5': 200,
}
/** Of a small world; the sources differ in what their constants are worth. */
const WORLD = { items: 400, users: 600, events: 25_000, collections: 200 }
const SOURCES = ['co-occurrence', 'transition', 'text', 'recent-popular']
const CASCADE_BUDGET = 40
/** As `labrador tune` does it; the same for random search. */
const GROUPS_CHANGED = 2

const options = { parallel: 1, smallestShare: 1 } satisfies Partial<TuneOptions>

async function bestFound(
  space: Space,
  present: Values,
  objective: Objective,
  run: Pick<TuneOptions, 'method' | 'seed' | 'trials' | 'groupsChanged'>,
): Promise<number> {
  const context = { log: forgetfulLog(), clock: () => 0 }
  return (await tune(space, present, objective, { ...options, ...run }, context)).best.value
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!

/** Share of the way from what one random point gives to the best known value. */
async function functionRow(
  { name, space, best, valueAt: value }: TestFunction,
  quick: boolean,
): Promise<BenchRow> {
  const trials = quick ? 30 : BUDGETS[name]!
  const objective: Objective = async (values) => value(Object.values(values) as number[])
  const baseline = median(randomValues(space, (values) => value(values)))
  const recovered = async (method: TuneOptions['method']) => {
    const found: number[] = []
    for (const seed of SEEDS) {
      found.push(
        await bestFound(space, defaultsOf(space), objective, {
          method,
          seed,
          trials,
          groupsChanged: space.length,
        }),
      )
    }
    return (median(found) - baseline) / (best - baseline)
  }
  const [ours, random] = [await recovered('bayesian'), await recovered('random')]
  return {
    metric: `${name}: recovered in ${trials} evaluations`,
    value: ours,
    unit: 'share',
    limit: 1,
    peer: 'random search',
    peerValue: random,
    // Of what is left to gain, so that two shares near 1 are told apart.
    ratio: (1 - random) / (1 - ours),
  }
}

function randomValues(space: Space, value: (values: number[]) => number): number[] {
  const random = createRandom(99)
  return Array.from({ length: 1001 }, () =>
    value(space.map((parameter) => valueAt(parameter, drawCoordinate(parameter, random)) as number)),
  )
}

/** What tuning adds to NDCG@10 in validation, at an equal number of full measurements. */
async function cascadeRow({ threads, quick, progress, note }: BenchContext): Promise<BenchRow> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-tuning-'))
  const store = openStore(join(folder, 'store.db'))
  await writeWorld(createWorld(WORLD), store, { images: false }, progress)
  const { train } = splitDataset(loadDataset(store))
  store.close()
  await rm(folder, { recursive: true })
  const trials = quick ? 12 : CASCADE_BUDGET
  const run = { trials, groupsChanged: GROUPS_CHANGED }
  const seeds = quick ? SEEDS.slice(0, 3) : SEEDS
  const objective = new CascadeObjective(train, {
    surface: 'home',
    metric: 'ndcg@10',
    sources: SOURCES,
    constants: noConstants,
    units: 100,
    threads,
    parallel: 1,
    seed: 1,
  })
  try {
    const { space, present } = objective
    const measure: Objective = async (values, share) => mean(await objective.judge(values, share))
    const before = await measure(present, 1)
    const gains = async (method: TuneOptions['method']) => {
      const found: number[] = []
      for (const seed of seeds)
        found.push((await bestFound(space, present, measure, { ...run, method, seed })) - before)
      note(
        `${method}, by seed: ${found.map((gain) => gain.toFixed(5)).join(', ')} above ${before.toFixed(5)}`,
      )
      return median(found)
    }
    const [ours, random] = [await gains('bayesian'), await gains('random')]
    return {
      metric: `cascade of ${space.length} constants: NDCG@10 gained in ${trials} measurements`,
      value: ours,
      unit: 'NDCG@10',
      peer: 'random search',
      peerValue: random,
      ratio: ours / random,
    }
  } finally {
    await objective.close()
  }
}

const benchmark: Benchmark = {
  summary: 'Bayesian optimisation against random search at equal budgets, medians over seeds.',
  async run(context) {
    const rows: BenchRow[] = []
    for (const one of testFunctions) rows.push(await functionRow(one, context.quick))
    return [...rows, await cascadeRow(context)]
  },
}

export default benchmark
