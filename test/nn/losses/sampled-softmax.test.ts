import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampledSoftmax } from '../../../src/nn/losses/sampled-softmax.ts'
import { input } from '../../../src/nn/tensor.ts'
import { checkGradients } from '../check-gradients.ts'
import { randomLeaves } from '../random-leaves.ts'
import { evaluate } from '../reference.ts'

const WIDTH = 2
const users = input('users', ['batch', WIDTH])
const positives = { vectors: input('items', ['batch', WIDTH]), logQ: input('logQ', ['batch']) }
const ids = input('ids', ['batch'], 'int32')

/** The loss, row by row: scores of the own item and of others that are not equal to it. */
function byHand(
  values: Record<string, number[]>,
  { temperature = 1, correctPositive = true, hits = false, negatives = false },
): number {
  const score = (u: number, vectors: number[], v: number) =>
    [0, 1].reduce((dot, k) => dot + values.users![u * WIDTH + k]! * vectors[v * WIDTH + k]!, 0) / temperature
  const batch = values.users!.length / WIDTH
  let loss = 0
  for (let row = 0; row < batch; row++) {
    const own = score(row, values.items!, row) - (correctPositive ? values.logQ![row]! : 0)
    let total = Math.exp(own)
    for (let item = 0; item < batch; item++) {
      if (item === row || (hits && values.ids![item] === values.ids![row])) continue
      total += Math.exp(score(row, values.items!, item) - values.logQ![item]!)
    }
    for (let item = 0; negatives && item < values.otherIds!.length; item++) {
      if (values.otherIds![item] === values.ids![row]) continue
      total += Math.exp(score(row, values.others!, item) - values.otherLogQ![item]!)
    }
    loss += (Math.log(total) - own) / batch
  }
  return loss
}

test('the correction makes a rare item of the same score more likely: softmax of (2, 2) by q (0.5, 0.1)', () => {
  const loss = sampledSoftmax(users, positives)
  // Both users see both items at a score of 2; the mean of -log 1/6 and -log 5/6.
  const values = { users: [1, 1, 1, 1], items: [1, 1, 1, 1], logQ: [Math.log(0.5), Math.log(0.1)] }
  const expected = -(Math.log(0.1667) + Math.log(0.8333)) / 2
  assert.ok(Math.abs(evaluate(loss, values, { batch: 2 }).data[0]! - expected) < 1e-3)
})

for (const correctPositive of [true, false]) {
  test(`the loss is that of the formula, the positive ${correctPositive ? '' : 'un'}corrected`, async () => {
    const negatives = {
      vectors: input('others', ['more', WIDTH]),
      logQ: input('otherLogQ', ['more']),
      ids: input('otherIds', ['more'], 'int32'),
    }
    const loss = sampledSoftmax(
      users,
      { ...positives, ids },
      { temperature: 0.5, correctPositive, negatives },
    )
    // Rows 0 and 2 share an item, and the second negative is the item of row 1.
    const leaves = randomLeaves(loss, { batch: 4, more: 3 }, { ids: [5, 6, 5, 7], otherIds: [1, 6, 2] })
    const expected = byHand(leaves.values, { temperature: 0.5, correctPositive, hits: true, negatives: true })
    assert.ok(Math.abs(evaluate(loss, leaves.values, leaves.dims).data[0]! - expected) < 1e-9)
    await checkGradients(loss, leaves)
  })
}

test('a batch of one without negatives has nothing to tell apart: its loss is 0', async () => {
  const loss = sampledSoftmax(users, positives, { weights: input('weights/rows', ['batch']) })
  const leaves = randomLeaves(loss, { batch: 1 })
  assert.ok(Math.abs(evaluate(loss, leaves.values, leaves.dims).data[0]!) < 1e-9)
  await checkGradients(loss, leaves)
})
