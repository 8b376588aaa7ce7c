/**
 * @file How unsure the item vectors of two towers are, in units of their scores (cosines).
 *
 * Before anybody took an item up, its vector is what its content says, and off by as much as well-known items turned out to
 * be off: σ₀². A user u who takes it up tells of it what the curvature of the softmax holds (Laplace's approximation):
 * u uᵀ/τ², as an observation of u·v with noise τ² would. After n of them σ²(n) = tr((Λ + n M/τ²)⁻¹ M), M = E[u uᵀ] and
 * tr(Λ⁻¹ M) = σ₀².
 */

import { factorise, inverse } from '../../base/cholesky.ts'
import { degree, rowOf } from '../../base/csr.ts'
import { createRandom, shuffle } from '../../base/random.ts'
import { sharedFloat32 } from '../../base/shared.ts'
import { normalise, type VectorMatrix, vectorAt, vectorMatrix } from '../../vectors/vector-matrix.ts'
import { addProjected } from '../two-tower/projected.ts'
import { openInterests } from '../two-tower/query.ts'
import type { TowerRows } from '../two-tower/tower-rows.ts'
import type { TwoTowerInput } from '../two-tower/training-input.ts'
import { secondMoment, traceOf } from './posterior.ts'

export interface TowerUncertainty {
  /** One per item: standard deviation of its score, over the users that there are. */
  sigma: Float32Array
  /** Of an item that arrives later. */
  newSigma: number
}

/** So many users and well-known items tell what is typical. */
const SAMPLE = { users: 1000, items: 1000 }

/** @param temperature that the towers were trained with */
export async function towerUncertainty(
  rows: TowerRows,
  given: TwoTowerInput,
  temperature: number,
  seed: number,
  threads: number,
): Promise<TowerUncertainty> {
  const counts = new Uint32Array(given.histories.columns)
  for (const item of given.histories.targets) counts[item]!++
  const users = someUsers(rows, given, seed)
  const known = wellKnown(counts, seed)
  const expected = await byContent(rows, given.content, known, threads)
  const variance = scoreVariance(rows.items, expected, known, users)
  const after = sigmaAfter(secondMoment(users), variance, temperature ** 2)
  const sigma = sharedFloat32(counts.length)
  const byCount = new Map<number, number>()
  counts.forEach((count, item) => {
    if (!byCount.has(count)) byCount.set(count, after(count))
    sigma[item] = byCount.get(count)!
  })
  return { sigma, newSigma: after(0) }
}

/** Vectors of a sample of the users who have something, one for each of their interests. */
function someUsers(rows: TowerRows, { histories, attributes }: TwoTowerInput, seed: number): VectorMatrix {
  const all = Uint32Array.from({ length: histories.rows }, (_, user) => user).filter(
    (user) => degree(histories, user) > 0,
  )
  const chosen = shuffle(all, createRandom(seed, 0x7573)).subarray(0, SAMPLE.users)
  const embed = openInterests(rows)
  const interests = Array.from(chosen, (user) => {
    const codes = attributes.map((attribute) => attribute.codes[user]!)
    return embed(rowOf(histories, user), null, codes).map((each) => each.slice())
  }).flat()
  const users = vectorMatrix(interests.length, rows.items.dim)
  interests.forEach((each, k) => {
    vectorAt(users, k).set(each)
  })
  return users
}

/** A sample of the more popular half of the items that anybody has. */
function wellKnown(counts: Uint32Array, seed: number): Uint32Array {
  const touched = Uint32Array.from(counts.keys()).filter((item) => counts[item]! > 0)
  touched.sort((a, b) => counts[b]! - counts[a]! || a - b)
  const half = touched.slice(0, Math.ceil(touched.length / 2))
  return shuffle(half, createRandom(seed, 0x6974)).subarray(0, SAMPLE.items)
}

/** Vectors that the items would have if nobody had taken them up: chosen × dim. */
async function byContent(
  { items: { dim }, unknown, contentToItem }: TowerRows,
  content: VectorMatrix | null,
  chosen: Uint32Array,
  threads: number,
): Promise<VectorMatrix> {
  const rows = vectorMatrix(chosen.length, dim)
  const made = content && vectorMatrix(chosen.length, content.dim)
  chosen.forEach((item, k) => {
    vectorAt(rows, k).set(unknown)
    if (made) vectorAt(made, k).set(vectorAt(content, item))
  })
  await addProjected(rows, made, contentToItem, threads)
  for (let k = 0; k < rows.count; k++) normalise(vectorAt(rows, k))
  return rows
}

/** Mean over items and users of the squared difference between the two scores. */
function scoreVariance(own: VectorMatrix, expected: VectorMatrix, items: Uint32Array, users: VectorMatrix) {
  const { dim } = own
  const difference = new Float64Array(dim)
  let squares = 0
  items.forEach((item, k) => {
    for (let j = 0; j < dim; j++) difference[j] = own.values[item * dim + j]! - expected.values[k * dim + j]!
    for (let user = 0, at = 0; user < users.count; user++) {
      let product = 0
      for (let j = 0; j < dim; j++, at++) product += users.values[at]! * difference[j]!
      squares += product * product
    }
  })
  return squares / Math.max(1, items.length * users.count)
}

/** Before a count of this size σ is computed; between two of them it is a power of the count. */
const RATIO = 1.25

/**
 * @param moment E[u uᵀ], dim × dim
 * @param variance σ₀² of the score of an item that nobody took up
 * @param noise of what one user tells
 * @returns σ after so many users, falling
 */
export function sigmaAfter(moment: Float64Array, variance: number, noise: number): (count: number) => number {
  const dim = Math.sqrt(moment.length)
  let trace = 0
  for (let j = 0; j < dim; j++) trace += moment[j * dim + j]!
  if (variance === 0 || trace === 0) return () => 0
  const exactly = (count: number) => {
    const precision = moment.map((value) => (value * count) / noise)
    for (let j = 0; j < dim; j++) precision[j * dim + j]! += trace / variance
    factorise(precision, dim)
    return Math.sqrt(traceOf(inverse(precision, dim), moment, dim))
  }
  const steps: number[] = []
  const step = (k: number) => {
    while (steps.length <= k) steps.push(exactly(RATIO ** steps.length - 1))
    return steps[k]!
  }
  return (count) => {
    const at = Math.log1p(count) / Math.log(RATIO)
    const below = Math.floor(at + 1e-9)
    const rest = Math.max(0, at - below)
    return rest < 1e-9 ? step(below) : step(below) ** (1 - rest) * step(below + 1) ** rest
  }
}
