/**
 * @file The surfaces and the cascade that each declares: nothing else decides what runs for a request.
 *
 * What can be tuned of a surface stands here with its range, as the sources' options do in their files: the group `surface`,
 * and the group `quotas` with one constant per source. A snapshot holds the values that it was fitted with, and is served
 * with them.
 */

import { z } from 'zod'
import { parseOptions } from '../base/parse-options.ts'
import { sourceDefinitions } from '../sources/registry.ts'
import type { Surface } from '../sources/request.ts'

export interface SurfaceDeclaration {
  /** Items that the user has touched before are left out. */
  readonly excludeSeen: boolean
  /** People of whom nothing is known are answered too: requests may have no query item. */
  readonly forNewcomers: boolean
  /** A source that has not answered by then is left out of the response and named in it. */
  readonly budgetMs: number
}

export const surfaceDeclarations: Readonly<Record<Surface, SurfaceDeclaration>> = {
  related: { excludeSeen: false, forNewcomers: false, budgetMs: 200 },
  home: { excludeSeen: true, forNewcomers: true, budgetMs: 400 },
}

/** Touches within this time belong to one visit: what an item's page is asked with, and what goes with the item. */
export const VISIT_MS = 30 * 60 * 1000

/** A default, and what of its range is worth searching. */
type Declared = readonly [value: number, from: number, to: number]

/** Groups of constants, as the tuner and errors name them. */
export const SURFACE = 'surface'
export const QUOTAS = 'quotas'

function optionsOf(declared: Record<'candidatesPerSource' | 'ranked' | 'queryItems' | 'fading', Declared>) {
  const whole = ([value, from, to]: Declared) =>
    z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(value)
      .meta({ tune: { scale: 'log', from, to } })
  const [fading, from, to] = declared.fading
  return z.strictObject({
    /** Candidates asked of each source, before filters; of one with a quota, that share of them. */
    candidatesPerSource: whole(declared.candidatesPerSource),
    /** Of the blend's best, so many go on to the ranker. */
    ranked: whole(declared.ranked),
    /** Query items at most, the most recent ones. */
    queryItems: whole(declared.queryItems),
    /** What a query item counts of the one after it: on an item's page, what came before it matters less. */
    fading: z.number().min(0.01).max(1).default(fading).meta({ tune: { from, to } }),
  })
}

/** By surface. What a longer list or query costs is not seen by the tuner, so the ranges end where serving gets slow. */
export const surfaceOptions = {
  related: optionsOf({
    candidatesPerSource: [400, 50, 1000],
    ranked: [500, 50, 1000],
    queryItems: [10, 1, 50],
    fading: [0.7, 0.1, 1],
  }),
  home: optionsOf({
    candidatesPerSource: [1000, 100, 2000],
    ranked: [500, 50, 1000],
    queryItems: [2000, 5, 2000],
    fading: [1, 0.8, 1],
  }),
} satisfies Record<Surface, z.ZodType>

export type SurfaceConstants = z.infer<(typeof surfaceOptions)[Surface]>
/** What decides with which of its query items a request asks, and what each of them counts. */
export type QueryConstants = Pick<SurfaceConstants, 'queryItems' | 'fading'>

/** Share of the surface's `candidatesPerSource` that a source is asked for. */
const quota = z
  .number()
  .min(0.001)
  .max(1)
  .default(1)
  .meta({ tune: { scale: 'log', from: 0.01, to: 1 } })

/** One quota for each of some sources; all that there are when left out. */
export function quotaOptions(sources: readonly string[] = sourceDefinitions.map(({ name }) => name)) {
  return z.strictObject(Object.fromEntries(sources.map((name) => [name, quota])))
}

/** What was tuned of surfaces, as tuned constants and options of commands hold it: see `surfaceOptions`, `quotaOptions`. */
export interface GivenSurfaces {
  surfaceOptions?: Partial<Record<Surface, unknown>>
  quotas?: Partial<Record<Surface, unknown>>
}

/** @throws InvalidOptionError for a constant that is not declared or outside its range */
export function surfaceConstants(surface: Surface, given: GivenSurfaces = {}): SurfaceConstants {
  return parseOptions(SURFACE, surfaceOptions[surface], given.surfaceOptions?.[surface])
}

export function allSurfaceConstants(given: GivenSurfaces): Record<Surface, SurfaceConstants> {
  return { related: surfaceConstants('related', given), home: surfaceConstants('home', given) }
}

/**
 * Candidates that are asked of some sources.
 *
 * @param sources columns of the merged candidates; what is no source has no quota
 * @throws InvalidOptionError as `surfaceConstants` does, and for the quota of an unknown source
 */
export function askedOf(surface: Surface, given: GivenSurfaces, sources: readonly string[]): number[] {
  const { candidatesPerSource } = surfaceConstants(surface, given)
  const quotas = parseOptions(QUOTAS, quotaOptions(), given.quotas?.[surface])
  return sources.map((source) => Math.max(1, Math.round(candidatesPerSource * (quotas[source] ?? 1))))
}

/** Weights stay above 0, however long the query is. */
const SMALLEST_WEIGHT = 1e-30

/** Weights of a request's query items, oldest first; the newest counts 1. */
export function queryWeights(fading: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => Math.max(SMALLEST_WEIGHT, fading ** (count - 1 - k)))
}
