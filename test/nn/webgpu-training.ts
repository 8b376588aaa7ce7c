/**
 * @file Losses of the first steps of a small transformer on the device and in the precision that are named: one line of JSON, or the
 * code of what went wrong.
 */

import { formulaBelow, rowsOfParameter, transformer } from '../../bench/nn-networks.ts'
import { LabradorError } from '../../src/base/errors.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import type { Precision } from '../../src/nn/precision.ts'
import type { Device } from '../../src/nn/session.ts'
import { TrainStep } from '../../src/nn/train-step.ts'

const [BATCH, LENGTH, ROWS, DIM, STEPS] = [4, 6, 20, 8, 5]

const [device, precision, first] = [
  process.argv[2] as Device,
  process.argv[3] as Precision | undefined,
  Number(process.argv[4] ?? 2 ** 16),
]
try {
  console.log(JSON.stringify(await losses()))
} catch (error) {
  if (!(error instanceof LabradorError)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}

/** @returns the losses, and the loss scale behind each of them */
async function losses(): Promise<{ losses: number[]; scales: number[] }> {
  const { loss } = transformer({ length: LENGTH, dim: DIM, heads: 2 }, rowsOfParameter(ROWS, LENGTH))
  const optimiser = adamW({ weightDecay: 0.1 })
  const options = { device, precision, lossScale: { first }, optimiser, clip: 1, seed: 1 }
  const step = await TrainStep.open(loss, options)
  const found: { losses: number[]; scales: number[] } = { losses: [], scales: [] }
  for (let s = 0; s < STEPS; s++) {
    const ids = (stream: number) =>
      Int32Array.from({ length: BATCH * LENGTH }, (_, k) => formulaBelow(10 * s + stream, k, ROWS))
    const batch = { sequence: ids(0), positive: ids(1), negative: ids(2) }
    found.losses.push((await step.run(batch, 0.01)).loss)
    found.scales.push(step.lossScale)
  }
  await step.close()
  return found
}
