/**
 * @file Retrieval by upper confidence bounds and by draws against retrieval by means, in the simulated world: the same
 * people, requests and arrivals; only the policy differs.
 */

import type { Progress } from '../../../base/progress.ts'
import {
  bootstrap,
  bootstrapDefaults,
  type Interval,
  percentileInterval,
} from '../../../evaluation/bootstrap.ts'
import type { SimulationOptions } from '../options.ts'
import { type RetrievalDay, type RetrievalPolicy, runRetrievalLoop } from './retrieval-loop.ts'

/** What a policy is called in tables and pictures. */
export const policyName = ({ optimism, exploration }: RetrievalPolicy) =>
  optimism === 0 ? 'mean' : `${exploration} ${optimism}`

/** One policy with one seed. */
export interface RetrievalRun {
  policy: RetrievalPolicy
  seed: number
  /** Those before the first optimistic one left out. */
  days: RetrievalDay[]
}

/** Every policy with every seed, each in a world of its own that is the same for all of a seed. */
export function compareRetrieval(
  options: SimulationOptions,
  policies: readonly RetrievalPolicy[],
  seeds: readonly number[],
  plainDays: number,
  progress: Progress,
): RetrievalRun[] {
  const task = progress.start('simulate days', seeds.length * policies.length * options.days)
  const runs: RetrievalRun[] = []
  let done = 0
  for (const seed of seeds) {
    for (const policy of policies) {
      const days: RetrievalDay[] = []
      for (const day of runRetrievalLoop({ ...options, seed }, { ...policy, plainDays })) {
        if (day.day >= plainDays) days.push(day)
        task.update(++done)
      }
      runs.push({ policy, seed, days })
    }
  }
  task.end()
  return runs
}

export interface RetrievalLine {
  policy: RetrievalPolicy
  /** Expected clicks of a request. */
  clicks: number
  /** Of what was shown, the share that was new. */
  newShare: number
  /** Clicks on new items, of a request. */
  newClicks: number
  /** Share of the items that anybody was shown on a day, mean over days; and of the new ones. */
  coverage: number
  newCoverage: number
  /** Against the first policy: relative, worlds drawn anew, and users of all worlds drawn anew. */
  clickChange: { worlds: Interval; users: Interval }
  newShareChange: { worlds: Interval; users: Interval }
  /** Relative change of expected clicks in each world. */
  bySeed: number[]
}

/** Distinct, in the order in which they come. */
export function policiesOf(runs: readonly RetrievalRun[]): RetrievalPolicy[] {
  return [...new Map(runs.map(({ policy }) => [policyName(policy), policy])).values()]
}

/** What is measured of a request, as columns. */
const COLUMNS = ['clicks', 'newShare', 'newClicks'] as const

/** @param runs the first policy is what the others are compared with; needs the same seeds for all */
export function retrievalLines(runs: readonly RetrievalRun[], places: number): RetrievalLine[] {
  const policies = policiesOf(runs)
  const seeds = [...new Set(runs.map(({ seed }) => seed))]
  const table = requestTable(runs, seeds, places)
  const columns = policies.length * COLUMNS.length
  const options = { ...bootstrapDefaults, resamples: 2000 }
  const byWorld = bootstrap(table.values, columns, table.world, seeds.length, options)
  const byUser = bootstrap(table.values, columns, table.user, table.users, options)
  return policies.map((policy, k) => {
    const at = (name: (typeof COLUMNS)[number], of = k) => of * COLUMNS.length + COLUMNS.indexOf(name)
    const change = (name: (typeof COLUMNS)[number]) => {
      const relative = ({ means, replicates, resamples }: typeof byWorld): Interval => {
        const ratio = (row: Float64Array) => row[at(name)]! / row[at(name, 0)]! - 1
        const sample = Float64Array.from({ length: resamples }, (_, r) =>
          ratio(replicates.subarray(r * columns, (r + 1) * columns)),
        )
        return { value: ratio(means), ...percentileInterval(sample, options.confidence) }
      }
      return { worlds: relative(byWorld), users: relative(byUser) }
    }
    const own = runs.filter((run) => policyName(run.policy) === policyName(policy))
    const overDays = (of: (day: RetrievalDay) => number) =>
      meanOf(own.map(({ days }) => meanOf(days.map(of))))
    return {
      policy,
      clicks: byWorld.means[at('clicks')]!,
      newShare: byWorld.means[at('newShare')]!,
      newClicks: byWorld.means[at('newClicks')]!,
      coverage: overDays(({ coverage }) => coverage),
      newCoverage: overDays(({ newCoverage }) => newCoverage),
      clickChange: change('clicks'),
      newShareChange: change('newShare'),
      bySeed: seeds.map((_, world) => {
        const sum = (column: number) => {
          let total = 0
          for (let row = 0; row < table.world.length; row++)
            if (table.world[row] === world) total += table.values[row * columns + column]!
          return total
        }
        return sum(at('clicks')) / sum(at('clicks', 0)) - 1
      }),
    }
  })
}

/** One row a request of a world, with the columns of every policy beside each other: so differences are paired. */
function requestTable(runs: readonly RetrievalRun[], seeds: readonly number[], places: number) {
  const requests = runs[0]!.days.reduce((sum, { users }) => sum + users.length, 0)
  const rows = requests * seeds.length
  const names = policiesOf(runs).map(policyName)
  const width = names.length * COLUMNS.length
  const values = new Float64Array(rows * width)
  const world = new Uint32Array(rows)
  const user = new Uint32Array(rows)
  const units = new Map<string, number>()
  for (const { policy, seed, days } of runs) {
    const place = seeds.indexOf(seed)
    let row = place * requests
    for (const day of days) {
      for (let r = 0; r < day.users.length; r++, row++) {
        const at = row * width + names.indexOf(policyName(policy)) * COLUMNS.length
        values[at] = day.expectedClicks[r]!
        values[at + 1] = day.newShown[r]! / places
        values[at + 2] = day.newClicks[r]!
        world[row] = place
        const key = `${place} ${day.users[r]}`
        if (!units.has(key)) units.set(key, units.size)
        user[row] = units.get(key)!
      }
    }
  }
  return { values, world, user, users: units.size }
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
