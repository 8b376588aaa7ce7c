/** @file Counters shared between the arms of an experiment hide what the treatment is worth; counters per arm do not. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { runCounterLeak } from '../../../src/experiments/simulation/counter-leak.ts'

const REQUESTS = 12_000
const SEEDS = [1, 2, 3, 4, 5]
const mean = (of: (seed: number) => number) => SEEDS.reduce((sum, seed) => sum + of(seed), 0) / SEEDS.length

test('with counters per arm, each arm does exactly what it would do alone', () => {
  const both = runCounterLeak('per-arm', REQUESTS, 1)
  assert.equal(both.control, runCounterLeak('control-alone', REQUESTS, 1).control)
  assert.equal(both.treatment, runCounterLeak('treatment-alone', REQUESTS, 1).treatment)
})

test('exploring pays, and counters per arm show it', () => {
  const lift = mean((seed) => {
    const { control, treatment } = runCounterLeak('per-arm', REQUESTS, seed)
    return treatment - control
  })
  assert.ok(lift > 0.008, `${lift}`)
})

test('with shared counters the control gets what the treatment found, and the difference is gone', () => {
  const lift = mean((seed) => {
    const { control, treatment } = runCounterLeak('shared', REQUESTS, seed)
    return treatment - control
  })
  assert.ok(Math.abs(lift) < 0.002, `${lift}`)
  const gained = mean(
    (seed) =>
      runCounterLeak('shared', REQUESTS, seed).control - runCounterLeak('per-arm', REQUESTS, seed).control,
  )
  assert.ok(gained > 0.008, `${gained}`)
})
