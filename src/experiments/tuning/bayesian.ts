/**
 * @file Bayesian optimisation: tries where a Gaussian process expects the largest improvement (Jones et al. 1998).
 *
 * Observations at smaller shares of the data count too: the share is one more coordinate, and improvement is asked for
 * at the full share (as in Klein et al. 2017, "Fabolas").
 */

import { normalCdf } from '../../base/distributions.ts'
import type { Random } from '../../base/random.ts'
import { fitKernel } from './fit-kernel.ts'
import { GaussianProcess } from './gaussian-process.ts'
import type { KernelParameters } from './matern.ts'
import { drawCoordinate, type Point, type Space } from './parameter.ts'
import { warp } from './warp.ts'

export interface Observation {
  point: Point
  /** Share of the data it was measured on, in (0, 1]. */
  share: number
  /** Higher is better. */
  value: number
}

export interface Suggestion {
  space: Space
  /** In the order in which they were asked for. */
  observations: readonly Observation[]
  /** Points that are being measured. */
  pending: readonly Point[]
  /** Coordinates that are not free keep these. */
  base: Point
  free: readonly number[]
}

/** Random points before there is anything to learn from. */
const START = 8
const RANDOM_CANDIDATES = 500
/** The best candidates are improved by random steps, ever smaller ones. */
const CLIMBERS = 5
const STEPS = 60
/**
 * How far from the best so far searches near it go, in coordinates. Ripples around the best are too short for a search from
 * afar; those that are shorter than the smallest step hide the slope beneath them, along which the mean still points.
 */
const NEAR = 0.1
const NEARER = 0.02
/** Along one coordinate alone. */
const ALONG = 0.03

/** Ways to search, taken in turn. */
const TURNS = 5

/** Numbers within so far of a centre. */
interface Box {
  centre: Point
  reach: number
}

/** Suggests points for one space; keeps the last kernel, which is a function of the observations alone. */
export class BayesianSearch {
  #kernel: { observations: number; parameters: KernelParameters } | null = null

  suggest(asked: Suggestion, random: Random): Point {
    const { space, observations, pending, base, free } = asked
    if (observations.length < START) return drawFree(space, base, free, random)
    const isChoice = Uint8Array.from([...space.map(({ kind }) => (kind === 'choice' ? 1 : 0)), 0])
    const points = observations.map(({ point, share }) => extend(point, share))
    const values = warp(observations.map(({ value }) => value))
    const parameters = this.#kernelFor(points, values, isChoice)
    const process = believe(points, values, pending, isChoice, parameters)
    const best = Math.max(...points.map((point) => process.predict(atFullShare(point)).mean))
    const gainAt = (point: Point) => expectedImprovement(process.predict(extend(point, 1)), best)
    const meanAt = (point: Point) => process.predict(extend(point, 1)).mean
    const round = Math.floor(observations.length / TURNS)
    switch (observations.length % TURNS) {
      case 0:
        return climb(asked, 1, gainAt, random)
      case 1:
        return climb(asked, NEAR, gainAt, random)
      case 2:
        return climb(asked, 1, meanAt, random)
      case 3:
        return climb(asked, NEARER, gainAt, random)
      default:
        return climb({ ...asked, free: [free[round % free.length]!] }, ALONG, gainAt, random)
    }
  }

  /** Fitted anew when there are a tenth more observations, always on the first so many, so that a resumed run agrees. */
  #kernelFor(points: Point[], values: Float64Array, isChoice: Uint8Array): KernelParameters {
    let count = START
    while (Math.ceil(count * 1.1) <= points.length) count = Math.ceil(count * 1.1)
    if (this.#kernel?.observations !== count) {
      const parameters = fitKernel(points.slice(0, count), values.subarray(0, count), isChoice)
      this.#kernel = { observations: count, parameters }
    }
    return this.#kernel!.parameters
  }
}

/** Points that are being measured count as if they gave what is expected of them: others then look elsewhere. */
function believe(
  points: Point[],
  values: Float64Array,
  pending: readonly Point[],
  isChoice: Uint8Array,
  parameters: KernelParameters,
): GaussianProcess {
  const process = new GaussianProcess(points, values, isChoice, parameters)
  if (pending.length === 0) return process
  const believed = pending.map((point) => extend(point, 1))
  const expected = believed.map((point) => process.predict(point).mean)
  return new GaussianProcess(
    [...points, ...believed],
    Float64Array.of(...values, ...expected),
    isChoice,
    parameters,
  )
}

function climb(
  { space, observations, base, free }: Suggestion,
  reach: number,
  gainAt: (point: Point) => number,
  random: Random,
) {
  const ranked = [...observations].sort((a, b) => b.share - a.share || b.value - a.value)
  const box = { centre: ranked[0]!.point, reach }
  const candidates = Array.from({ length: RANDOM_CANDIDATES }, () =>
    within(box, space, drawFree(space, base, free, random), free),
  )
  for (const { point } of ranked.slice(0, CLIMBERS)) {
    const near = Float64Array.from(base)
    for (const d of free) near[d] = point[d]!
    for (let width = 0.3; width > 0.002; width /= 2) {
      for (let k = 0; k < 5; k++)
        candidates.push(within(box, space, step(space, near, free, width, random), free))
    }
  }
  const best = candidates
    .map((point) => ({ point, gain: gainAt(point) }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, CLIMBERS)
  for (const climber of best) {
    for (let k = 0; k < STEPS; k++) {
      const point = within(box, space, step(space, climber.point, free, 0.1 * 0.93 ** k, random), free)
      const gain = gainAt(point)
      if (gain > climber.gain) Object.assign(climber, { point, gain })
    }
  }
  return best.reduce((a, b) => (b.gain > a.gain ? b : a)).point
}

/** Presses the free coordinates of a new point into a box, as if the box were everything. */
function within({ centre, reach }: Box, space: Space, point: Point, free: readonly number[]): Point {
  if (reach === 1) return point
  for (const d of free) {
    if (space[d]!.kind === 'choice') continue
    const low = Math.max(0, centre[d]! - reach)
    const high = Math.min(1, centre[d]! + reach)
    if (point[d]! < low || point[d]! > high) point[d] = low + point[d]! * (high - low)
  }
  return point
}

/** Moves some of the free coordinates, at least one. */
function step(space: Space, from: Point, free: readonly number[], width: number, random: Random): Point {
  const point = Float64Array.from(from)
  const always = free[random.below(free.length)]
  for (const d of free) {
    if (d !== always && random.float() < 0.5) continue
    const parameter = space[d]!
    if (parameter.kind === 'choice') point[d] = random.below(parameter.choices.length)
    else point[d] = Math.min(1, Math.max(0, point[d]! + width * random.normal()))
  }
  return point
}

export function drawFree(space: Space, base: Point, free: readonly number[], random: Random): Point {
  const point = Float64Array.from(base)
  for (const d of free) point[d] = drawCoordinate(space[d]!, random)
  return point
}

function extend(point: Point, share: number): Point {
  const extended = new Float64Array(point.length + 1)
  extended.set(point)
  extended[point.length] = -Math.log10(share)
  return extended
}

function atFullShare(point: Point): Point {
  const full = Float64Array.from(point)
  full[full.length - 1] = 0
  return full
}

/** Expected amount by which a normal value exceeds `best`; its logarithm would be needed only far below rounding. */
function expectedImprovement({ mean, variance }: { mean: number; variance: number }, best: number): number {
  const deviation = Math.sqrt(variance)
  const z = (mean - best) / deviation
  // Far below, the improvement vanishes in rounding: then the score alone keeps an order.
  if (z < -6) return z * 1e-12
  return deviation * (z * normalCdf(z) + Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI))
}
