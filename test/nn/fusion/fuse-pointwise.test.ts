/** @file Graphs with and without fused operators: the same bits, whatever they are made of. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { createRandom } from '../../../src/base/random.ts'
import { concreteShape } from '../../../src/nn/batch.ts'
import { fusePointwise } from '../../../src/nn/fusion/fuse-pointwise.ts'
import { gradients } from '../../../src/nn/gradients.ts'
import { openDirect, openGraph, openOutputs, type Tensors } from '../../../src/nn/graph-session.ts'
import { emitModel } from '../../../src/nn/onnx/emit.ts'
import { add, divide, multiply, negate, subtract } from '../../../src/nn/operators/arithmetic.ts'
import { matmul } from '../../../src/nn/operators/matmul.ts'
import { expand, reshape, sum } from '../../../src/nn/operators/movement.ts'
import { exp, gelu, relu, sqrt } from '../../../src/nn/operators/pointwise.ts'
import { mean } from '../../../src/nn/operators/reductions.ts'
import { adamW } from '../../../src/nn/optimisers/adam.ts'
import { type Shape, sameShape } from '../../../src/nn/shape.ts'
import { inOrder, input, type Tensor } from '../../../src/nn/tensor.ts'
import { trainGraph } from '../../../src/nn/train-graph.ts'

const skip =
  openDirect(emitModel({ y: negate(input('x', [1])) }), {}) === null && 'the native module was not built'

/** What is the same size as its operand, and what is not in a pass. */
const UNARY = [negate, sqrt, exp, relu, gelu, (x: Tensor) => multiply(x, x)]
const BINARY = [add, subtract, multiply, divide]
const AROUND = [
  (x: Tensor) => expand(sum(x, [-1], true), x.shape),
  (x: Tensor) => reshape(reshape(x, [...x.shape, 1]), x.shape),
]

/** A shape, the shapes of leaves that are stretched to it, and steps that each take earlier tensors by their places. */
const graphs = fc.record({
  batch: fc.constantFrom(0, 1, 3, 700),
  rest: fc.array(fc.constantFrom(1, 2, 3, 8, 64), { minLength: 1, maxLength: 3 }),
  leaves: fc.array(
    fc.record({ drop: fc.nat(4), ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  steps: fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), { minLength: 10, maxLength: 60 }),
  seed: fc.nat(1000),
})
type Drawn = typeof graphs extends fc.Arbitrary<infer Value> ? Value : never

/** Every third result is an output. */
function outputsOf({ rest, leaves, steps }: Drawn): Record<string, Tensor> {
  const shape: Shape = ['batch', ...rest]
  const tensors = [input('whole', shape)]
  leaves.forEach(({ drop, ones }, k) => {
    const own = shape.map((dim, axis) => (ones[axis] ? 1 : dim)).slice(Math.min(drop, shape.length))
    tensors.push(input(`leaf ${k}`, own))
  })
  tensors.push(input('row', [rest.at(-1)!]))
  for (const [kind, a, b] of steps) {
    const [x, y] = [tensors[a % tensors.length]!, tensors[b % tensors.length]!]
    const of = kind % 12
    if (of < 4) tensors.push(BINARY[of]!(x, y))
    else if (of < 10) tensors.push(UNARY[of - 4]!(x))
    else if (x.shape.length > 0) tensors.push(AROUND[of - 10]!(x))
  }
  return Object.fromEntries(
    tensors.slice(1).flatMap((tensor, k) => (k % 3 === 0 ? [[`out ${k}`, tensor]] : [])),
  )
}

test('fused graphs give the bits of those that are not', { skip }, async () => {
  let fused = 0
  await fc.assert(
    fc.asyncProperty(graphs, async (drawn) => {
      const outputs = outputsOf(drawn)
      fused += namesOf(fusePointwise(outputs)).filter((name) => name === 'fused').length
      const plain = emitModel(outputs)
      const sizes = new Map([['batch', drawn.batch]])
      const random = createRandom(drawn.seed)
      const tensor = (shape: Shape, value: () => number) => {
        const dims = concreteShape(shape, sizes)
        const length = dims.reduce((a, b) => a * b, 1)
        return new OnnxTensor('float32', Float32Array.from({ length }, value), dims)
      }
      const feeds = Object.fromEntries(
        plain.inputs.map(({ name, shape }) => [name, tensor(shape, () => random.normal())]),
      )
      const results: Tensors[] = []
      for (const threads of [1, 2]) {
        for (const session of [
          await openGraph(plain, { threads }),
          await openOutputs(outputs, { threads }),
        ]) {
          const into = Object.fromEntries(
            plain.outputs.map(({ name, shape }) => [name, tensor(shape, () => 7)]),
          )
          await session.run(feeds, into)
          await session.close()
          results.push(into)
        }
      }
      const [first, ...others] = results.map(bitsOf)
      for (const other of others) assert.deepEqual(other, first)
    }),
    { numRuns: 120, seed: 4 },
  )
  assert.ok(fused > 100, `only ${fused} results of fused operators were compared`)
})

test('slopes of relu are the same for zeros, the smallest numbers and what is no number', {
  skip,
}, async () => {
  const [x, w] = [input('x', ['n', 4]), input('w', ['n', 4])]
  const [slope] = gradients(sum(multiply(multiply(relu(x), w), w)), [x]) as [Tensor]
  const outputs = { y: multiply(add(slope, x), w) }
  assert.match(programsOf(outputs), /isPositive/)
  const values = [0, -0, Number.NaN, Infinity, -Infinity, 1e-40, -1e-40, 2 ** -101, 1e-30, -1e-30, 3, -3]
  const tensor = (value: (k: number) => number) =>
    new OnnxTensor(
      'float32',
      Float32Array.from({ length: values.length }, (_, k) => value(k)),
      [values.length / 4, 4],
    )
  const feeds = { x: tensor((k) => values[k]!), w: tensor((k) => 1 + k / 2) }
  const results: Tensors[] = []
  for (const session of [await openGraph(emitModel(outputs)), await openOutputs(outputs)]) {
    const into = { y: tensor(() => 7) }
    await session.run(feeds, into)
    await session.close()
    results.push(into)
  }
  assert.deepEqual(bitsOf(results[1]!), bitsOf(results[0]!))
})

test('arrays whose shapes do not fit each other are refused in a pass too', { skip }, async () => {
  const shape = ['n', 4]
  const outputs = { y: multiply(add(input('x', shape), input('w', shape)), input('row', [4])) }
  assert.match(programsOf(outputs), /add/)
  const session = await openOutputs(outputs)
  const tensor = (...dims: number[]) =>
    new OnnxTensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims)
  const run = (x: OnnxTensor, w: OnnxTensor) => session.run({ x, w, row: tensor(4) }, { y: tensor(6, 4) })
  await run(tensor(6, 4), tensor(6, 4))
  for (const other of [tensor(2, 4), tensor(3, 4), tensor(1, 4)]) {
    await assert.rejects(run(tensor(6, 4), other), /fit the shape/)
    await assert.rejects(run(other, tensor(6, 4)), /fit the shape/)
  }
  await session.close()
})

/** Programs of the passes of a graph. */
const programsOf = (outputs: Record<string, Tensor>) =>
  inOrder(Object.values(fusePointwise(outputs)))
    .filter(({ operator }) => operator.name === 'fused')
    .map(({ attributes }) => (attributes as { program: string }).program)
    .join('; ')

/** NaN is NaN, whatever is written in it. */
function bitsOf(results: Tensors): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => {
      const values = data as Float32Array
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
      return [name, Array.from(bits, (each, k) => (Number.isNaN(values[k]) ? -1 : each))]
    }),
  )
}

const namesOf = (outputs: Record<string, Tensor>) =>
  inOrder(Object.values(outputs)).map(({ operator }) => operator.name)

test('an update of AdamW is one pass over each array', () => {
  const weights = input('w', [64, 8])
  const scalars = Object.fromEntries(['pace', 'floor', 'kept'].map((name) => [name, input(name, [])]))
  const states = ['sum', 'squares'].map((name) => input(name, [64, 8]))
  const gradient = matmul(input('x', ['batch', 64]), input('g', ['batch', 8]), { left: true })
  const updated = adamW({ weightDecay: 0.1 }).update({
    parameter: weights,
    decays: true,
    gradient,
    states,
    scalars,
  })
  const fused = fusePointwise({ w: updated.parameter, sum: updated.states[0]!, squares: updated.states[1]! })
  const left = namesOf(fused).filter((name) => !['input', 'constant'].includes(name))
  assert.deepEqual([...new Set(left)].sort(), ['fused', 'matmul'])
  const [first, ...others] = Object.values(fused)
  for (const other of others) assert.deepEqual(other.inputs, first!.inputs)
})

test('operators that wait for each other are not one: a mean of a value is not in the pass that takes it away', () => {
  const x = input('x', ['batch', 8])
  const y = multiply(add(x, 1), 2)
  const centred = multiply(subtract(y, mean(y, [-1], true)), y)
  const order = inOrder(Object.values(fusePointwise({ centred })))
  const fused = order.filter(({ operator }) => operator.name === 'fused')
  assert.equal(fused.length, 2)
  assert.ok(fused.every(({ shape }) => sameShape(shape, ['batch', 8])))
})

test('a shift stays with its product, which adds it while it multiplies', () => {
  const x = input('x', ['batch', 8])
  const shifted = add(matmul(x, input('w', [8, 8])), input('b', [8]))
  assert.deepEqual(
    namesOf(fusePointwise({ y: multiply(multiply(shifted, x), 2) })).filter((name) => name === 'add'),
    ['add'],
  )
})

test('a graph of training keeps its leaves and the names of what it gives', () => {
  const x = input('x', ['batch', 4])
  const graph = trainGraph(mean(gelu(x)), { optimiser: adamW(), rows: [x], accumulate: 1 })
  const fused = fusePointwise(graph.update)
  assert.deepEqual(Object.keys(fused), Object.keys(graph.update))
  for (const [name, { shape }] of Object.entries(graph.update)) assert.deepEqual(fused[name]!.shape, shape)
  assert.ok(inOrder(Object.values(fused)).includes(x))
})
