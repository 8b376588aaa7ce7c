/** @file Kernels: one that is missing says how to build it; places in memory never overlap. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnavailableError } from '../../src/base/errors.ts'
import { KernelPlaces, loadKernel } from '../../src/base/kernel.ts'

test('a kernel that has not been built says how to build it', () => {
  assert.throws(
    () => loadKernel('never-written'),
    (error) => error instanceof UnavailableError && /npm run build:kernels/.test(error.message),
  )
})

test('places are aligned, distinct and within the memory', () => {
  const places = new KernelPlaces()
  let end = 1
  for (const bytes of [1, 64, 65, 0, 4096]) {
    const address = places.place(bytes)
    assert.ok(address % 64 === 0 && address >= end)
    end = address + bytes
  }
  assert.ok(places.bytes >= end)
})
