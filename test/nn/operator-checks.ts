/** @file For every function of src/nn/operators, expressions of random shapes to check it with. */

import fc from 'fast-check'
import { affine } from '../../src/nn/operators/affine.ts'
import * as arithmetic from '../../src/nn/operators/arithmetic.ts'
import * as comparison from '../../src/nn/operators/comparison.ts'
import { counted, diagonal, distances, upToHere } from '../../src/nn/operators/counting.ts'
import { cumulativeSum } from '../../src/nn/operators/cumulative-sum.ts'
import { gather, scatterAdd, scatterMax, take } from '../../src/nn/operators/gather.ts'
import { maskedSoftmax } from '../../src/nn/operators/masked-softmax.ts'
import { matmul } from '../../src/nn/operators/matmul.ts'
import * as movement from '../../src/nn/operators/movement.ts'
import * as normalisation from '../../src/nn/operators/normalisation.ts'
import * as pointwise from '../../src/nn/operators/pointwise.ts'
import { logSumExp, max, mean, min, sizeOf } from '../../src/nn/operators/reductions.ts'
import { embeddingBag, segmentMean, segmentSoftmax, segmentSum } from '../../src/nn/operators/segments.ts'
import { cosine, dot, squaredDistance } from '../../src/nn/operators/similarity.ts'
import { logSoftmax, softmax } from '../../src/nn/operators/softmax.ts'
import { swiglu } from '../../src/nn/operators/swiglu.ts'
import { topIndices, topValues } from '../../src/nn/operators/top-k.ts'
import { type Dim, type Shape, timesDims } from '../../src/nn/shape.ts'
import { input, type Tensor } from '../../src/nn/tensor.ts'

export interface Expression {
  output: Tensor
  dims: Record<string, number>
  /** Bounds of the integers. */
  given?: Record<string, number>
  /** Moves drawn floats to where the function is defined and smooth. */
  domain?: (value: number) => number
  /** Its slope is 0 or is not asked for: only the values are compared. */
  isFlat?: boolean
}
type Check = fc.Arbitrary<Expression>
type Unary = (x: Tensor) => Tensor
type Settings = Pick<Expression, 'domain' | 'isFlat'>

/** "batch" may be empty, "time" is not. */
const sizes = fc.record({ batch: fc.integer({ min: 0, max: 3 }), time: fc.integer({ min: 1, max: 3 }) })
const known = fc.integer({ min: 1, max: 3 })
const dim: fc.Arbitrary<Dim> = fc.oneof(known, fc.constantFrom('batch', 'time'))
/** Axes that are never empty: over them there is a mean and a largest value. */
const filledDim: fc.Arbitrary<Dim> = fc.oneof(known, fc.constant('time'))
const shape = (axes: fc.Arbitrary<Dim>, least = 0, most = 3): fc.Arbitrary<Shape> =>
  fc.array(axes, { minLength: least, maxLength: most })

const positive = (value: number) => Math.abs(value) + 0.5

const unary = (f: Unary, settings: Settings = {}): Check =>
  fc.tuple(shape(dim), sizes).map(([axes, dims]) => ({ output: f(input('x', axes)), dims, ...settings }))

/** Rows of a known width: what works along the last axis. */
const rowWise = (f: Unary, least = 1, settings: Settings = {}): Check =>
  fc
    .tuple(shape(dim, 0, 2), fc.integer({ min: least, max: 4 }), sizes)
    .map(([lead, width, dims]) => ({ output: f(input('x', [...lead, width])), dims, ...settings }))

/** A shape, and two that are stretched to (parts of) it. */
const stretchable = (axes: fc.Arbitrary<Dim> = dim): fc.Arbitrary<[Shape, Shape, Shape]> =>
  shape(axes).chain((full) => {
    const part = fc
      .tuple(
        fc.integer({ min: 0, max: full.length }),
        fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
      )
      .map(([drop, ones]): Shape => full.map((size, axis) => (ones[axis] ? 1 : size)).slice(drop))
    return fc.tuple(fc.constant(full), part, part)
  })

const binary = (f: (a: Tensor, b: Tensor) => Tensor, settings: Settings = {}): Check =>
  fc.tuple(stretchable(), sizes).map(([[, a, b], dims]) => ({
    output: f(input('a', a), input('b', b)),
    dims,
    ...settings,
  }))

/** Reductions along some axes of which none is empty, or along all; the others may be. */
const reduction = (f: (x: Tensor, axes: number[] | undefined, keep: boolean) => Tensor): Check =>
  fc
    .tuple(fc.array(fc.tuple(filledDim, fc.boolean()), { maxLength: 2 }), fc.boolean(), fc.boolean(), sizes)
    .map(([axes, hasBatch, keep, dims]) => {
      const reduced = axes.flatMap(([, isReduced], axis) => (isReduced ? [axis - axes.length] : []))
      const all = axes.map(([size]) => size)
      const x = input('x', hasBatch ? ['batch', ...all] : all)
      const picked = hasBatch || reduced.length > 0 ? reduced : undefined
      return { output: f(x, picked, keep), dims }
    })

const alongAxis = (f: (x: Tensor, axis: number) => Tensor, least = 1): Check =>
  fc
    .tuple(shape(fc.integer({ min: least, max: 4 }), 1, 3), fc.nat(2), sizes)
    .map(([axes, at, dims]) => ({ output: f(input('x', ['batch', ...axes]), 1 + (at % axes.length)), dims }))

/** Values in rows of which some have none; every row is empty when "n" is 0. */
const jagged = (f: (values: Tensor, rowOf: Tensor, rows: Dim) => Tensor, axes: Shape = [2]): Check =>
  fc.record({ n: fc.integer({ min: 0, max: 4 }), rows: fc.integer({ min: 1, max: 5 }) }).map((dims) => {
    // A row axis of the batch is read from an input that has it.
    const beside = input('beside', ['rows', ...axes.map(() => 1)])
    const result = f(input('values', ['n', ...axes]), input('rowOf', ['n'], 'int32'), 'rows')
    const output = result.shape[0] === 'rows' ? arithmetic.multiply(result, beside) : result
    return { output: arithmetic.add(output, movement.sum(beside)), dims, given: { rowOf: dims.rows } }
  })

const picked = (f: (x: Tensor, indices: Tensor) => Tensor): Check =>
  fc.tuple(shape(dim, 0, 2), shape(known, 0, 2), known, sizes).map(([indices, rest, rows, dims]) => ({
    output: f(input('x', [rows, ...rest]), input('indices', indices, 'int32')),
    dims,
    given: { indices: rows },
  }))

/** ONNX Runtime's fused product of a turned side does not stretch an empty batch, so here none is. */
const matrices: Check = fc
  .tuple(stretchable(filledDim), known, known, known, fc.boolean(), fc.boolean(), sizes)
  .map(([[, a, b], rows, inner, columns, left, right, dims]) => ({
    output: matmul(
      input('a', [...a, ...(left ? [inner, rows] : [rows, inner])]),
      input('b', [...b, ...(right ? [columns, inner] : [inner, columns])]),
      { left, right },
    ),
    dims,
  }))

/** Many rows against one matrix: what layers do. */
const rowsOfMatrix: Check = fc.tuple(shape(dim, 0, 2), fc.boolean(), sizes).map(([lead, right, dims]) => ({
  output: matmul(input('a', ['batch', ...lead, 3]), input('b', right ? [2, 3] : [3, 2]), { right }),
  dims,
}))

const shifted: Check = fc.tuple(shape(dim, 0, 2), sizes).map(([lead, dims]) => ({
  output: affine(input('x', ['batch', ...lead, 3]), input('w', [3, 2]), input('shift', [2])),
  dims,
}))

/** Rows of a batch, and sums over it, which may be empty: what the gradient of a weight is. */
const batchedMatrices: Check = fc.tuple(fc.boolean(), fc.boolean(), sizes).map(([left, right, dims]) => ({
  output: matmul(
    input('a', left ? ['batch', 2] : [2, 'batch']),
    input('b', right ? ['time', 'batch'] : ['batch', 'time']),
    { left, right },
  ),
  dims,
}))

const reshaped: Check = fc.tuple(fc.constantFrom(0, 1, 2, 3), sizes).map(([kind, dims]) => {
  const to: Shape[] = [
    [timesDims(['batch', 2]), 'time'],
    [2, timesDims(['batch', 'time'])],
    ['time', 'batch', 1, 2],
    [timesDims(['batch', 'time', 2])],
  ]
  return { output: movement.reshape(input('x', ['batch', 'time', 2]), to[kind]!), dims }
})

const transposed: Check = fc
  .tuple(shape(dim, 1, 4), sizes)
  .chain(([axes, dims]) =>
    fc
      .shuffledSubarray([...axes.keys()], { minLength: axes.length })
      .map((order) => ({ output: movement.transpose(input('x', axes), order), dims })),
  )

const stretched = (f: (x: Tensor, to: Shape) => Tensor, isBack = false): Check =>
  fc.tuple(stretchable(), sizes).map(([[full, part], dims]) => {
    const [from, to] = isBack ? [full, part] : [part, full]
    // Sizes of the wanted shape are read from an input that has it.
    const beside = input('beside', full)
    return { output: arithmetic.add(f(input('x', from), to), beside), dims }
  })

const comparing = (f: (a: Tensor, b: Tensor) => Tensor) => binary(f, { isFlat: true })

const integersCompared: Check = fc.tuple(stretchable(), sizes).map(([[, a, b], dims]) => ({
  output: comparison.equal(input('a', a, 'int32'), input('b', b, 'int32')),
  dims,
  given: { a: 2, b: 2 },
  isFlat: true,
}))

const chosen: Check = fc.tuple(stretchable(), shape(dim, 0, 0), sizes).map(([[full, a, b], , dims]) => ({
  output: comparison.where(input('condition', full, 'bool'), input('a', a), input('b', b)),
  dims,
}))

const truth = (f: (a: Tensor, b: Tensor) => Tensor): Check =>
  fc.tuple(stretchable(), sizes).map(([[, a, b], dims]) => ({
    output: f(input('a', a, 'bool'), input('b', b, 'bool')),
    dims,
    isFlat: true,
  }))

const masked: Check = fc.tuple(known, sizes).map(([width, dims]) => ({
  output: maskedSoftmax(input('x', ['batch', width]), input('mask', ['batch', width], 'bool')),
  dims,
}))

/** Along "batch", which some input has to have. */
const placed = (f: (size: Dim) => Tensor): Check =>
  sizes.map((dims) => {
    const places = comparison.cast(f('batch'), 'float32')
    const beside = input('beside', ['batch', ...places.shape.slice(1).map(() => 1)])
    return { output: arithmetic.multiply(places, beside), dims }
  })

const similar = (f: (a: Tensor, b: Tensor) => Tensor): Check =>
  fc.tuple(shape(dim, 0, 2), known, sizes).map(([lead, width, dims]) => ({
    output: f(input('a', [...lead, width]), input('b', [...lead, width])),
    dims,
  }))

/** By the name under which a function is exported. */
export const operatorChecks: Record<string, Check> = {
  add: binary(arithmetic.add),
  subtract: binary(arithmetic.subtract),
  multiply: binary(arithmetic.multiply),
  divide: binary(arithmetic.divide, { domain: positive }),
  negate: unary(arithmetic.negate),
  addAll: binary((a, b) => arithmetic.addAll([a, b, a])),

  greater: comparing(comparison.greater),
  greaterOrEqual: comparing(comparison.greaterOrEqual),
  less: comparing(comparison.less),
  lessOrEqual: comparing(comparison.lessOrEqual),
  equal: integersCompared,
  and: truth(comparison.and),
  not: truth((a) => comparison.not(a)),
  where: chosen,
  maximum: binary(comparison.maximum),
  minimum: binary(comparison.minimum),
  cast: unary((x) => comparison.cast(comparison.cast(arithmetic.multiply(x, 3), 'int32'), 'float32'), {
    isFlat: true,
  }),

  cumulativeSum: fc.oneof(
    alongAxis((x, axis) => cumulativeSum(x, axis)),
    alongAxis((x, axis) => cumulativeSum(x, axis, true)),
  ),

  counted: placed((size) => counted(size)),
  distances: placed((size) => distances(size, 3)),
  diagonal: placed(diagonal),
  upToHere: placed(upToHere),

  gather: picked(gather),
  scatterAdd: fc.oneof(
    jagged((values, rowOf, rows) => scatterAdd(rowOf, values, rows)),
    picked((x, indices) => scatterAdd(indices, gather(x, indices), 5)),
  ),
  scatterMax: jagged((values, rowOf, rows) => gather(scatterMax(rowOf, values, rows), rowOf)).map(
    (check) => ({
      ...check,
      isFlat: true,
    }),
  ),
  take: fc.tuple(known, known, fc.constantFrom(1, 2), sizes).map(([width, length, axis, dims]) => ({
    output: take(
      input('x', ['batch', width, width]),
      input('indices', axis === 1 ? ['batch', length, width] : ['batch', width, length], 'int32'),
      axis,
    ),
    dims,
    given: { indices: width },
  })),

  maskedSoftmax: masked,
  affine: shifted,
  matmul: fc.oneof({ weight: 3, arbitrary: matrices }, rowsOfMatrix, batchedMatrices),

  reshape: reshaped,
  transpose: transposed,
  expand: stretched(movement.expand),
  sum: reduction(movement.sum),
  sumTo: stretched(movement.sumTo, true),
  slice: alongAxis((x, axis) => movement.slice(x, axis, 1, (x.shape[axis] as number) - 1), 3),
  pad: alongAxis((x, axis) => movement.pad(x, axis, 2, 1)),
  concat: alongAxis((x, axis) =>
    movement.concat([x, movement.pad(x, axis, 0, 1), arithmetic.negate(x)], axis),
  ),
  stopGradient: unary(movement.stopGradient, { isFlat: true }),
  filled: stretched((x, to) => arithmetic.multiply(movement.filled(2, to), x)),

  standardise: rowWise(normalisation.standardise),
  rootMeanSquare: rowWise(normalisation.rootMeanSquare),
  unitLength: rowWise(normalisation.unitLength),

  dot: similar(dot),
  cosine: similar(cosine),
  squaredDistance: similar(squaredDistance),
  swiglu: binary(swiglu),

  exp: unary(pointwise.exp),
  log: unary(pointwise.log, { domain: positive }),
  sqrt: unary(pointwise.sqrt, { domain: positive }),
  reciprocal: unary(pointwise.reciprocal, { domain: positive }),
  sign: unary(pointwise.sign, { isFlat: true }),
  abs: unary(pointwise.abs),
  tanh: unary(pointwise.tanh),
  sigmoid: unary(pointwise.sigmoid),
  relu: unary(pointwise.relu),
  softplus: unary(pointwise.softplus),
  erf: unary(pointwise.erf),
  sin: unary(pointwise.sin),
  cos: unary(pointwise.cos),
  gelu: unary(pointwise.gelu),
  square: unary(pointwise.square),
  silu: unary(pointwise.silu),
  logSigmoid: unary(pointwise.logSigmoid),

  sizeOf: unary((x) => arithmetic.add(x, sizeOf(x.shape))),
  mean: reduction(mean),
  max: reduction(max),
  min: reduction(min),
  logSumExp: reduction(logSumExp),

  segmentSum: jagged((values, rowOf, rows) => segmentSum({ values, rowOf, rows })),
  segmentMean: jagged((values, rowOf, rows) => segmentMean({ values, rowOf, rows })),
  segmentSoftmax: jagged((values, rowOf, rows) => segmentSoftmax({ values, rowOf, rows }), []),
  embeddingBag: fc
    .constantFrom('sum' as const, 'mean' as const)
    .chain((mode) =>
      jagged((values, rowOf, rows) =>
        embeddingBag({ values, rowOf, rows }, { mode, weights: input('weights/values', ['n']) }),
      ),
    ),

  softmax: rowWise(softmax),
  logSoftmax: rowWise(logSoftmax),
  topIndices: rowWise((x) => topIndices(x, 2), 2, { isFlat: true }),
  topValues: rowWise((x) => topValues(x, 2), 2),
}
