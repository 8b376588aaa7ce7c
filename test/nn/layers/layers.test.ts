import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attentionPooling } from '../../../src/nn/layers/attention-pooling.ts'
import { linear } from '../../../src/nn/layers/linear.ts'
import { mlp } from '../../../src/nn/layers/mlp.ts'
import { tanh } from '../../../src/nn/operators/pointwise.ts'
import { input, type Tensor } from '../../../src/nn/tensor.ts'
import { parametersOf } from '../../../src/nn/weights.ts'
import { checkGradients } from '../check-gradients.ts'
import { randomLeaves } from '../random-leaves.ts'

const check = (output: Tensor, dims = {}, given = {}) =>
  checkGradients(output, randomLeaves(output, dims, given))

const names = (output: Tensor) =>
  parametersOf([output]).map(({ attributes }) => (attributes as { name: string }).name)

test('a linear layer multiplies rows of any rank, with one matrix for all calls', async () => {
  const layer = linear('a', 3)
  await check(layer(input('x', ['batch', 4])), { batch: 2 })
  await check(layer(input('x', ['batch', 2, 4])), { batch: 2 })
  const twice = layer(tanh(linear('b', 4)(layer(input('x', ['batch', 4])))))
  assert.deepEqual(names(twice).sort(), ['a/bias', 'a/weight', 'b/bias', 'b/weight'])
  assert.throws(() => layer(input('x', ['batch', 5])), /a of x \[batch, 5\]: .*width of 4/)
})

test('a perceptron bends between its layers, and drops hidden values only in training', async () => {
  const layer = mlp('m', [5, 3], { activation: tanh, dropout: 0.4 })
  const x = input('x', ['batch', 4])
  await check(layer(x), { batch: 3 })
  await check(layer(x, true), { batch: 3 })
})

test('attention pooling gives a history one vector, and an empty one zeros, jagged or padded', async () => {
  const values = input('x', ['n', 3])
  const jagged = { values, rowOf: input('rows', ['n'], 'int32'), rows: 'batch' }
  const query = input('query', ['batch', 4])
  const padded = { values: input('x', ['batch', 3, 2]), mask: input('mask', ['batch', 3], 'bool') }
  const rows = [0, 0, 0, 2, 2]
  const mask = [1, 1, 0, 0, 0, 0, 1, 1, 1]
  await check(attentionPooling('p', { hidden: 4 })(jagged, query), { n: 5, batch: 3 }, { rows })
  await check(attentionPooling('p')(padded), { batch: 3 }, { mask })
  await check(attentionPooling('p')(padded, query), { batch: 3 }, { mask })
})
