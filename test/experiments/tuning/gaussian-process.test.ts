/** @file Gaussian processes: factors, predictions, derivatives, and what a fit finds in planted functions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { factorise, inverse, solveLower, solveUpper } from '../../../src/base/cholesky.ts'
import { createRandom } from '../../../src/base/random.ts'
import { fitKernel, negativeLogLikelihood } from '../../../src/experiments/tuning/fit-kernel.ts'
import { GaussianProcess } from '../../../src/experiments/tuning/gaussian-process.ts'
import { covariance, type KernelParameters } from '../../../src/experiments/tuning/matern.ts'
import { warp } from '../../../src/experiments/tuning/warp.ts'

const drawPoints = (count: number, dimensions: number, seed: number) => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => Float64Array.from({ length: dimensions }, () => random.float()))
}

const parameters = (lengths: number[], noise: number): KernelParameters => ({
  logLengths: Float64Array.from(lengths, Math.log),
  logSignal: 0.3,
  logNoise: Math.log(noise),
})

test('a factor solves its system, and gives the inverse', () => {
  const n = 12
  const random = createRandom(1)
  const root = Float64Array.from({ length: n * n }, () => random.normal())
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) matrix[i * n + j]! += root[i * n + k]! * root[j * n + k]!
      if (i === j) matrix[i * n + j]! += 1
    }
  }
  const factor = Float64Array.from(matrix)
  assert.ok(factorise(factor, n))
  const right = Float64Array.from({ length: n }, () => random.normal())
  const x = Float64Array.from(right)
  solveLower(factor, n, x)
  solveUpper(factor, n, x)
  const precision = inverse(factor, n)
  for (let i = 0; i < n; i++) {
    let product = 0
    let solved = 0
    for (let j = 0; j < n; j++) {
      product += matrix[i * n + j]! * x[j]!
      solved += (j <= i ? precision[i * n + j]! : precision[j * n + i]!) * right[j]!
    }
    assert.ok(Math.abs(product - right[i]!) < 1e-9)
    assert.ok(Math.abs(solved - x[i]!) < 1e-9)
  }
  assert.equal(factorise(Float64Array.of(1, 0, 2, 1), 2), false)
})

test('without noise a process goes through its observations, and is sure of them alone', () => {
  const points = drawPoints(15, 3, 2)
  const values = Float64Array.from(points, ([x, y, z]) => Math.sin(3 * x!) + y! * z!)
  const process = new GaussianProcess(points, values, new Uint8Array(3), parameters([0.5, 0.5, 0.5], 1e-9))
  points.forEach((point, k) => {
    const { mean, variance } = process.predict(point)
    assert.ok(Math.abs(mean - values[k]!) < 1e-4)
    assert.ok(variance < 1e-4)
  })
  const far = process.predict(Float64Array.of(30, 30, 30))
  assert.ok(Math.abs(far.mean) < 1e-9 && Math.abs(far.variance - Math.exp(0.3)) < 1e-9)
})

test('one observation with noise is shrunk as the formula says', () => {
  const signal = Math.exp(0.3)
  const process = new GaussianProcess(
    [Float64Array.of(0)],
    Float64Array.of(2),
    new Uint8Array(1),
    parameters([1], 0.5),
  )
  const { mean, variance } = process.predict(Float64Array.of(0.7))
  const k = covariance(0.49, signal)
  assert.ok(Math.abs(mean - (2 * k) / (signal + 0.5)) < 1e-7)
  assert.ok(Math.abs(variance - (signal - (k * k) / (signal + 0.5))) < 1e-7)
})

test('derivatives of the likelihood are those of finite differences', () => {
  const points = drawPoints(10, 3, 5)
  for (const point of points) point[2] = Math.floor(point[2]! * 3)
  const values = Float64Array.from(points, ([x, y, kind]) => x! - y! + kind!)
  const isChoice = Uint8Array.of(0, 0, 1)
  const at = (x: Float64Array) => ({ logLengths: x.slice(0, 3), logSignal: x[3]!, logNoise: x[4]! })
  const x = Float64Array.of(-0.5, 0.2, 0.1, 0.3, -2)
  const gradient = new Float64Array(5)
  const scratch = new Float64Array(5)
  negativeLogLikelihood(points, values, isChoice, at(x), gradient)
  for (let k = 0; k < 5; k++) {
    const shifted = (step: number) => {
      const moved = Float64Array.from(x)
      moved[k]! += step
      return negativeLogLikelihood(points, values, isChoice, at(moved), scratch)
    }
    const slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
    assert.ok(Math.abs(slope - gradient[k]!) < 1e-4, `${k}: ${slope} and ${gradient[k]}`)
  }
})

test('a fit finds which coordinates matter, and how much is noise', () => {
  const points = drawPoints(60, 3, 6)
  const random = createRandom(7)
  const values = Float64Array.from(points, ([x]) => Math.sqrt(2) * Math.sin(6 * x!) + 0.3 * random.normal())
  const { logLengths, logNoise } = fitKernel(points, values, new Uint8Array(3))
  assert.ok(logLengths[1]! > logLengths[0]! + 1 && logLengths[2]! > logLengths[0]! + 1, `${logLengths}`)
  assert.ok(Math.abs(Math.sqrt(Math.exp(logNoise)) - 0.3) < 0.1, `${Math.exp(logNoise)}`)
})

test('warping keeps the order, gives mean 0 and deviation 1, and does not mind how bad the bad are', () => {
  const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 4, maxLength: 40 })
  fc.assert(
    fc.property(values, (drawn) => {
      const warped = warp(drawn)
      for (let a = 0; a < drawn.length; a++) {
        for (let b = 0; b < drawn.length; b++) if (drawn[a]! > drawn[b]!) assert.ok(warped[a]! >= warped[b]!)
      }
      const mean = warped.reduce((sum, value) => sum + value, 0) / warped.length
      const squares = warped.reduce((sum, value) => sum + value * value, 0) / warped.length
      assert.ok(Math.abs(mean) < 1e-9)
      assert.ok(squares === 0 || Math.abs(squares - 1) < 1e-9)
    }),
  )
  const bad = warp([-1, -2, 1, 2, 3])
  const worse = warp([-1, -2000, 1, 2, 3])
  assert.deepEqual(bad, worse)
})
