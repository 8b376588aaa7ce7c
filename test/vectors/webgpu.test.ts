/** @file The GPU's search, here on a software GPU. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runOnSoftwareGpu, whyNoSoftwareGpu } from '../software-gpu.ts'

test('a search on a software GPU finds what the other kernels find', (context) => {
  const missing = whyNoSoftwareGpu()
  if (missing) return context.skip(missing)
  const contract = join(import.meta.dirname, 'webgpu-contract.ts')
  assert.match(runOnSoftwareGpu(['--test-reporter=spec', contract]), /pass 11/)
})
