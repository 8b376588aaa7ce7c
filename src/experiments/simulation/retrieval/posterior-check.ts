/**
 * @file Whether the simulated product's σ says how far what it makes of items is off: here the truth is known. It is what an
 * item's weights would come to if it were shown to everybody and nothing were left to chance.
 */

import { Evidence, posteriorOf } from '../../../models/uncertainty/posterior.ts'
import { type VectorMatrix, vectorAt, vectorMatrix } from '../../../vectors/vector-matrix.ts'
import type { SimulationOptions } from '../options.ts'
import { DAY_MS } from '../product.ts'
import { ORIGIN_DIM } from './match.ts'
import { type Morning, type RetrievalRunOptions, runRetrievalLoop } from './retrieval-loop.ts'

/** What scores are off by, beside what σ says. */
export interface Calibration {
  items: number
  /** Root mean square of what scores are off by, over items and people; and its mean. */
  error: number
  bias: number
  sigma: number
  /** Root mean square of the error over what is expected of it, and the same of the error less its mean. */
  z: number
  unbiasedZ: number
  /** Shares of the errors within once and twice what is expected. */
  within: readonly [number, number]
}

export interface PosteriorLine extends Calibration {
  /** Times that an item was shown, from and to. */
  shown: readonly [number, number]
}

/** From and to, of how often something was tried: as unsure as each other. */
export const EVIDENCE_BUCKETS = [
  [0, 0],
  [1, 2],
  [3, 5],
  [6, 10],
  [11, 30],
  [31, 100],
  [101, Number.POSITIVE_INFINITY],
] as const
/** People, and items of a bucket, that are looked at. */
const SAMPLE = { people: 150, items: 150 }
/** Of the truth: hardly any, so that what nobody likes has finite weights. */
const WIDE = 1e4
/** Newton's steps: at most so many, and none after one that is shorter than that. */
const STEPS = { most: 40, least: 1e-3 }

/** On the morning of the last day. */
export function checkPosterior(options: SimulationOptions, run: RetrievalRunOptions): PosteriorLine[] {
  let lines: PosteriorLine[] = []
  const eachMorning = (morning: Morning) => {
    if (morning.day === options.days - 1) lines = linesOf(morning)
  }
  for (const _ of runRetrievalLoop(options, { ...run, eachMorning })) {
    // What a day brings is not asked for.
  }
  return lines
}

function linesOf(morning: Morning): PosteriorLine[] {
  const { known, model, items } = morning
  const people = Array.from({ length: SAMPLE.people }, (_, k) =>
    Math.floor((k * known.origins.count) / SAMPLE.people),
  )
  const shown = new Uint32Array(known.items)
  for (let row = 0; row < known.log.rows; row++) shown[known.log.items[row]!]++
  return EVIDENCE_BUCKETS.flatMap(([from, to]) => {
    const all = items.filter((item) => shown[item]! >= from && shown[item]! <= to)
    const step = Math.max(1, all.length / SAMPLE.items)
    const own = Array.from(
      { length: Math.min(all.length, SAMPLE.items) },
      (_, k) => all[Math.floor(k * step)]!,
    )
    if (own.length === 0) return []
    const truth = trueWeights(morning, own, people)
    const sums = { squares: 0, differences: 0, sigma: 0, z: 0, one: 0, two: 0 }
    let count = 0
    own.forEach((item, row) => {
      const sigma = model.posterior.sigma[item]!
      for (const user of people) {
        const origin = vectorAt(known.origins, user)
        let difference = 0
        for (let j = 0; j < ORIGIN_DIM; j++)
          difference += (vectorAt(model.posterior.mean, item)[j]! - vectorAt(truth, row)[j]!) * origin[j]!
        sums.squares += difference ** 2
        sums.differences += difference
        sums.sigma += sigma ** 2
        sums.z += (difference / sigma) ** 2
        if (Math.abs(difference) < sigma) sums.one++
        if (Math.abs(difference) < 2 * sigma) sums.two++
        count++
      }
    })
    const error = Math.sqrt(sums.squares / count)
    const bias = sums.differences / count
    const sigma = Math.sqrt(sums.sigma / count)
    return {
      shown: [from, to] as const,
      items: own.length,
      error,
      bias,
      sigma,
      z: Math.sqrt(sums.z / count),
      unbiasedZ: Math.sqrt(error ** 2 - bias ** 2) / sigma,
      within: [sums.one / count, sums.two / count] as const,
    }
  })
}

/** Newton's method on the log odds of true clicks, over all the people: items × ORIGIN_DIM. */
export function trueWeights(
  { product, known, matching, weights, model, day }: Morning,
  items: readonly number[],
  people: readonly number[],
): VectorMatrix {
  const time = product.begins + day * DAY_MS
  const attraction = new Float64Array(items.length)
  const vector = new Float32Array(matching.dim)
  const rows = people.map((user) => {
    matching.userVector(user, weights, vector)
    product.audience.attractiveness(user, items, time, attraction)
    return {
      origin: vectorAt(known.origins, user),
      offsets: items.map((item) => model.intercept + model.scale * matching.score(vector, item)),
      clicks: attraction.slice(),
    }
  })
  const found = vectorMatrix(items.length, ORIGIN_DIM)
  const variances = new Float64Array(ORIGIN_DIM).fill(WIDE)
  for (let step = 0; step < STEPS.most; step++) {
    const evidence = new Evidence(items.length, ORIGIN_DIM)
    for (const { origin, offsets, clicks } of rows)
      items.forEach((_, row) => {
        let own = 0
        for (let j = 0; j < ORIGIN_DIM; j++) own += vectorAt(found, row)[j]! * origin[j]!
        const probability = 1 / (1 + Math.exp(-offsets[row]! - own))
        const information = probability * (1 - probability)
        evidence.add(row, origin, information, clicks[row]! - probability + information * own)
      })
    const { mean } = posteriorOf(evidence, variances, known.moment)
    // Whole steps overshoot where clicks are much likelier than was thought.
    let longestOfAll = 0
    for (let row = 0; row < items.length; row++) {
      const [now, next] = [vectorAt(found, row), vectorAt(mean, row)]
      const longest = Math.max(...next.map((value, j) => Math.abs(value - now[j]!)))
      longestOfAll = Math.max(longestOfAll, longest)
      for (let j = 0; j < ORIGIN_DIM; j++) now[j]! += (next[j]! - now[j]!) / Math.max(1, longest)
    }
    if (longestOfAll < STEPS.least) break
  }
  return found
}

/** Markdown. */
export function posteriorTable(lines: readonly PosteriorLine[]): string {
  const head = [
    'times shown',
    'items',
    'error',
    'bias',
    'σ',
    'z',
    'z about the bias',
    'within σ',
    'within 2 σ',
  ]
  const rows = lines.map(({ shown: [from, to], items, error, bias, sigma, z, unbiasedZ, within }) => [
    from === to ? `${from}` : to === Number.POSITIVE_INFINITY ? `${from} and more` : `${from}–${to}`,
    items,
    ...[error, bias, sigma, z, unbiasedZ].map((x) => x.toFixed(2).replace('-', '−')),
    ...within.map((share) => `${Math.round(100 * share)} %`),
  ])
  const text = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [text(head), `|${' ---: |'.repeat(head.length)}`, ...rows.map(text)].join('\n')
}
