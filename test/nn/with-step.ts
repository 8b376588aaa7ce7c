/** @file A step of training for as long as a test uses it. */

import { sgd } from '../../src/nn/optimisers/sgd.ts'
import type { Tensor } from '../../src/nn/tensor.ts'
import { TrainStep, type TrainStepOptions } from '../../src/nn/train-step.ts'

export async function withStep<Result>(
  loss: Tensor,
  options: Partial<TrainStepOptions>,
  use: (step: TrainStep) => Promise<Result>,
): Promise<Result> {
  const step = await TrainStep.open(loss, { optimiser: sgd(), seed: 1, ...options })
  try {
    return await use(step)
  } finally {
    await step.close()
  }
}
