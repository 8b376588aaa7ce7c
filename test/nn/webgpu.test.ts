/** @file The same train step on a GPU, here a software one. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Device } from '../../src/nn/session.ts'
import { runOnHalfFloatGpu, runOnSoftwareGpu, whyNoHalfFloatGpu, whyNoSoftwareGpu } from '../software-gpu.ts'

const TOLERANCE = 1e-3
const TRAINING = join(import.meta.dirname, 'webgpu-training.ts')

test('a transformer learns on a software GPU as it does on the processor', (context) => {
  const missing = whyNoSoftwareGpu()
  if (missing) return context.skip(missing)
  const expected = lossesOn('cpu')
  const found = lossesOn('webgpu')
  assert.ok(expected.length > 1 && expected.length === found.length)
  for (const [k, loss] of expected.entries())
    assert.ok(Math.abs(found[k]! - loss) <= TOLERANCE * loss, `step ${k + 1}: ${found[k]} for ${loss}`)
  // Another order of sums leaves its trace: losses that agree to the last bit were made by the processor.
  assert.notDeepEqual(found, expected)
})

test('a transformer learns in float16 on a software GPU that has it, and halves a scale that is too large', (context) => {
  const missing = whyNoHalfFloatGpu()
  if (missing) return context.skip(missing)
  const { losses: expected } = JSON.parse(runOnHalfFloatGpu([TRAINING, 'cpu']))
  const { losses: found } = JSON.parse(runOnHalfFloatGpu([TRAINING, 'webgpu', 'mixed']))
  assert.equal(found.length, expected.length)
  for (const [k, loss] of (expected as number[]).entries())
    assert.ok(Math.abs(found[k]! - loss) <= TOLERANCE * loss, `step ${k + 1}: ${found[k]} for ${loss}`)
  const { losses: full } = JSON.parse(runOnHalfFloatGpu([TRAINING, 'webgpu', 'float32']))
  assert.ok(full.every((loss: number, k: number) => loss !== found[k]))
  const { scales } = JSON.parse(runOnHalfFloatGpu([TRAINING, 'webgpu', 'mixed', String(2 ** 24)]))
  assert.deepEqual(scales.slice(0, 2), [2 ** 23, 2 ** 22])
})

test('mixed precision is refused by a GPU without float16', (context) => {
  const missing = whyNoSoftwareGpu()
  if (missing) return context.skip(missing)
  const { code, message } = JSON.parse(runOnSoftwareGpu([TRAINING, 'webgpu', 'mixed']))
  assert.equal(code, 'unavailable')
  assert.match(message, /webgpu has no float16 here/)
})

const lossesOn = (device: Device): number[] => JSON.parse(runOnSoftwareGpu([TRAINING, device])).losses
