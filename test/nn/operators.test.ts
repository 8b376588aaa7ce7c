import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ShapeError } from '../../src/nn/errors.ts'
import { gradients } from '../../src/nn/gradients.ts'
import { add, multiply } from '../../src/nn/operators/arithmetic.ts'
import { where } from '../../src/nn/operators/comparison.ts'
import { gather, scatterAdd, take } from '../../src/nn/operators/gather.ts'
import { maskedSoftmax } from '../../src/nn/operators/masked-softmax.ts'
import { matmul } from '../../src/nn/operators/matmul.ts'
import { concat, expand, reshape, slice, stopGradient, sum } from '../../src/nn/operators/movement.ts'
import { standardise } from '../../src/nn/operators/normalisation.ts'
import { exp, gelu, relu, square } from '../../src/nn/operators/pointwise.ts'
import { max } from '../../src/nn/operators/reductions.ts'
import { rowsOfOffsets } from '../../src/nn/operators/segments.ts'
import { softmax } from '../../src/nn/operators/softmax.ts'
import { topValues } from '../../src/nn/operators/top-k.ts'
import { describe, inOrder, input, type Tensor } from '../../src/nn/tensor.ts'
import { checkGradients, compare, run } from './check-gradients.ts'
import { type Expression, operatorChecks } from './operator-checks.ts'
import { randomLeaves } from './random-leaves.ts'
import { evaluate, hasReference } from './reference.ts'

const OPERATORS = join(import.meta.dirname, '..', '..', 'src', 'nn', 'operators')
/** Exported for other operators: they make no tensor. */
const NOT_OPERATORS = [
  'inferBroadcast',
  'reducedAxes',
  'reducedShape',
  'inferReduced',
  'besides',
  'rowsOfOffsets',
]
const RUNS = 20

test('every function that is exported by an operator file has a check, and every check a function', async () => {
  const names: string[] = []
  for (const file of globSync('*.ts', { cwd: OPERATORS })) {
    const exported = (await import(join(OPERATORS, file))) as Record<string, unknown>
    names.push(...Object.keys(exported).filter((name) => typeof exported[name] === 'function'))
  }
  assert.deepEqual([...names].sort(), [...Object.keys(operatorChecks), ...NOT_OPERATORS].sort())
})

test('every operator that the checks go through has a slow reference', () => {
  for (const check of Object.values(operatorChecks)) {
    const [{ output }] = fc.sample(check, { numRuns: 1, seed: 1 }) as [Expression]
    for (const { operator, inputs } of inOrder([output]))
      if (inputs.length > 0) assert.ok(hasReference(operator.name), operator.name)
  }
})

for (const [name, check] of Object.entries(operatorChecks)) {
  test(`${name} is its reference, and its gradient the slope of that`, async () => {
    const shown = check.map((expression) => ({
      ...expression,
      [fc.toStringMethod]: () => `${describe(expression.output)} where ${JSON.stringify(expression.dims)}`,
    }))
    const property = fc.asyncProperty(shown, fc.nat(1000), async (expression, seed) => {
      const { output, dims, given, domain, isFlat } = expression
      const leaves = randomLeaves(output, dims, given, seed)
      if (domain) {
        for (const [leaf, values] of Object.entries(leaves.values)) leaves.values[leaf] = values.map(domain)
      }
      if (!isFlat) return checkGradients(output, leaves, seed)
      const found = await run({ output }, leaves)
      compare(name, found.output!.data, evaluate(output, leaves.values, dims).data)
    })
    await fc.assert(property, { numRuns: RUNS, seed: 1, endOnFailure: true })
  })
}

const twice = (f: (x: Tensor) => Tensor) => {
  const x = input('x', [2, 3])
  return gradients(sum(square(f(x))), [x])[0]!
}

test('gradients of gradients are right too', async () => {
  const indices = input('indices', [2, 4], 'int32')
  for (const output of [
    twice((x) => matmul(x, x, { right: true })),
    twice(softmax),
    twice(gelu),
    twice((x) => take(x, indices)),
    twice((x) => gather(x, indices)),
    twice((x) => standardise(exp(x))),
  ]) {
    await checkGradients(output, randomLeaves(output, {}, { indices: 2 }))
  }
})

test('nothing is learned through what is taken as given', () => {
  const x = input('x', [2])
  const [slope] = gradients(sum(multiply(stopGradient(x), x)), [x])
  assert.deepEqual([...evaluate(slope!, { x: [2, 3] }).data], [2, 3])
})

test('largest values that are equal share the slope', () => {
  const x = input('x', [3])
  const [slope] = gradients(max(x), [x])
  assert.deepEqual([...evaluate(slope!, { x: [2, 1, 2] }).data], [0.5, 0, 0.5])
})

test('a masked softmax is exactly that of what is there, however far values lie apart', async () => {
  const [x, mask] = [input('x', [4, 3]), input('mask', [4, 3], 'bool')]
  const values = [1, 300, 2, -500, 0, 500, 3e4, 1, 3e4, -7, 0, 7]
  const there = [1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0]
  const leaves = { values: { x: values, mask: there }, dims: {} }
  const found = await run({ masked: maskedSoftmax(x, mask) }, leaves)
  const pair = (a: number, b: number) => 1 / (1 + Math.exp(b - a))
  compare('masked', found.masked!.data, [pair(1, 2), 0, pair(2, 1), 0, 1, 0, 0.5, 0, 0.5, 0, 0, 0])
  for (const [at, is] of there.entries()) if (is === 0) assert.equal(found.masked!.data[at], 0)
})

test('a masked softmax has no power of e below the normal numbers of float32', async () => {
  const [x, mask] = [input('x', [2, 50]), input('mask', [50], 'bool')]
  const softmaxes = inOrder([maskedSoftmax(x, mask)]).filter(({ operator }) => operator.name === 'softmax')
  const leaves = randomLeaves(softmaxes[0]!, {}, { mask: 2 })
  const found = await run({ shares: softmaxes[0]! }, leaves)
  assert.ok(Math.min(...Array.from(found.shares!.data)) > 2 ** -126)
})

test('the slope of relu is 0 or 1 for very small and very large values', async () => {
  const x = input('x', [7])
  const [slope] = gradients(sum(relu(x)), [x])
  const leaves = { values: { x: [-1e30, -1e-20, 0, 1e-20, 1, 1e10, 1e38] }, dims: {} }
  const found = await run({ slope: slope! }, leaves)
  assert.deepEqual(Array.from(found.slope!.data), [0, 0, 0, 1, 1, 1, 1])
})

const batch = (width: number) => input('x', ['batch', width])
const ids = input('ids', ['batch'], 'int32')
const misfits: Record<string, [() => Tensor, RegExp]> = {
  'an inner size': [
    () => matmul(batch(3), input('w', [4, 2])),
    /^matmul\(x \[batch, 3\], w \[4, 2\]\): inner sizes 3 and 4 differ$/,
  ],
  'a broadcast': [
    () => add(batch(3), exp(input('y', ['batch', 2]))),
    /^add\(x \[batch, 3\], exp\(y \[batch, 2\]\) \[batch, 2\]\): the shapes do not fit each other$/,
  ],
  'an axis to sum': [() => sum(batch(3), [2]), /^sum\(x \[batch, 3\]\): there is no axis 2$/],
  'an axis to join': [() => concat([batch(3), batch(3)], 2), /^concat.*: there is no axis 2$/],
  'axes beside the joined one': [
    () => concat([batch(3), input('y', [2, 3])], 1),
    /shapes differ outside of axis 1/,
  ],
  'a reshape': [
    () => reshape(batch(3), ['batch', 4]),
    /^reshape.*3\*batch values do not fill \[batch, 4\] \(4\*batch\)/,
  ],
  'a stretch': [() => expand(batch(3), ['batch', 4]), /^expand.*cannot be stretched to \[batch, 4\]/],
  'a slice': [() => slice(batch(3), 1, 1, 4), /^slice.*1 … 4 is outside of axis 1/],
  'the type of indices': [() => gather(input('table', [9, 2]), batch(3)), /^gather.*indices are int32/],
  'the type of values': [() => exp(ids), /^exp\(ids \[batch\]\): ids \[batch\] is int32, not float32$/],
  'mixed types': [() => add(batch(1), ids), /^add.*float32 and int32 do not mix/],
  'rows without an index': [
    () => scatterAdd(ids, input('y', [3, 2]), 4),
    /^scatterAdd.*one row is needed per index/,
  ],
  'more values than there are': [() => topValues(batch(3), 4), /^topIndices.*there are no 4 values/],
  'a condition of numbers': [() => where(batch(3), 1, 0), /^where.*the condition is not bool/],
  'the slope of many values': [() => gradients(batch(3), [])[0]!, /only a scalar can be differentiated/],
}
for (const [what, [make, message]] of Object.entries(misfits)) {
  test(`${what} that does not fit is refused, with the expression`, () => {
    assert.throws(make, (error) => error instanceof ShapeError && message.test(error.message))
  })
}

test('offsets become the row of each value, rows without any included', () => {
  assert.deepEqual([...rowsOfOffsets([0, 2, 2, 3, 3])], [0, 0, 2])
  assert.deepEqual([...rowsOfOffsets([0, 0])], [])
  assert.deepEqual([...rowsOfOffsets([])], [])
})
