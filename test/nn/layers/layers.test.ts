import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ShapeError } from '../../../src/nn/errors.ts'
import { attentionPooling } from '../../../src/nn/layers/attention-pooling.ts'
import { crossing } from '../../../src/nn/layers/crossing.ts'
import { dropout } from '../../../src/nn/layers/dropout.ts'
import { combineRows, embedding } from '../../../src/nn/layers/embedding.ts'
import { feedForward } from '../../../src/nn/layers/feed-forward.ts'
import { gating } from '../../../src/nn/layers/gating.ts'
import { layerNorm } from '../../../src/nn/layers/layer-norm.ts'
import { linear } from '../../../src/nn/layers/linear.ts'
import { mixtureOfLogits } from '../../../src/nn/layers/mixture-of-logits.ts'
import { mlp } from '../../../src/nn/layers/mlp.ts'
import { multiHeadAttention } from '../../../src/nn/layers/multi-head-attention.ts'
import { relativeBias } from '../../../src/nn/layers/relative-bias.ts'
import { rmsNorm } from '../../../src/nn/layers/rms-norm.ts'
import { transformerBlock } from '../../../src/nn/layers/transformer-block.ts'
import { reshape } from '../../../src/nn/operators/movement.ts'
import { silu, tanh } from '../../../src/nn/operators/pointwise.ts'
import { cosine } from '../../../src/nn/operators/similarity.ts'
import { inOrder, input, isInput, nameOf, type Tensor } from '../../../src/nn/tensor.ts'
import { parametersOf } from '../../../src/nn/weights.ts'
import { checkGradients, compare, type Leaves } from '../check-gradients.ts'
import { randomLeaves } from '../random-leaves.ts'
import { evaluate } from '../reference.ts'

const LAYERS = join(import.meta.dirname, '..', '..', '..', 'src', 'nn', 'layers')
/** What layers are made with. */
const NOT_LAYERS = ['forWidth', 'widthOf']

const x = input('x', ['batch', 4])
const sequence = input('x', ['batch', 3, 4])
const mask = input('mask', ['batch', 3], 'bool')
const [batch, present] = [2, [1, 1, 0, 1, 1, 1]]
const jagged = {
  values: input('x', ['n', 3]),
  rowOf: input('rowOf', ['n'], 'int32'),
  rows: 'batch',
}
const ids = input('ids', ['batch', 2], 'int32')
const twoRows = input('rows', ['batch', 2, 3])

const users = { vectors: input('u', ['batch', 2, 3]), features: input('userFeatures', ['batch', 2]) }
const items = { vectors: input('v', ['items', 2, 3]), features: input('itemFeatures', ['items', 2]) }

interface Case {
  output: Tensor
  dims?: Record<string, number>
  given?: Record<string, number[]>
}
/** By the name under which a layer is exported. */
const cases: Record<string, Case[]> = {
  linear: [
    { output: linear('a', 3)(x) },
    { output: linear('a', 3, { bias: false })(sequence) },
    { output: linear('a', 3)(x), dims: { batch: 0 } },
  ],
  mlp: [
    { output: mlp('a', [5, 3], { activation: tanh, dropout: 0.4 })(x) },
    { output: mlp('a', [5, 3], { activation: tanh, dropout: 0.4 })(x, true) },
    { output: mlp('a', [3], { norm: rmsNorm, activateLast: true })(x) },
  ],
  dropout: [{ output: dropout('a', 0.5)(x, true) }],
  layerNorm: [{ output: layerNorm('a')(sequence) }],
  rmsNorm: [{ output: rmsNorm('a')(sequence) }],
  attentionPooling: [
    // Row 1 of the batch has no history.
    { output: attentionPooling('a')(jagged), dims: { n: 4, batch: 3 }, given: { rowOf: [0, 0, 2, 2] } },
    { output: attentionPooling('a', { hidden: 2 })(jagged, input('query', ['batch', 2])), dims: { n: 0 } },
    { output: attentionPooling('a')({ values: sequence, mask }), given: { mask: [0, 0, 0, 1, 0, 1] } },
    { output: attentionPooling('a')({ values: sequence, mask }, input('query', ['batch', 2])) },
  ],
  multiHeadAttention: [
    { output: multiHeadAttention('a', { heads: 2 })(sequence, { mask }), given: { mask: present } },
    {
      output: multiHeadAttention('a', { heads: 2, causal: true, dropout: 0.3 })(sequence, { training: true }),
    },
    {
      output: multiHeadAttention('a', { heads: 2 })(input('x', ['batch', 'time', 4]), {
        to: input('to', ['batch', 'keys', 3]),
      }),
      dims: { time: 2, keys: 3 },
    },
  ],
  relativeBias: [
    {
      output: multiHeadAttention('a', { heads: 2, causal: true, relativeBias: relativeBias('b', 2, 1) })(
        sequence,
        { mask },
      ),
      given: { mask: present },
    },
  ],
  feedForward: [
    { output: feedForward('a', { hidden: 3 })(x) },
    { output: feedForward('a', { hidden: 3, gated: true, activation: silu, dropout: 0.3 })(x, true) },
  ],
  transformerBlock: [
    { output: transformerBlock('a', { heads: 2, feedForward: { hidden: 3 } })(sequence) },
    {
      output: transformerBlock('a', {
        heads: 2,
        causal: true,
        dropout: 0.2,
        norm: rmsNorm,
        feedForward: { hidden: 3, gated: true, activation: silu },
      })(sequence, { mask, training: true }),
      given: { mask: present },
    },
  ],
  crossing: [
    { output: crossing('a', { layers: 2 })(x) },
    { output: crossing('a', { layers: 2, rank: 2 })(sequence) },
  ],
  gating: [
    { output: gating('a')(x) },
    { output: gating('a', { hidden: [3] })(x, input('context', ['batch', 2])) },
  ],
  mixtureOfLogits: [false, true].map((direct) => ({
    output: mixtureOfLogits('a', { userVectors: 2, itemVectors: 2, hidden: 2, temperature: 0.5, direct })(
      users,
      items,
    ),
    dims: { items: 3 },
  })),
  embedding: [{ output: embedding('a', 3, 2)(ids), given: { ids: [0, 2, 2, 0] } }],
  combineRows: [
    { output: combineRows(twoRows, 'sum') },
    { output: combineRows(twoRows, 'multiply') },
    { output: combineRows(twoRows, 'concat') },
  ],
}

test('every layer is checked', async () => {
  const names: string[] = []
  for (const file of globSync('*.ts', { cwd: LAYERS }))
    names.push(...Object.keys((await import(join(LAYERS, file))) as object))
  assert.deepEqual(names.sort(), [...Object.keys(cases), ...NOT_LAYERS].sort())
})

for (const [name, all] of Object.entries(cases)) {
  test(`${name} is its reference, and its gradient the slope of that`, async () => {
    for (const { output, dims, given } of all)
      await checkGradients(output, randomLeaves(output, { batch, ...dims }, given))
  })
}

const valuesOf = (output: Tensor, { values, dims }: Leaves) => [...evaluate(output, values, dims).data]

/** The values when one of those of x is another. */
function moved(leaves: Leaves, at: number): Leaves {
  return { ...leaves, values: { ...leaves.values, x: leaves.values.x!.with(at, 9) } }
}

test('parameters are made once, named by path, and only fit the width they were made for', () => {
  const layer = mlp('user/tower', [4, 4])
  const names = parametersOf([layer(layer(x))]).map(nameOf)
  const expected = ['0/bias', '0/weight', '1/bias', '1/weight'].map((part) => `user/tower/${part}`)
  assert.deepEqual(names.sort(), expected)
  assert.throws(() => layer(input('wide', ['batch', 5])), {
    message: 'user/tower/0 of wide [batch, 5]: its parameters are for a width of 4',
  })
  assert.throws(() => layer(input('open', ['batch', 'time'])), ShapeError)
  assert.throws(() => multiHeadAttention('a', { heads: 3 })(sequence), /3 equal parts/)
})

test('dropout scales what it keeps, has noise of its own at each call, and is gone from a graph that serves', () => {
  const layer = dropout('a', 0.25)
  const output = layer(layer(input('x', ['n']), true), true)
  const { values, dims } = randomLeaves(output, { n: 1000 }, { x: Array(1000).fill(1) })
  const kept = [...evaluate(output, values, dims).data].filter((value) => value !== 0)
  assert.ok(kept.every((value) => Math.abs(value - 16 / 9) < 1e-9))
  assert.ok(Math.abs(kept.length / 1000 - 9 / 16) < 0.05)
  const block = transformerBlock('b', { heads: 2, dropout: 0.5 })
  const inputs = (graph: Tensor) => inOrder([graph]).filter(isInput).map(nameOf)
  assert.deepEqual(inputs(block(sequence)), ['x'])
  assert.equal(inputs(block(sequence, { training: true })).length, 5)
})

test('causal attention does not see what comes later, and none sees what is masked', () => {
  const blocks = [0, 1].map((k) => transformerBlock(`${k}`, { heads: 2, causal: true }))
  const output = blocks.reduce((values, block) => block(values), sequence)
  const leaves = randomLeaves(output, { batch: 1 })
  const before = valuesOf(output, leaves)
  const after = valuesOf(output, moved(leaves, 5))
  assert.deepEqual(after.slice(0, 4), before.slice(0, 4))
  assert.notDeepEqual(after.slice(8), before.slice(8))

  for (const causal of [false, true]) {
    const masked = multiHeadAttention('a', { heads: 2, causal })(sequence, { mask })
    const withMask = randomLeaves(masked, { batch: 1 }, { mask: [1, 0, 1] })
    const [own, other] = [valuesOf(masked, withMask), valuesOf(masked, moved(withMask, 5))]
    assert.deepEqual([...own.slice(0, 4), ...own.slice(8)], [...other.slice(0, 4), ...other.slice(8)])
  }
})

test('the bias of attention follows the distance, and is one beyond the farthest', () => {
  const bias = relativeBias('a', 1, 1)(3, 3)
  const table = { 'a/bias': [-1, 0, 1] }
  assert.deepEqual([...evaluate(bias, table).data], [0, 1, 1, -1, 0, 1, -1, -1, 0])
})

test('a history without items gives zeros, however it is laid out', () => {
  const pool = attentionPooling('a')
  const leaves = randomLeaves(pool(jagged), { n: 2, batch: 2 }, { rowOf: [1, 1] })
  assert.deepEqual(valuesOf(pool(jagged), leaves).slice(0, 3), [0, 0, 0])
  const padded = attentionPooling('b')({ values: sequence, mask })
  const empty = randomLeaves(padded, { batch: 1 }, { mask: [0, 0, 0] })
  assert.deepEqual(valuesOf(padded, empty), [0, 0, 0, 0])
})

test('jagged and padded histories are pooled alike', () => {
  const pool = attentionPooling('a')
  const padded = pool({ values: input('padded', ['batch', 2, 3]), mask: input('mask', ['batch', 2], 'bool') })
  const leaves = randomLeaves(pool(jagged), { n: 3, batch: 2 }, { rowOf: [0, 1, 1] })
  const items = leaves.values.x!
  const values = {
    ...leaves.values,
    padded: [...items.slice(0, 3), 7, 7, 7, ...items.slice(3)],
    mask: [1, 0, 1, 1],
  }
  const [found, expected] = [padded, pool(jagged)].map((output) => valuesOf(output, { ...leaves, values }))
  compare('pooled', found!, expected!)
})

test('crossing gives the golden numbers of DCN-v2', () => {
  const [weight, bias] = [
    [0.5, 0, -1, 0.25],
    [0.1, -0.2],
  ]
  const values = { x: [1, 2], 'a/0/weight': weight, 'a/0/bias': bias, 'a/1/weight': weight, 'a/1/bias': bias }
  const found = [1, 2].map((layers) => crossing('a', { layers })(input('x', [1, 2])))
  compare('one layer', evaluate(found[0]!, values).data, [-0.4, 2.6])
  compare('two layers', evaluate(found[1]!, values).data, [-3.1, 3.5])
})

test('a gate whose weights are zero leaves values as they are', () => {
  const output = gating('a')(input('x', [2, 2]))
  const values = { x: [1, 2, 3, 4], 'a/0/weight': [0, 0, 0, 0], 'a/0/bias': [0, 0] }
  assert.deepEqual([...evaluate(output, values).data], values.x)
})

test('a mixture of one logit is the cosine, and none is above its largest logit', () => {
  const options = { hidden: 2, temperature: 0.5 }
  const one = (side: string) => ({ vectors: input(side, [2, 1, 3]), features: input(`${side}/f`, [2, 2]) })
  const single = mixtureOfLogits('a', { ...options, userVectors: 1, itemVectors: 1 })(one('u'), one('v'))
  const rows = cosine(input('u', [2, 1, 3]), reshape(input('v', [2, 1, 3]), [1, 2, 3]))
  const leaves = randomLeaves(single)
  compare(
    'cosine',
    valuesOf(single, leaves),
    valuesOf(rows, leaves).map((x) => x / 0.5),
  )

  const mixed = mixtureOfLogits('a', { ...options, userVectors: 2, itemVectors: 2 })(users, items)
  const several = randomLeaves(mixed, { batch: 3, items: 4 })
  const all = cosine(
    reshape(users.vectors, ['batch', 1, 2, 1, 3]),
    reshape(items.vectors, [1, 'items', 1, 2, 3]),
  )
  const pairs = valuesOf(all, several)
  valuesOf(mixed, several).forEach((score, k) => {
    assert.ok(score <= Math.max(...pairs.slice(4 * k, 4 * k + 4)) / 0.5 + 1e-9)
  })
})
