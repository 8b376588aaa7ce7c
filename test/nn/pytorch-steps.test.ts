/** @file The first 50 steps against PyTorch: `bench/peers/nn-steps.py` makes the table of its losses and weights. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  formula,
  formulaBelow,
  type Network,
  perceptron,
  rowsOfParameter,
  transformer,
  twoTower,
} from '../../bench/nn-networks.ts'
import type { Batch } from '../../src/nn/batch.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { sgd } from '../../src/nn/optimisers/sgd.ts'
import { TrainStep } from '../../src/nn/train-step.ts'

interface FirstSteps {
  losses: number[]
  weights: Record<string, { length: number; first: number[] }>
}

const table = JSON.parse(readFileSync(new URL('pytorch-steps.json', import.meta.url), 'utf8')) as {
  steps: Record<string, FirstSteps>
}
const TOLERANCE = 1e-4
const BATCH_STREAM = 1000
const BATCH = 16
const LENGTH = 8
const ROWS = 40
const DIM = 16

const numbers = (stream: number, count: number) =>
  Float32Array.from({ length: count }, (_, k) => formula(stream, k))
const ids = (stream: number, count: number) =>
  Int32Array.from({ length: count }, (_, k) => formulaBelow(stream, k, ROWS))

const networks: Record<string, { make(): Network; batch(stream: number): Batch }> = {
  perceptron: {
    make: () => perceptron({ inputs: DIM, hidden: 32, outputs: 4 }),
    batch: (stream) => ({ x: numbers(stream, BATCH * DIM), y: numbers(stream + 1, BATCH * 4) }),
  },
  'two-tower': {
    make: () => twoTower({ dim: DIM, hidden: 32 }, rowsOfParameter(ROWS, LENGTH)),
    batch: (stream) => ({ history: ids(stream, BATCH * LENGTH), item: ids(stream + 1, BATCH) }),
  },
  transformer: {
    make: () => transformer({ length: LENGTH, dim: DIM, heads: 2 }, rowsOfParameter(ROWS, LENGTH)),
    batch: (stream) => ({
      sequence: ids(stream, BATCH * LENGTH),
      positive: ids(stream + 1, BATCH * LENGTH),
      negative: ids(stream + 2, BATCH * LENGTH),
    }),
  },
}
const optimisers = {
  sgd: { optimiser: sgd({ momentum: 0.9 }), rate: 0.05 },
  adamw: { optimiser: adamW({ weightDecay: 0.1 }), rate: 0.005 },
}

for (const [name, { make, batch }] of Object.entries(networks)) {
  for (const [kind, { optimiser, rate }] of Object.entries(optimisers)) {
    test(`the first 50 steps of ${name} under ${kind} are those of PyTorch`, async () => {
      const { losses, weights } = table.steps[`${name}, ${kind}`]!
      const step = await TrainStep.open(make().loss, { optimiser, seed: 1 })
      for (let s = 0; s < losses.length; s++) {
        const { loss } = await step.run(batch(BATCH_STREAM + 10 * s), rate)
        assert.ok(relative(loss, losses[s]!) <= TOLERANCE, `loss ${loss} for ${losses[s]} in step ${s + 1}`)
      }
      assert.deepEqual([...step.weights.keys()].sort(), Object.keys(weights).sort())
      for (const [parameter, values] of step.weights) {
        const { length, first } = weights[parameter]!
        assert.ok(relative(Math.hypot(...values), length) <= TOLERANCE, `length of ${parameter}`)
        // A value near zero is measured by the usual size of its neighbours.
        const usual = length / Math.sqrt(values.length)
        first.forEach((value, k) => {
          const error = Math.abs(values[k]! - value) / Math.max(usual, Math.abs(value))
          assert.ok(error <= TOLERANCE, `${parameter}[${k}]: ${values[k]} for ${value}`)
        })
      }
      await step.close()
    })
  }
}

const relative = (found: number, expected: number) => Math.abs(found - expected) / Math.abs(expected)
