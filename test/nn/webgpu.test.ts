/** @file The same train step on a GPU, here a software one. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Device } from '../../src/nn/session.ts'
import { runOnSoftwareGpu, whyNoSoftwareGpu } from '../software-gpu.ts'

const TOLERANCE = 1e-3

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

const lossesOn = (device: Device): number[] =>
  JSON.parse(runOnSoftwareGpu([join(import.meta.dirname, 'webgpu-training.ts'), device]))
