/** @file The expected wait follows what workers took of late, and an idle worker is never waited for. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceTime } from '../../src/server/service-time.ts'

test('the wait is the queue times what a task takes', () => {
  const service = new ServiceTime()
  // Tasks of 8 ms, whatever the length of the queue that they found.
  for (let k = 0; k < 200; k++) service.observe(8 * ((k % 5) + 1), k % 5)
  assert.ok(Math.abs(service.waitBehind(10) - 80) < 1)
  assert.equal(service.waitBehind(0), 0)
})

test('nothing is refused before anything was measured, and what was slow once is forgotten', () => {
  const service = new ServiceTime()
  assert.equal(service.waitBehind(50), 0)
  service.observe(1000, 0)
  for (let k = 0; k < 200; k++) service.observe(2, 0)
  assert.ok(service.waitBehind(10) < 25)
})
