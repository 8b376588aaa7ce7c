/** @file What operators emit their ONNX nodes through: names, constants, and shapes that are only known when it runs. */

import { ShapeError } from '../errors.ts'
import { type Dim, factorsOf, type Shape } from '../shape.ts'
import { type DType, INSIDE } from '../tensor.ts'
import type { OnnxAttribute, OnnxInitialiser, OnnxNode, OnnxValue } from './model-bytes.ts'

/**
 * How matrix products are emitted: in float32, in float16, or in float32 with both sides and the result rounded to float16.
 */
export type Products = 'float32' | 'float16' | 'rounded'

/** Element types of ONNX. */
const FLOAT32 = 1
const FLOAT16 = 10

export class Emitter {
  readonly nodes: OnnxNode[] = []
  readonly initialisers: OnnxInitialiser[] = []
  /** What ONNX Runtime cannot find out by itself. */
  readonly values: OnnxValue[] = []
  readonly #constants = new Map<string, string>()
  /** Where a named size can be read: the first axis of an input that has it. */
  readonly #dims = new Map<string, { tensor: string; axis: number }>()
  readonly #shared = new Map<string, readonly string[]>()
  readonly #products: Products
  #names = 0

  constructor(products: Products = 'float32') {
    this.#products = products
  }

  /** Sizes of this graph input can be asked for when it runs. */
  knowDims(name: string, shape: Shape): void {
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !this.#dims.has(dim)) this.#dims.set(dim, { tensor: name, axis })
    })
  }

  /** @returns the name of the output */
  node(operator: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string {
    return this.nodeOfMany(operator, inputs, attributes, 1)[0]!
  }

  /** @returns the names of that many outputs */
  nodeOfMany(
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> | undefined,
    count: number,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.#name())
    this.nodes.push({ operator, inputs, outputs, attributes })
    return outputs
  }

  /** A node of another domain than that of ONNX. @returns the names of its results, whose shapes are given */
  ownNode(
    domain: string,
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute>,
    results: readonly { shape: Shape; dtype: DType }[],
  ): string[] {
    const outputs = results.map(() => this.#name())
    this.nodes.push({ domain, operator, inputs, outputs, attributes })
    for (const [k, { shape, dtype }] of results.entries())
      this.values.push({ name: outputs[k]!, shape, type: dtype })
    return outputs
  }

  /** What several operators share is made by the first of them. @returns the names that `make` gave */
  once(key: string, make: () => string[]): readonly string[] {
    const known = this.#shared.get(key) ?? make()
    this.#shared.set(key, known)
    return known
  }

  /** A float32 as a side of a matrix product. */
  factor(name: string): string {
    if (this.#products === 'float32') return name
    return this.once(`factor ${name}`, () => [this.#rounded(name)])[0]!
  }

  /** The result of a matrix product as a float32. */
  product(name: string): string {
    if (this.#products === 'float32') return name
    return this.#products === 'float16' ? this.#cast(name, FLOAT32) : this.#rounded(name)
  }

  /** Both casts where it shall stay float32: of ONNX Runtime's own it would take away the pair. */
  #rounded(name: string): string {
    const half = this.#cast(name, FLOAT16)
    return this.#products === 'float16' ? half : this.#cast(half, FLOAT32)
  }

  #cast(name: string, to: number): string {
    return this.node('Cast', [name], { to })
  }

  /** A number without axes. */
  scalar(value: number, type: DType = 'float32'): string {
    const bytes = type === 'float32' ? Float32Array.of(value) : Int32Array.of(value)
    return this.#constant(type, [], type === 'bool' ? Uint8Array.of(value) : bytes)
  }

  /** A list of int64: axes, sizes, bounds. */
  integers(values: readonly number[]): string {
    return this.#constant('int64', [values.length], BigInt64Array.from(values, BigInt))
  }

  /** The shape as a list of int64; read from the inputs where it has names. */
  shape(shape: Shape): string {
    if (shape.every((dim) => typeof dim === 'number')) return this.integers(shape as number[])
    const sizes = shape.map((dim) => this.size(dim))
    return sizes.length === 1 ? sizes[0]! : this.node('Concat', sizes, { axis: 0 })
  }

  /** One size as a list of one int64. */
  size(dim: Dim): string {
    if (typeof dim === 'number') return this.integers([dim])
    const known = this.#dims.get(dim)
    if (known) return this.node('Shape', [known.tensor], { start: known.axis, end: known.axis + 1 })
    const factors = factorsOf(dim)
    if (factors.length === 1)
      throw new ShapeError(String(dim), 'no input of the graph has an axis of this name')
    return factors.map((factor) => this.size(factor)).reduce((a, b) => this.node('Mul', [a, b]))
  }

  #constant(type: OnnxInitialiser['type'], shape: number[], values: ArrayBufferView): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const key = `${type}:${shape}:${Buffer.from(bytes).toString('hex')}`
    const known = this.#constants.get(key)
    if (known) return known
    const name = this.#name()
    this.initialisers.push({ name, type, shape, bytes })
    this.#constants.set(key, name)
    return name
  }

  #name(): string {
    return `${INSIDE}${this.#names++}`
  }
}
