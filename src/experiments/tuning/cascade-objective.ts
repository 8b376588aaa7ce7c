/** @file How good a configuration of the cascade is: sources fitted before a validation period, their blend judged in it. */

import type { z } from 'zod'
import { parseOptions } from '../../base/parse-options.ts'
import { workerModule } from '../../base/worker-module.ts'
import { WorkerPool } from '../../base/worker-pool.ts'
import {
  askedOf,
  QUOTAS,
  quotaOptions,
  SURFACE,
  surfaceConstants,
  surfaceOptions,
} from '../../cascade/surfaces.ts'
import { type Constants, optionsOf } from '../../cascade/tuned.ts'
import type { Dataset } from '../../data/dataset.ts'
import { REVISIT } from '../../evaluation/ask.ts'
import { shareArrays } from '../../evaluation/share.ts'
import { blendOptions } from '../../ranking/fit-blend.ts'
import { defaultSources, sourceDefinition } from '../../sources/registry.ts'
import type { Surface } from '../../sources/request.ts'
import { AnswerCache } from './answer-cache.ts'
import { BLOCK, type CascadeDone, type CascadeShared, type CascadeTask } from './cascade-tasks.ts'
import type { ConstantsObjective } from './constants-objective.ts'
import type { Space, Values } from './parameter.ts'
import { type Period, periodsOf } from './periods.ts'
import { optionsWith, spaceOf, valuesIn } from './space.ts'

export interface CascadeObjectiveOptions {
  surface: Surface
  /** Such as `ndcg@10`. */
  metric: string
  /** Sources of the cascade; all that suit the data when left out. */
  sources?: readonly string[]
  /** Groups whose constants are searched: names of sources, and of `SURFACE_GROUPS`; all when left out. */
  groups?: readonly string[]
  /** What the cascade has now. */
  constants: Constants
  /** Users (sessions) at most in each validation period. */
  units: number
  threads: number
  /** Configurations that are measured at a time. */
  parallel: number
  seed: number
}

export const BLEND = 'blend'

/** Groups whose constants belong to a surface, and where they stand. */
const HELD_IN = { [BLEND]: 'blends', [SURFACE]: 'surfaces', [QUOTAS]: 'quotas' } as const
export const SURFACE_GROUPS = Object.keys(HELD_IN) as readonly (keyof typeof HELD_IN)[]

/** Configurations kept: what does not change between trials, and what the last few of them changed. */
const KEPT_PER_SOURCE = 3

export class CascadeObjective implements ConstantsObjective {
  readonly space: Space
  readonly present: Values
  readonly sources: readonly string[]
  readonly #periods: readonly Period[]
  readonly #options: CascadeObjectiveOptions
  readonly #pool: WorkerPool<CascadeTask, CascadeDone>
  readonly #cache: AnswerCache

  /** @param train training interactions only; nothing else is looked at */
  constructor(train: Dataset, options: CascadeObjectiveOptions) {
    const { surface, constants, threads, parallel, seed } = options
    this.#options = options
    this.#periods = periodsOf(train, options)
    const shared: CascadeShared = {
      periods: this.#periods.map(({ opened, tasks, order, fold }) => ({ opened, tasks, order, fold })),
      seed,
    }
    const module = workerModule(import.meta.url, './cascade-worker')
    this.#pool = new WorkerPool(module, threads, shareArrays(shared))
    const wanted = (options.sources ?? defaultSources()).map(sourceDefinition)
    const names = wanted.filter(({ surfaces }) => surfaces.includes(surface)).map(({ name }) => name)
    this.#cache = new AnswerCache(this.#pool, this.#periods, {
      threads: Math.max(1, Math.floor(threads / parallel)),
      seed,
      capacity: KEPT_PER_SOURCE * names.length * this.#periods.length,
    })
    this.sources = this.#cache.suitable(names, (name) => constants.sources[name])
    const searched = (group: string) => options.groups?.includes(group) ?? true
    this.space = [
      ...this.sources.filter(searched).flatMap((name) => spaceOf(name, sourceDefinition(name).options)),
      ...SURFACE_GROUPS.filter(searched).flatMap((group) => spaceOf(group, this.#searchedOf(group))),
    ]
    this.present = this.#valuesOf(constants)
  }

  get requests(): number {
    return this.#periods.reduce((sum, { tasks }) => sum + tasks.length, 0)
  }

  async judge(values: Values, share: number): Promise<Float64Array> {
    const { metric, surface } = this.#options
    const constants = this.constantsOf(values)
    const given = optionsOf(constants)
    const { candidatesPerSource, queryItems, fading } = surfaceConstants(surface, given)
    const asking = { candidatesPerSource, queryItems, fading }
    const counts = this.#periods.map(({ tasks }) =>
      Math.min(tasks.length, BLOCK * Math.ceil((share * tasks.length) / BLOCK)),
    )
    const answers = await Promise.all(
      this.#periods.map((_, period) =>
        Promise.all(
          this.sources.map((source) =>
            this.#cache.answers(period, source, constants.sources[source], asking, counts[period]!),
          ),
        ),
      ),
    )
    const task: CascadeTask = {
      kind: 'judge',
      sources: [...this.sources],
      answers,
      asking,
      asked: askedOf(surface, given, [...this.sources, REVISIT]),
      counts,
      blend: parseOptions(BLEND, blendOptions, constants.blends[surface]),
      weights: null,
      metric,
    }
    return (await this.#pool.run(task)) as Float64Array
  }

  get units(): Uint32Array {
    const all = this.#periods.flatMap(({ tasks, order }) => {
      const keys = tasks.protocol === 'sessions, temporal' ? tasks.unit : tasks.user
      return Array.from(order, (task) => keys[task]!)
    })
    const numbers = new Map([...new Set(all)].map((unit, number) => [unit, number]))
    return Uint32Array.from(all, (unit) => numbers.get(unit)!)
  }

  constantsOf(values: Values): Constants {
    const { constants, surface } = this.#options
    const sources = { ...constants.sources }
    for (const { name, options } of this.sources.map(sourceDefinition)) {
      const changed = optionsWith(name, options, values)
      if (Object.keys(changed).length > 0) sources[name] = { ...sources[name], ...changed }
    }
    const found: Constants = { ...constants, sources }
    for (const group of SURFACE_GROUPS) {
      const held = HELD_IN[group]
      const changed = optionsWith(group, this.#declaredOf(group), values)
      if (Object.keys(changed).length === 0) continue
      found[held] = { ...constants[held], [surface]: { ...constants[held][surface], ...changed } }
    }
    return found
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  /** All options of a group, searched or not. */
  #declaredOf(group: (typeof SURFACE_GROUPS)[number]): z.ZodType {
    if (group === BLEND) return blendOptions
    return group === SURFACE ? surfaceOptions[this.#options.surface] : quotaOptions()
  }

  #searchedOf(group: (typeof SURFACE_GROUPS)[number]): z.ZodType {
    if (group === QUOTAS) return quotaOptions(this.sources)
    // The blend's order is judged, and what a ranker gets of it makes no difference there: see `RankerObjective`.
    if (group === SURFACE) return surfaceOptions[this.#options.surface].omit({ ranked: true })
    return this.#declaredOf(group)
  }

  #valuesOf(constants: Constants): Values {
    const { sources } = constants
    const values: Record<string, Values[string]> = {}
    for (const { name, options } of this.sources.map(sourceDefinition)) {
      Object.assign(values, valuesIn(name, options, sources[name]))
    }
    for (const group of SURFACE_GROUPS) {
      const given = constants[HELD_IN[group]][this.#options.surface]
      Object.assign(values, valuesIn(group, this.#declaredOf(group), given))
    }
    return Object.fromEntries(this.space.map(({ name }) => [name, values[name]!]))
  }
}
