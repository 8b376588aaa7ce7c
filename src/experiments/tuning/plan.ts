/** @file What is measured next: promotions first, then new configurations, changed in some groups from the best so far. */

import { createRandom, type Random, shuffle } from '../../base/random.ts'
import { BayesianSearch, drawFree, type Observation } from './bayesian.ts'
import { promotion } from './halving.ts'
import { type Point, pointOf, type Space, type Values, valueAt } from './parameter.ts'
import type { LogEntry } from './trial-log.ts'

export interface PlanOptions {
  /** Configurations tried, the present one included. */
  trials: number
  seed: number
  /** `random` is for comparison. */
  method: 'bayesian' | 'random'
  /** Groups in which a new configuration differs from the best so far. */
  groupsChanged: number
}

/** A measurement that is asked for. */
export interface Job {
  job: number
  trial: number
  rung: number
  values: Values
}

/** A function of the results that it is shown, and of nothing else. */
export class Plan {
  readonly #space: Space
  readonly #shares: readonly number[]
  readonly #options: PlanOptions
  readonly #search = new BayesianSearch()
  readonly #jobs: Job[] = []
  /** One per trial, and the same as points. */
  readonly #trials: Values[] = []
  readonly #points: Point[] = []

  /**
   * @param present configuration that is measured first, on everything
   * @param shares of the data, smallest first
   */
  constructor(space: Space, present: Values, shares: readonly number[], options: PlanOptions) {
    this.#space = space
    this.#shares = shares
    this.#options = options
    this.#add(present)
  }

  /**
   * @param results of the first so many jobs, in their order
   * @returns null when there is nothing to do before further results are known
   */
  next(results: readonly LogEntry[]): Job | null {
    const job = this.#choose(results)
    if (job) this.#jobs.push(job)
    return job
  }

  #choose(results: readonly LogEntry[]): Job | null {
    const job = this.#jobs.length
    if (job === 0) return { job, trial: 0, rung: this.#shares.length - 1, values: this.#trials[0]! }
    const promoted = promotion(results, this.#jobs, this.#shares.length)
    if (promoted) return { job, ...promoted, values: this.#trials[promoted.trial]! }
    if (this.#trials.length >= this.#options.trials) return null
    const values = this.#suggest(results, createRandom(this.#options.seed, job))
    return { job, trial: this.#add(values), rung: 0, values }
  }

  #suggest(results: readonly LogEntry[], random: Random): Values {
    const space = this.#space
    const best = bestOf(results, this.#shares.length - 1)?.trial ?? 0
    const base = this.#points[best]!
    const free = freeCoordinates(space, this.#options.groupsChanged, random)
    const observations = results.map(({ trial, rung, value }): Observation => {
      return { point: this.#points[trial]!, share: this.#shares[rung]!, value }
    })
    const pending = this.#jobs.slice(results.length).map(({ trial }) => this.#points[trial]!)
    const point =
      this.#options.method === 'random'
        ? drawFree(space, base, free, random)
        : this.#search.suggest({ space, observations, pending, base, free }, random)
    // What is not free keeps its value to the last bit, so that nothing is fitted again for a rounding.
    const changed = free.map((d) => [space[d]!.name, valueAt(space[d]!, point[d]!)])
    return { ...this.#trials[best]!, ...Object.fromEntries(changed) }
  }

  #add(values: Values): number {
    this.#points.push(pointOf(this.#space, values))
    return this.#trials.push(values) - 1
  }
}

/** The best of those measured on a share, the earliest of equals. */
export function bestOf(results: readonly LogEntry[], rung: number): LogEntry | undefined {
  return results
    .filter((result) => result.rung === rung)
    .reduce<LogEntry | undefined>(
      (best, result) => (best && best.value >= result.value ? best : result),
      undefined,
    )
}

function freeCoordinates(space: Space, groupsChanged: number, random: Random): number[] {
  const groups = [...new Set(space.map(({ group }) => group))]
  const chosen = new Set(shuffle(groups, random).slice(0, groupsChanged))
  return space.flatMap(({ group }, d) => (chosen.has(group) ? [d] : []))
}
