import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { glorotUniform, heUniform, normal, ones, zeros } from '../../src/nn/initialisers.ts'
import type { Initialiser } from '../../src/nn/tensor.ts'

function drawn(initialise: Initialiser, shape: readonly number[]) {
  const values = new Float32Array(shape.reduce((a, b) => a * b)).fill(7)
  initialise(values, shape, createRandom(1))
  const mean = values.reduce((a, b) => a + b) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { values, mean, variance, largest: Math.max(...values.map(Math.abs)) }
}

const near = (found: number, expected: number) => assert.ok(Math.abs(found / expected - 1) < 0.05, `${found}`)

test('parameters start with the variance that their layers ask for, around zero', () => {
  for (const [initialise, variance] of [
    [glorotUniform, 2 / (50 + 150)],
    [heUniform, 2 / 50],
    [normal(0.3), 0.09],
  ] as const) {
    const found = drawn(initialise, [50, 150])
    near(found.variance, variance)
    assert.ok(Math.abs(found.mean) < 0.05 * Math.sqrt(variance))
  }
  near(drawn(heUniform, [50, 150]).largest, Math.sqrt(6 / 50))
  near(drawn(heUniform, [400]).variance, 2 / 400)
})

test('zeros and ones are just that', () => {
  assert.deepEqual([...drawn(zeros, [2, 2]).values, ...drawn(ones, [2]).values], [0, 0, 0, 0, 1, 1])
})
