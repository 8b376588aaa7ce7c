/** @file Items drawn by a known law, popular ones far more often: only a corrected loss finds the law. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom, type Random } from '../../../src/base/random.ts'
import { embedding } from '../../../src/nn/layers/embedding.ts'
import { sampledSoftmax } from '../../../src/nn/losses/sampled-softmax.ts'
import { adamW } from '../../../src/nn/optimisers/adam.ts'
import { linearDecay } from '../../../src/nn/schedule.ts'
import { input } from '../../../src/nn/tensor.ts'
import { TrainStep } from '../../../src/nn/train-step.ts'

const USERS = 8
const ITEMS = 24
const WIDTH = 10
const BATCH = 128
const STEPS = 700

/** P(item | user), by user: taste times a popularity that falls as 1 / rank. */
const law = makeLaw(createRandom(5))
/** P(item) when users come alike. */
const popularity = Array.from({ length: ITEMS }, (_, item) =>
  law.reduce((sum, row) => sum + row[item]! / USERS, 0),
)

function makeLaw(random: Random): number[][] {
  return Array.from({ length: USERS }, () => {
    const weights = Array.from({ length: ITEMS }, (_, item) => Math.exp(random.normal()) / (item + 1))
    const total = weights.reduce((a, b) => a + b)
    return weights.map((weight) => weight / total)
  })
}

function drawItem(row: number[], random: Random): number {
  let item = 0
  for (let left = random.float() - row[0]!; left >= 0 && item + 1 < ITEMS; left -= row[item]!) item++
  return item
}

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
  const scores = law.map((row, user) =>
    row.map((_, item) => {
      let dot = 0
      for (let k = 0; k < WIDTH; k++) dot += userTable![user * WIDTH + k]! * itemTable![item * WIDTH + k]!
      return dot
    }),
  )
  await step.close()
  return scores
}

/** By how much what is learned beyond the law rises with log popularity, user by user. */
function slopeOnPopularity(scores: number[][]): number {
  const logPopularity = centred(popularity.map(Math.log))
  const slopes = scores.map((row, user) => {
    const beyond = centred(row.map((score, item) => score - Math.log(law[user]![item]!)))
    return dotOf(beyond, logPopularity) / dotOf(logPopularity, logPopularity)
  })
  return slopes.reduce((a, b) => a + b) / USERS
}

function correlationWithLaw(scores: number[][]): number {
  const all = scores.map((row, user) => [centred(row), centred(law[user]!.map(Math.log))] as const)
  const [found, truth] = [all.flatMap(([a]) => a), all.flatMap(([, b]) => b)]
  return dotOf(found, truth) / Math.sqrt(dotOf(found, found) * dotOf(truth, truth))
}

function centred(values: number[]): number[] {
  const mean = values.reduce((a, b) => a + b) / values.length
  return values.map((value) => value - mean)
}

const dotOf = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)

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
