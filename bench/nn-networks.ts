/**
 * @file Three networks with weights and batches from an integer formula, so that `peers/nn_networks.py` makes the very
 * same: a perceptron, two towers over rows of tables, and two causal transformer blocks.
 */

import { affine } from '../src/nn/operators/affine.ts'
import { add, addAll, divide, multiply, negate, subtract } from '../src/nn/operators/arithmetic.ts'
import { greaterOrEqual } from '../src/nn/operators/comparison.ts'
import { cumulativeSum } from '../src/nn/operators/cumulative-sum.ts'
import { gather } from '../src/nn/operators/gather.ts'
import { maskedSoftmax } from '../src/nn/operators/masked-softmax.ts'
import { matmul } from '../src/nn/operators/matmul.ts'
import { filled, reshape, sum, transpose } from '../src/nn/operators/movement.ts'
import { standardise, unitLength } from '../src/nn/operators/normalisation.ts'
import { gelu, relu, softplus, square } from '../src/nn/operators/pointwise.ts'
import { logSumExp, mean } from '../src/nn/operators/reductions.ts'
import { type Initialiser, input, parameter, type Tensor } from '../src/nn/tensor.ts'

export interface Network {
  loss: Tensor
  /** What serving asks for. */
  output: Tensor
}

/** A number in [−1, 1) for each place of a stream: exact in float32, and the same in every language. */
export function formula(stream: number, place: number): number {
  return (hashed(stream, place) >>> 8) / 2 ** 23 - 1
}

/** An integer below `bound` for each place of a stream. */
export const formulaBelow = (stream: number, place: number, bound: number) => hashed(stream, place) % bound

/** Mixes 32 bits (constants of Wellons' search for low-bias hashes). */
function hashed(stream: number, place: number): number {
  let x = (place + Math.imul(stream, 0x9e3779b9)) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}

/** Parameters take the streams 0, 1, … in the order in which they are declared. */
class Parameters {
  #streams = 0

  matrix(name: string, inputs: number, outputs: number): Tensor {
    return this.#declare(name, [inputs, outputs], 0, 1 / Math.sqrt(inputs))
  }

  shift(name: string, size: number): Tensor {
    return this.#declare(name, [size], 0, 0.125)
  }

  gain(name: string, size: number): Tensor {
    return this.#declare(name, [size], 1, 0.125)
  }

  #declare(name: string, shape: number[], centre: number, scale: number): Tensor {
    const stream = this.#streams++
    const initialise: Initialiser = (values) => {
      for (let k = 0; k < values.length; k++) values[k] = centre + scale * formula(stream, k)
    }
    return parameter(name, shape, initialise)
  }

  linear(name: string, x: Tensor, outputs: number): Tensor {
    const weights = this.matrix(`${name}/weights`, x.shape.at(-1) as number, outputs)
    return affine(x, weights, this.shift(`${name}/shift`, outputs))
  }

  norm(name: string, x: Tensor): Tensor {
    const dim = x.shape.at(-1) as number
    return add(multiply(standardise(x), this.gain(`${name}/gain`, dim)), this.shift(`${name}/shift`, dim))
  }
}

export interface PerceptronSizes {
  inputs: number
  hidden: number
  outputs: number
}

/** Inputs: x [batch, inputs], y [batch, outputs]. */
export function perceptron({ inputs, hidden, outputs }: PerceptronSizes): Network {
  const of = new Parameters()
  const x = input('x', ['batch', inputs])
  const output = of.linear('out', relu(of.linear('in', x, hidden)), outputs)
  return { output, loss: mean(square(subtract(output, input('y', ['batch', outputs])))) }
}

/** Rows of a table: [batch, length, dim]; of a history their mean, of an item the one row: [batch, dim]. */
export type Rows = (name: 'history' | 'item' | 'sequence' | 'positive' | 'negative', dim: number) => Tensor

/** A table among the parameters; ids are an input. */
export function rowsOfParameter(rows: number, length: number): Rows {
  let table: Tensor | undefined
  return (name, dim) => {
    table ??= parameter('table', [rows, dim], (values) => {
      for (let k = 0; k < values.length; k++) values[k] = formula(999, k) / Math.sqrt(dim)
    })
    const rowsOf = gather(table, input(name, name === 'item' ? ['batch'] : ['batch', length], 'int32'))
    return name === 'history' ? mean(rowsOf, [1]) : rowsOf
  }
}

/** A table outside the graph; its rows are an input. */
export const rowsFromOutside =
  (length: number): Rows =>
  (name, dim) =>
    input(name, name === 'item' || name === 'history' ? ['batch', dim] : ['batch', length, dim])

const TEMPERATURE = 0.125

/** Users are the mean of their history; everybody else's item is a negative. */
export function twoTower({ dim, hidden }: { dim: number; hidden: number }, rows: Rows): Network {
  const of = new Parameters()
  const tower = (name: string, x: Tensor) =>
    unitLength(of.linear(`${name}/out`, relu(of.linear(`${name}/in`, x, hidden)), dim))
  const user = tower('user', rows('history', dim))
  const item = tower('item', rows('item', dim))
  const scores = divide(matmul(user, item, { right: true }), TEMPERATURE)
  const own = divide(sum(multiply(user, item), [-1]), TEMPERATURE)
  return { output: user, loss: mean(subtract(logSumExp(scores, [-1]), own)) }
}

export interface TransformerSizes {
  length: number
  dim: number
  heads: number
}

/** SASRec's shape (Kang and McAuley 2018): next item against one negative at each place, two blocks, norms first. */
export function transformer({ length, dim, heads }: TransformerSizes, rows: Rows): Network {
  const of = new Parameters()
  let x = add(rows('sequence', dim), of.matrix('places', length, dim))
  for (const block of ['0', '1']) {
    x = add(x, attention(of, `${block}/attention`, of.norm(`${block}/before`, x), { length, dim, heads }))
    const wide = gelu(of.linear(`${block}/wide`, of.norm(`${block}/between`, x), 4 * dim))
    x = add(x, of.linear(`${block}/narrow`, wide, dim))
  }
  const output = of.norm('last', x)
  const score = (other: Tensor) => sum(multiply(output, other), [-1])
  const losses = addAll([
    softplus(negate(score(rows('positive', dim)))),
    softplus(score(rows('negative', dim))),
  ])
  return { output, loss: mean(losses) }
}

function attention(
  of: Parameters,
  name: string,
  x: Tensor,
  { length, dim, heads }: TransformerSizes,
): Tensor {
  const size = dim / heads
  const split = (part: string) => {
    const wide = matmul(x, of.matrix(`${name}/${part}`, dim, dim))
    return transpose(reshape(wide, ['batch', length, heads, size]), [0, 2, 1, 3])
  }
  const [query, key, value] = ['query', 'key', 'value'].map(split) as [Tensor, Tensor, Tensor]
  const scores = matmul(multiply(query, 1 / Math.sqrt(size)), key, { right: true })
  const place = cumulativeSum(filled(1, [length]), 0)
  const past = greaterOrEqual(reshape(place, [length, 1]), reshape(place, [1, length]))
  const mixed = matmul(maskedSoftmax(scores, past), value)
  const joined = reshape(transpose(mixed, [0, 2, 1, 3]), ['batch', length, dim])
  return matmul(joined, of.matrix(`${name}/out`, dim, dim))
}
