/** @file Items drawn by a known law, popular ones far more often: only a corrected loss finds the law. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import { embedding } from '../../../src/nn/layers/embedding.ts'
import { sampledSoftmax } from '../../../src/nn/losses/sampled-softmax.ts'
import { adamW } from '../../../src/nn/optimisers/adam.ts'
import { linearDecay } from '../../../src/nn/schedule.ts'
import { input } from '../../../src/nn/tensor.ts'
import { TrainStep } from '../../../src/nn/train-step.ts'
import {
  correlationWithLaw,
  drawItem,
  ITEMS,
  law,
  popularity,
  scoresOf,
  slopeOnPopularity,
  USERS,
} from './popular-law.ts'

const WIDTH = 10
const BATCH = 128
const STEPS = 700

/** Learned scores by user and item, from pairs that the law draws. */
async function learnedScores({
  withLogQ = true,
  masked = false,
  correctPositive = true,
}): Promise<number[][]> {
  const users = input('users', ['batch'], 'int32')
  const items = input('items', ['batch'], 'int32')
  const logQ = withLogQ ? input('logQ', ['batch']) : undefined
  const userOf = embedding('user', USERS, WIDTH)
  const itemOf = embedding('item', ITEMS, WIDTH)
  const positives = { vectors: itemOf(items), logQ, ids: masked ? items : undefined }
  const loss = sampledSoftmax(userOf(users), positives, { correctPositive })
  const step = await TrainStep.open(loss, { optimiser: adamW(), seed: 2 })
  const random = createRandom(3)
  const rate = linearDecay(STEPS)
  for (let s = 1; s <= STEPS; s++) {
    const drawn = Int32Array.from({ length: BATCH }, () => random.below(USERS))
    const chosen = drawn.map((user) => drawItem(law[user]!, random))
    const batch = { users: drawn, items: chosen }
    const q = Float32Array.from(chosen, (item) => Math.log(popularity[item]!))
    await step.run(withLogQ ? { ...batch, logQ: q } : batch, 0.05 * rate(s))
  }
  const [userTable, itemTable] = ['user/table', 'item/table'].map((name) => step.weights.get(name)!)
  const scores = scoresOf(userTable!, itemTable!)
  await step.close()
  return scores
}

test('with logQ, scores follow the law and not popularity beyond it, the positive corrected or not', async () => {
  for (const correctPositive of [true, false]) {
    const scores = await learnedScores({ correctPositive })
    assert.ok(correlationWithLaw(scores) > 0.98)
    assert.ok(Math.abs(slopeOnPopularity(scores)) < 0.05)
  }
})

test('without logQ, popular items are pushed down by the whole of their popularity', async () => {
  assert.ok(Math.abs(slopeOnPopularity(await learnedScores({ withLogQ: false })) + 1) < 0.05)
})

test('where batches repeat items often, leaving out equal ones favours popular items', async () => {
  assert.ok(slopeOnPopularity(await learnedScores({ masked: true })) > 0.1)
})
