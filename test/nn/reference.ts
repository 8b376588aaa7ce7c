/** @file The slow reference of src/nn: every operator in float64, index by index. */

import { inOrder, isInput, isParameter, nameOf, type Tensor } from '../../src/nn/tensor.ts'

export interface Values {
  shape: number[]
  data: Float64Array
}

type Rule = (inputs: Values[], attributes: never, shape: number[]) => Float64Array

/** @param leaves values of inputs and parameters; @param dims sizes of named axes */
export function evaluate(
  output: Tensor,
  leaves: Readonly<Record<string, ArrayLike<number>>>,
  dims: Readonly<Record<string, number>> = {},
): Values {
  const known = new Map<Tensor, Values>()
  for (const tensor of inOrder([output])) {
    const shape = tensor.shape.map((dim) => sizeOf(dim, dims))
    const inputs = tensor.inputs.map((child) => known.get(child) as Values)
    const data =
      isInput(tensor) || isParameter(tensor)
        ? Float64Array.from(leaves[nameOf(tensor)]!)
        : ruleOf(tensor)(
            inputs,
            { ...(tensor.attributes as object), dims: sizesIn(tensor, dims) } as never,
            shape,
          )
    if (data.length !== count(shape))
      throw new Error(`${tensor.operator.name}: ${data.length} values for ${shape}`)
    known.set(tensor, { shape, data })
  }
  return known.get(output) as Values
}

export const sizeOf = (dim: number | string, dims: Readonly<Record<string, number>>): number =>
  typeof dim === 'number'
    ? dim
    : dim.split('*').reduce((size, name) => size * (/^\d+$/.test(name) ? Number(name) : dims[name]!), 1)

const sizesIn = (tensor: Tensor, dims: Readonly<Record<string, number>>) =>
  ((tensor.attributes as { dims?: (number | string)[] } | null)?.dims ?? []).map((dim) => sizeOf(dim, dims))

function ruleOf(tensor: Tensor): Rule {
  const rule = rules[tensor.operator.name]
  if (!rule) throw new Error(`no reference for ${tensor.operator.name}`)
  return rule
}

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Every index of a shape, the last axis fastest. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0)
  for (let n = count(shape); n > 0; n--) {
    yield index
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++
      if (index[axis]! < shape[axis]!) break
      index[axis] = 0
    }
  }
}

function offset(index: readonly number[], shape: readonly number[]): number {
  let at = 0
  for (let axis = 0; axis < shape.length; axis++) at = at * shape[axis]! + index[axis]!
  return at
}

/** The value that a stretched tensor has at an index. */
function stretched({ shape, data }: Values, index: readonly number[]): number {
  const lead = index.length - shape.length
  return data[
    offset(
      shape.map((dim, axis) => (dim === 1 ? 0 : index[axis + lead]!)),
      shape,
    )
  ]!
}

function fill(shape: number[], value: (index: number[]) => number): Float64Array {
  const out = new Float64Array(count(shape))
  let at = 0
  for (const index of indices(shape)) out[at++] = value(index)
  return out
}

const pointwise =
  (f: (x: number) => number): Rule =>
  ([x]) =>
    x!.data.map(f)

const binary =
  (f: (a: number, b: number) => number): Rule =>
  ([a, b], _, shape) =>
    fill(shape, (index) => f(stretched(a!, index), stretched(b!, index)))

/** Adds into the cell of the reduced tensor. */
function reduce(
  start: number,
  step: (sum: number, value: number) => number,
): (inputs: Values[], attributes: { axes: number[] }, shape: number[]) => Float64Array {
  return ([x], { axes }, shape) => {
    const out = new Float64Array(count(shape)).fill(start)
    const kept = x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    for (const index of indices(x!.shape)) {
      const cell = offset(
        index.map((at, axis) => (axes.includes(axis) ? 0 : at)),
        kept,
      )
      out[cell] = step(out[cell]!, x!.data[offset(index, x!.shape)]!)
    }
    return out
  }
}

/** Updates are taken together with what is in their row of the result. */
function scatter(start: number, step: (sum: number, value: number) => number): Rule {
  return ([picked, updates], _, shape) => {
    const out = new Float64Array(count(shape)).fill(start)
    for (const index of indices(updates!.shape)) {
      const row = picked!.data[offset(index.slice(0, picked!.shape.length), picked!.shape)]!
      const cell = offset([row, ...index.slice(picked!.shape.length)], shape)
      out[cell] = step(out[cell]!, updates!.data[offset(index, updates!.shape)]!)
    }
    return out
  }
}

/** Each row of the last axis by itself. */
const rows =
  (f: (row: Float64Array) => ArrayLike<number>): Rule =>
  ([x]) => {
    const width = x!.shape.at(-1)!
    const out: number[] = []
    for (let at = 0; at < x!.data.length; at += width)
      out.push(...Array.from(f(x!.data.subarray(at, at + width))))
    return Float64Array.from(out)
  }

const softmaxOf = (row: Float64Array) => {
  const highest = Math.max(...row)
  const powers = row.map((x) => Math.exp(x - highest))
  const total = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / total)
}

/** By its series, and by 1 where it no longer differs. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const rules: Record<string, Rule> = {
  constant: (_, { value }: { value: number }) => Float64Array.of(value),
  reshape: ([x]) => x!.data,
  stopGradient: ([x]) => x!.data,
  transpose: ([x], { order }: { order: number[] }, shape) =>
    fill(
      shape,
      (index) =>
        x!.data[
          offset(
            x!.shape.map((_, axis) => index[order.indexOf(axis)]!),
            x!.shape,
          )
        ]!,
    ),
  expand: ([x], _, shape) => fill(shape, (index) => stretched(x!, index)),
  sum: reduce(0, (sum, value) => sum + value) as Rule,
  max: reduce(Number.NEGATIVE_INFINITY, Math.max) as Rule,
  min: reduce(Number.POSITIVE_INFINITY, Math.min) as Rule,
  slice: ([x], { axis, from }: { axis: number; from: number }, shape) =>
    fill(
      shape,
      (index) =>
        x!.data[
          offset(
            index.map((at, k) => (k === axis ? at + from : at)),
            x!.shape,
          )
        ]!,
    ),
  pad: ([x], { axis, before }: { axis: number; before: number }, shape) =>
    fill(shape, (index) => {
      const at = index[axis]! - before
      if (at < 0 || at >= x!.shape[axis]!) return 0
      return x!.data[
        offset(
          index.map((value, k) => (k === axis ? at : value)),
          x!.shape,
        )
      ]!
    }),
  concat: (parts, { axis }: { axis: number }, shape) =>
    fill(shape, (index) => {
      let at = index[axis]!
      let part = 0
      while (at >= parts[part]!.shape[axis]!) at -= parts[part++]!.shape[axis]!
      return parts[part]!.data[
        offset(
          index.map((value, k) => (k === axis ? at : value)),
          parts[part]!.shape,
        )
      ]!
    }),
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  negate: pointwise((x) => -x),
  exp: pointwise(Math.exp),
  log: pointwise(Math.log),
  sqrt: pointwise(Math.sqrt),
  reciprocal: pointwise((x) => 1 / x),
  sign: pointwise(Math.sign),
  abs: pointwise(Math.abs),
  tanh: pointwise(Math.tanh),
  sigmoid: pointwise((x) => 1 / (1 + Math.exp(-x))),
  relu: pointwise((x) => Math.max(0, x)),
  softplus: pointwise((x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)))),
  erf: pointwise(erf),
  sin: pointwise(Math.sin),
  cos: pointwise(Math.cos),
  gelu: pointwise((x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  greater: binary((a, b) => Number(a > b)),
  greaterOrEqual: binary((a, b) => Number(a >= b)),
  less: binary((a, b) => Number(a < b)),
  lessOrEqual: binary((a, b) => Number(a <= b)),
  equal: binary((a, b) => Number(a === b)),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  and: binary((a, b) => Number(a !== 0 && b !== 0)),
  not: pointwise((x) => Number(x === 0)),
  cast: ([x], { dtype }: { dtype: string }) =>
    x!.data.map((value) =>
      dtype === 'bool' ? Number(value !== 0) : dtype === 'int32' ? Math.trunc(value) : value,
    ),
  where: ([condition, a, b], _, shape) =>
    fill(shape, (index) => (stretched(condition!, index) ? stretched(a!, index) : stretched(b!, index))),
  matmul([a, b], { left, right }: { left: boolean; right: boolean }, shape) {
    const inner = a!.shape.at(left ? -2 : -1)!
    const at = ({ shape: own, data }: Values, batch: readonly number[], row: number, column: number) => {
      const lead = own
        .slice(0, -2)
        .map((dim, k) => (dim === 1 ? 0 : batch[k + batch.length - own.length + 2]!))
      return data[offset([...lead, row, column], own)]!
    }
    return fill(shape, (index) => {
      const batch = index.slice(0, -2)
      const [row, column] = index.slice(-2) as [number, number]
      let sum = 0
      for (let k = 0; k < inner; k++)
        sum +=
          (left ? at(a!, batch, k, row) : at(a!, batch, row, k)) *
          (right ? at(b!, batch, column, k) : at(b!, batch, k, column))
      return sum
    })
  },
  gather([x, picked], _, shape) {
    const rest = x!.shape.slice(1)
    return fill(shape, (index) => {
      const row = picked!.data[offset(index.slice(0, picked!.shape.length), picked!.shape)]!
      return x!.data[offset([row, ...index.slice(picked!.shape.length)], [x!.shape[0]!, ...rest])]!
    })
  },
  scatterAdd: scatter(0, (sum, value) => sum + value),
  scatterMax: scatter(-3e38, Math.max),
  take: ([x, picked], { axis }: { axis: number }, shape) =>
    fill(shape, (index) => {
      const to = picked!.data[offset(index, shape)]!
      return x!.data[
        offset(
          index.map((at, k) => (k === axis ? to : at)),
          x!.shape,
        )
      ]!
    }),
  give([picked, updates], { axis }: { axis: number }, shape) {
    const out = new Float64Array(count(shape))
    for (const index of indices(updates!.shape)) {
      const at = offset(index, updates!.shape)
      out[
        offset(
          index.map((place, k) => (k === axis ? picked!.data[at]! : place)),
          shape,
        )
      ]! += updates!.data[at]!
    }
    return out
  },
  softmax: rows(softmaxOf),
  logSoftmax: rows((row) => {
    const highest = Math.max(...row)
    const total = row.reduce((sum, x) => sum + Math.exp(x - highest), 0)
    return row.map((x) => x - highest - Math.log(total))
  }),
  size: (_, { dims }: { dims: number[] }) => Float64Array.of(count(dims)),
  cumulativeSum([x], { axis, fromEnd }: { axis: number; fromEnd: boolean }, shape) {
    return fill(shape, (index) => {
      let sum = 0
      const [from, to] = fromEnd ? [index[axis]!, shape[axis]! - 1] : [0, index[axis]!]
      for (let at = from; at <= to; at++)
        sum +=
          x!.data[
            offset(
              index.map((place, k) => (k === axis ? at : place)),
              shape,
            )
          ]!
      return sum
    })
  },
  topIndices: ([x], { k }: { k: number }) => {
    const width = x!.shape.at(-1)!
    const picked: number[] = []
    for (let at = 0; at < x!.data.length; at += width) {
      const row = Array.from(x!.data.subarray(at, at + width), (value, place) => ({ value, place }))
      picked.push(
        ...row
          .sort((a, b) => b.value - a.value || a.place - b.place)
          .slice(0, k)
          .map(({ place }) => place),
      )
    }
    return Float64Array.from(picked)
  },
  standardise: rows((row) => {
    const { mean, deviation } = momentsOf(row)
    return row.map((x) => (x - mean) / deviation)
  }),
  inverseDeviation([x]) {
    const width = x!.shape.at(-1)!
    const rows = x!.data.length / width
    return Float64Array.from({ length: rows }, (_, r) => {
      const { deviation } = momentsOf(x!.data.subarray(r * width, (r + 1) * width))
      return 1 / deviation
    })
  },
}

function momentsOf(row: Float64Array) {
  const mean = row.reduce((a, b) => a + b, 0) / row.length
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length
  return { mean, deviation: Math.sqrt(variance + 1e-5) }
}

/** Whether every operator that can be emitted has a rule here. */
export const hasReference = (name: string) => name in rules
