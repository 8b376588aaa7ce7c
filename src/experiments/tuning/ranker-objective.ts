/** @file How good a ranker's options are: fitted on the features of one half of the users, judged on the other's lists. */

import { type Progress, silentProgress } from '../../base/progress.ts'
import { createRandom, shuffle } from '../../base/random.ts'
import { topK } from '../../base/top-k.ts'
import { SURFACE, surfaceConstants, surfaceOptions } from '../../cascade/surfaces.ts'
import { type Constants, optionsOf } from '../../cascade/tuned.ts'
import type { Dataset } from '../../data/dataset.ts'
import { rankRows, TAUGHT } from '../../evaluation/learn-ranking.ts'
import { type MetricAt, metricNamed } from '../../evaluation/metrics.ts'
import { firstRows, selectRequests } from '../../ranking/rankers/hold-out.ts'
import { rowScorer } from '../../ranking/rankers/open-rankers.ts'
import type { RankerModel, RankRows } from '../../ranking/rankers/ranker.ts'
import { fitRanker, rankerNamed } from '../../ranking/rankers/registry.ts'
import type { Surface } from '../../sources/request.ts'
import type { ConstantsObjective } from './constants-objective.ts'
import { halfOf } from './halves.ts'
import type { Space, Values } from './parameter.ts'
import { optionsWith, spaceOf, valuesIn } from './space.ts'

export interface RankerObjectiveOptions {
  surface: Surface
  /** Such as `ndcg@10`. */
  metric: string
  ranker: string
  sources?: readonly string[]
  /** What the cascade has now: sources and blend stay as they are. */
  constants: Constants
  /** Users (sessions) at most in each validation period. */
  units: number
  threads: number
  parallel: number
  seed: number
  progress: Progress
}

/** Candidates per request that are written: none that is ranked may be missing. */
const MOST_RANKED = 1000

/** Rows are written once; a trial costs two fits of the ranker. */
export class RankerObjective implements ConstantsObjective {
  readonly space: Space
  readonly present: Values
  readonly sources: readonly string[]
  /** The blend's best, in its order. */
  readonly #rows: RankRows
  readonly #taught: RankRows
  /** Requests in an order shuffled by unit. */
  readonly #order: number[]
  readonly #options: RankerObjectiveOptions

  /** @param train training interactions only; nothing else is looked at */
  static async open(train: Dataset, options: RankerObjectiveOptions): Promise<RankerObjective> {
    const { surface, constants, units } = options
    const learning = { ...options, ...optionsOf(constants), validationUnits: units }
    const { blend, rows } = await rankRows(train, surface, learning, MOST_RANKED)
    return new RankerObjective(rows, blend.sources, options)
  }

  private constructor(rows: RankRows, sources: readonly string[], options: RankerObjectiveOptions) {
    const { ranker, constants, seed, surface } = options
    const { options: schema } = rankerNamed(ranker)
    const declared = surfaceOptions[surface]
    this.#rows = rows
    this.#taught = firstRows(rows, TAUGHT)
    this.#options = options
    this.#order = shuffledByUnit(rows.units, seed)
    this.sources = sources
    this.space = [...spaceOf(ranker, schema), ...spaceOf(SURFACE, declared.pick({ ranked: true }))]
    const values = {
      ...valuesIn(ranker, schema, constants.rankers[ranker]),
      ...valuesIn(SURFACE, declared, constants.surfaces[surface]),
    }
    this.present = Object.fromEntries(this.space.map(({ name }) => [name, values[name]!]))
  }

  get requests(): number {
    return this.#order.length
  }

  get units(): Uint32Array {
    const numbers = new Map([...new Set(this.#rows.units)].map((unit, number) => [unit, number]))
    return Uint32Array.from(this.#order, (request) => numbers.get(this.#rows.units[request]!)!)
  }

  async judge(values: Values, share: number): Promise<Float64Array> {
    const { ranker, metric, threads, parallel, seed, surface } = this.#options
    const asked = this.#order.slice(0, Math.ceil(share * this.#order.length))
    const constants = this.constantsOf(values)
    const options = constants.rankers[ranker]
    const rows = firstRows(this.#rows, surfaceConstants(surface, optionsOf(constants)).ranked)
    const fit = { threads: Math.max(1, Math.floor(threads / parallel)), seed, progress: silentProgress }
    const judged = new Map<number, number>()
    for (const half of [0, 1]) {
      const inHalf = (request: number) => halfOf(rows.units[request]!) === half
      const others = asked.filter((request) => !inHalf(request))
      const model = await fitRanker(ranker, selectRequests(this.#taught, others), options, fit)
      const own = asked.filter(inHalf)
      judgeRequests(selectRequests(rows, own), model, metricNamed(metric)).forEach((value, k) => {
        judged.set(own[k]!, value)
      })
    }
    return Float64Array.from(asked, (request) => judged.get(request)!)
  }

  constantsOf(values: Values): Constants {
    const { constants, ranker, surface } = this.#options
    const changed = optionsWith(ranker, rankerNamed(ranker).options, values)
    const ranked = optionsWith(SURFACE, surfaceOptions[surface], values)
    return {
      ...constants,
      rankers: { ...constants.rankers, [ranker]: { ...constants.rankers[ranker], ...changed } },
      surfaces: { ...constants.surfaces, [surface]: { ...constants.surfaces[surface], ...ranked } },
    }
  }

  async close(): Promise<void> {}
}

function judgeRequests(rows: RankRows, model: RankerModel, { metric, k }: MetricAt): number[] {
  const width = rows.names.length
  const { names, families } = rows
  const score = rowScorer(model, { names, families, write: () => {} }, model.ranker)
  return Array.from(rows.relevant, (wanted, request) => {
    const from = rows.offsets[request]!
    const to = rows.offsets[request + 1]!
    const scores = score(rows.values.subarray(from * width, to * width), to - from)
    const hits = Uint8Array.from(topK(scores, k), (row) => (rows.labels[from + row]! > 0 ? 1 : 0))
    return metric(hits, wanted, k)
  })
}

function shuffledByUnit(units: Uint32Array, seed: number): number[] {
  const distinct = shuffle([...new Set(units)], createRandom(seed, 3))
  const place = new Map(distinct.map((unit, at) => [unit, at]))
  return Array.from(units.keys()).sort((a, b) => place.get(units[a]!)! - place.get(units[b]!)! || a - b)
}
