import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { approximateNdcg } from '../../../src/nn/losses/approximate-ndcg.ts'
import { binaryCrossEntropy } from '../../../src/nn/losses/binary-cross-entropy.ts'
import { gaussianLoss } from '../../../src/nn/losses/gaussian.ts'
import { infoNce } from '../../../src/nn/losses/info-nce.ts'
import { listMle } from '../../../src/nn/losses/list-mle.ts'
import { listSoftmax } from '../../../src/nn/losses/list-softmax.ts'
import { meanSquaredError } from '../../../src/nn/losses/mean-squared-error.ts'
import { bpr, pairwiseLogistic } from '../../../src/nn/losses/pairwise.ts'
import { sampledSoftmax } from '../../../src/nn/losses/sampled-softmax.ts'
import { exp } from '../../../src/nn/operators/pointwise.ts'
import { input, type Tensor } from '../../../src/nn/tensor.ts'
import { checkGradients, compare } from '../check-gradients.ts'
import { randomLeaves } from '../random-leaves.ts'
import { evaluate } from '../reference.ts'

const LOSSES = join(import.meta.dirname, '..', '..', '..', 'src', 'nn', 'losses')
/** What losses are made with. */
const NOT_LOSSES = ['inLists', 'meanLoss', 'presence']

const a = input('a', ['batch', 3])
const b = input('b', ['batch', 3])
const weight = input('weight', ['batch', 3])
const ids = input('ids', ['batch'], 'int32')
const lists = { scores: input('scores', ['batch', 4]), labels: input('labels', ['batch', 4]) }
const padded = { ...lists, mask: input('mask', ['batch', 4], 'bool') }
const given = {
  ids: [4, 5, 4],
  mask: [1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1],
  labels: [3, 1, 0.5, 2, 0.1, 2.5, 1.5, 0.05, 0.2, 0.4, 1.2, 2.2],
}

/** By the name under which a loss is exported. */
const cases: Record<string, Tensor[]> = {
  binaryCrossEntropy: [binaryCrossEntropy(a, b), binaryCrossEntropy(a, b, weight)],
  meanSquaredError: [meanSquaredError(a, b), meanSquaredError(a, b, weight)],
  gaussianLoss: [gaussianLoss(exp(a), b), gaussianLoss(exp(a), b, exp(input('noise', ['batch', 3])), weight)],
  sampledSoftmax: [sampledSoftmax(a, { vectors: b }, { temperature: exp(input('logTemperature', [])) })],
  infoNce: [
    infoNce(a, b, { temperature: exp(input('logTemperature', [])) }),
    infoNce(a, b, { ids, bothWays: false }),
    infoNce(a, b, { ids }),
  ],
  bpr: [bpr(a, b), bpr(a, input('one', ['batch', 1]), weight)],
  pairwiseLogistic: [pairwiseLogistic(lists), pairwiseLogistic(padded)],
  listSoftmax: [listSoftmax(lists), listSoftmax(padded)],
  listMle: [listMle(lists), listMle(padded)],
  approximateNdcg: [approximateNdcg(lists, 0.7), approximateNdcg(padded, 0.7)],
}

test('every loss is checked', async () => {
  const names: string[] = []
  for (const file of globSync('*.ts', { cwd: LOSSES })) {
    const exported = (await import(join(LOSSES, file))) as Record<string, unknown>
    names.push(...Object.keys(exported))
  }
  assert.deepEqual(names.sort(), [...Object.keys(cases), ...NOT_LOSSES].sort())
})

for (const [name, losses] of Object.entries(cases)) {
  test(`${name} is its reference, and its gradient the slope of that`, async () => {
    for (const loss of losses) {
      assert.deepEqual(loss.shape, [])
      await checkGradients(loss, randomLeaves(loss, { batch: 3 }, given))
    }
  })
}

const lossOf = (loss: Tensor, values: Record<string, number[]>, batch = 1) =>
  evaluate(loss, values, { batch }).data[0]!
const near = (found: number, expected: number) => compare('loss', [found], [expected])

test('cross-entropy of yes or no stays a number where a probability is 0 or 1', () => {
  near(lossOf(binaryCrossEntropy(a, b), { a: [1000, -1000, 0], b: [0, 1, 1] }), (2000 + Math.log(2)) / 3)
})

test('a mask makes a padded list the same as a shorter one', () => {
  const short = { scores: input('scores', ['batch', 3]), labels: input('labels', ['batch', 3]) }
  const values = { scores: [0.3, -1, 2], labels: [1, 0, 2] }
  const wide = { scores: [0.3, -1, 9, 2], labels: [1, 0, 7, 2], mask: [1, 1, 0, 1] }
  for (const loss of [pairwiseLogistic, listSoftmax, listMle, approximateNdcg])
    near(lossOf(loss(padded), wide), lossOf(loss(short), values))
})

test('a list in which nothing is relevant moves nothing, and one without candidates neither', async () => {
  for (const loss of [pairwiseLogistic, listSoftmax, approximateNdcg]) {
    const leaves = randomLeaves(loss(padded), { batch: 1 }, { labels: [0, 0, 0, 0], mask: [1, 1, 1, 0] })
    near(lossOf(loss(padded), leaves.values), 0)
  }
  for (const loss of [pairwiseLogistic, listSoftmax, listMle, approximateNdcg]) {
    const output = loss(padded)
    const leaves = randomLeaves(
      output,
      { batch: 2 },
      { labels: [1, 0, 2, 3, 0, 1, 2, 3], mask: [1, 1, 1, 1, 0, 0, 0, 0] },
    )
    await checkGradients(output, leaves)
  }
})

test('pairs count where the labels differ: by hand', () => {
  const loss = (x: number) => Math.log1p(Math.exp(x))
  const values = { scores: [1, 2, 4, 7], labels: [1, 0, 0, 0] }
  near(lossOf(pairwiseLogistic(lists), values), (loss(1) + loss(3) + loss(6)) / 3)
  near(lossOf(bpr(a, b), { a: [1, 1, 1], b: [2, 4, 7] }), (loss(1) + loss(3) + loss(6)) / 3)
})

test('the likelihood of an order is the product of its draws: by hand', () => {
  const values = { scores: [1, 0, 2, -1], labels: [0, 3, 2, 1] }
  const order = [0, 2, -1, 1].map(Math.exp)
  const rest = order.map((_, k) => order.slice(k).reduce((sum, power) => sum + power, 0))
  near(lossOf(listMle(lists), values), -order.reduce((sum, power, k) => sum + Math.log(power / rest[k]!), 0))
})

test('at a low temperature, the approximate NDCG is that of the order', () => {
  // Scores put labels in the order 1, 3, 0, 2.
  const values = { scores: [4, 3, 2, 1], labels: [1, 3, 0, 2] }
  const dcg = (labels: number[]) => labels.reduce((sum, y, k) => sum + (2 ** y - 1) / Math.log2(k + 2), 0)
  near(lossOf(approximateNdcg(lists, 0.01), values), 1 - dcg([1, 3, 0, 2]) / dcg([3, 2, 1, 0]))
})

test('views that are equal and far from all others have no contrastive loss', () => {
  const values = { a: [9, 0, 0, 0, 9, 0], b: [9, 0, 0, 0, 9, 0] }
  near(lossOf(infoNce(a, b), values, 2), 0)
  near(lossOf(infoNce(a, b), { a: values.a, b: [0, 9, 0, 9, 0, 0] }, 2), 81)
})

test('rows that show the same thing are not held against each other', () => {
  const values = { a: [1, 0, 0, 0, 1, 0, 0, 0, 1], b: [1, 2, 3, 0, 1, 2, 0.5, 0, 1], ids: [4, 5, 4] }
  // Scores are the columns of b; rows 0 and 2 are alike.
  const total = (own: number, ...others: number[]) =>
    Math.log([own, ...others].reduce((sum, score) => sum + Math.exp(score), 0)) - own
  const byRow = total(1, 0) + total(1, 2, 0) + total(1, 2)
  const byColumn = total(1, 2) + total(1, 0, 2) + total(1, 0)
  near(lossOf(infoNce(a, b, { ids, bothWays: false }), values, 3), byRow / 3)
  near(lossOf(infoNce(a, b, { ids }), values, 3), (byRow + byColumn) / 6)
})
