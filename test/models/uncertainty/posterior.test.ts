import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { InvalidOptionError } from '../../../src/base/errors.ts'
import { createRandom } from '../../../src/base/random.ts'
import { Evidence, posteriorOf, secondMoment } from '../../../src/models/uncertainty/posterior.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const ones = (dim: number) => new Float64Array(dim).fill(1)

function randomUsers(count: number, dim: number, seed: number) {
  const random = createRandom(seed)
  const users = vectorMatrix(count, dim)
  for (let k = 0; k < users.values.length; k++) users.values[k] = random.normal()
  return users
}

/** φᵀ A⁻¹ φ by Gaussian elimination over the whole matrix. */
function quadratic(matrix: number[][], phi: ArrayLike<number>): number {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, phi[i]!])
  for (let i = 0; i < n; i++) {
    for (let r = i + 1; r < n; r++) {
      const factor = rows[r]![i]! / rows[i]![i]!
      for (let c = i; c <= n; c++) rows[r]![c]! -= factor * rows[i]![c]!
    }
  }
  const x = new Float64Array(n)
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!
    for (let c = i + 1; c < n; c++) sum -= rows[i]![c]! * x[c]!
    x[i] = sum / rows[i]![i]!
  }
  return x.reduce((sum, value, i) => sum + value * phi[i]!, 0)
}

test('sigma is the root of the mean over users of φᵀ(ΦᵀΦ/s + Λ)⁻¹φ, as it is written down', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 12 }),
      fc.double({ min: 0.1, max: 3, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      (dim, impressions, noise, seed) => {
        const users = randomUsers(20, dim, seed)
        const shown = randomUsers(impressions, dim, seed + 1)
        const variances = Float64Array.from({ length: dim }, (_, j) => 0.5 + j)
        const evidence = new Evidence(2, dim)
        const whole = Array.from({ length: dim }, (_, i) =>
          Array.from({ length: dim }, (_, j) => (i === j ? 1 / variances[i]! : 0)),
        )
        for (let k = 0; k < impressions; k++) {
          const phi = vectorAt(shown, k)
          evidence.add(1, phi, 1 / noise, 0)
          for (let i = 0; i < dim; i++)
            for (let j = 0; j < dim; j++) whole[i]![j]! += (phi[i]! * phi[j]!) / noise
        }
        let expected = 0
        for (let u = 0; u < users.count; u++) expected += quadratic(whole, vectorAt(users, u)) / users.count
        const { sigma, newSigma } = posteriorOf(evidence, variances, secondMoment(users))
        assert.ok(Math.abs(sigma[1]! - Math.sqrt(expected)) < 1e-4 * Math.sqrt(expected))
        assert.ok(
          Math.abs(sigma[0]! - newSigma) < 1e-5 * newSigma,
          'an item without impressions is a new one',
        )
      },
    ),
  )
})

test('sigma shrinks with one over the root of the impressions', () => {
  const users = randomUsers(4000, 4, 1)
  const moment = secondMoment(users)
  const after = (impressions: number) => {
    const evidence = new Evidence(1, 4)
    for (let k = 0; k < impressions; k++) evidence.add(0, vectorAt(users, k % users.count), 1, 0)
    return posteriorOf(evidence, ones(4), moment).sigma[0]!
  }
  const sigmas = [200, 800, 3200, 12_800].map(after)
  for (let k = 1; k < sigmas.length; k++) {
    const ratio = sigmas[k - 1]! / sigmas[k]!
    assert.ok(Math.abs(ratio - 2) < 0.1, `four times the impressions, 1/${ratio} of sigma`)
  }
  assert.ok(after(0) > after(1) && after(1) > after(10))
})

test('means come to the planted vectors, and are as far off as sigma says', () => {
  const [items, dim, impressions, noise] = [300, 3, 40, 0.8]
  const random = createRandom(5)
  const users = randomUsers(500, dim, 6)
  const evidence = new Evidence(items, dim)
  const planted = randomUsers(items, dim, 7)
  for (let item = 0; item < items; item++) {
    for (let k = 0; k < impressions; k++) {
      const user = vectorAt(users, random.below(users.count))
      const score = user.reduce((sum, value, j) => sum + value * vectorAt(planted, item)[j]!, 0)
      evidence.add(item, user, 1 / noise, (score + Math.sqrt(noise) * random.normal()) / noise)
    }
  }
  const { mean, sigma } = posteriorOf(evidence, ones(dim), secondMoment(users))
  let squares = 0
  for (let item = 0; item < items; item++) {
    for (let u = 0; u < users.count; u++) {
      const error = vectorAt(users, u).reduce(
        (sum, value, j) => sum + value * (vectorAt(mean, item)[j]! - vectorAt(planted, item)[j]!),
        0,
      )
      squares += (error / sigma[item]!) ** 2 / (items * users.count)
    }
  }
  assert.ok(Math.abs(squares - 1) < 0.1, `${squares}`)
})

test('what the rest of the impressions moves means by is what sigma loses', () => {
  const [items, dim, noise] = [400, 3, 0.8]
  const [part, all] = [4, 40]
  const random = createRandom(8)
  const users = randomUsers(500, dim, 9)
  const moment = secondMoment(users)
  const planted = randomUsers(items, dim, 10)
  const [some, every] = [new Evidence(items, dim), new Evidence(items, dim)]
  for (let item = 0; item < items; item++) {
    for (let k = 0; k < all; k++) {
      const user = vectorAt(users, random.below(users.count))
      const score = user.reduce((sum, value, j) => sum + value * vectorAt(planted, item)[j]!, 0)
      const value = (score + Math.sqrt(noise) * random.normal()) / noise
      if (k < part) some.add(item, user, 1 / noise, value)
      every.add(item, user, 1 / noise, value)
    }
  }
  const [before, after] = [posteriorOf(some, ones(dim), moment), posteriorOf(every, ones(dim), moment)]
  let [moved, lost] = [0, 0]
  for (let item = 0; item < items; item++) {
    lost += before.sigma[item]! ** 2 - after.sigma[item]! ** 2
    for (let i = 0; i < dim; i++)
      for (let j = 0; j < dim; j++) {
        const off = (k: number) => vectorAt(before.mean, item)[k]! - vectorAt(after.mean, item)[k]!
        moved += off(i) * moment[i * dim + j]! * off(j)
      }
  }
  assert.ok(Math.abs(moved / lost - 1) < 0.1, `${moved / lost}`)
})

test('a prior without a variance is refused', () => {
  assert.throws(() => posteriorOf(new Evidence(1, 2), [1, 0], new Float64Array(4)), InvalidOptionError)
})
