/** @file Losses of the first steps of a small transformer on the device that is named: one line of JSON. */

import { formulaBelow, rowsOfParameter, transformer } from '../../bench/nn-networks.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import type { Device } from '../../src/nn/session.ts'
import { TrainStep } from '../../src/nn/train-step.ts'

const [BATCH, LENGTH, ROWS, DIM, STEPS] = [4, 6, 20, 8, 5]

const device = process.argv[2] as Device
const { loss } = transformer({ length: LENGTH, dim: DIM, heads: 2 }, rowsOfParameter(ROWS, LENGTH))
const step = await TrainStep.open(loss, { device, optimiser: adamW({ weightDecay: 0.1 }), clip: 1, seed: 1 })
const losses: number[] = []
for (let s = 0; s < STEPS; s++) {
  const ids = (stream: number) =>
    Int32Array.from({ length: BATCH * LENGTH }, (_, k) => formulaBelow(10 * s + stream, k, ROWS))
  losses.push((await step.run({ sequence: ids(0), positive: ids(1), negative: ids(2) }, 0.01)).loss)
}
await step.close()
console.log(JSON.stringify(losses))
