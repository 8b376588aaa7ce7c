/** @file How much arithmetic a graph is: that of its matrix products, which is what the rest is measured against. */

import { concreteShape } from './batch.ts'
import { factorsOf, timesDims } from './shape.ts'
import { inOrder, type Tensor } from './tensor.ts'

/** One matrix product as it runs: `batch` times [rows, inner] × [inner, columns]. */
export interface Product {
  batch: number
  rows: number
  inner: number
  columns: number
  left: boolean
  right: boolean
}

/** @param sizes of the named axes */
export function productsOf(outputs: readonly Tensor[], sizes: ReadonlyMap<string, number>): Product[] {
  return inOrder(outputs)
    .filter(({ operator }) => operator.name === 'matmul')
    .map(({ inputs, attributes, shape }) => {
      const { left, right } = attributes as { left: boolean; right: boolean }
      const dims = concreteShape(shape, sizes)
      const [rows, columns] = dims.slice(-2) as [number, number]
      const inner = concreteShape(inputs[0]!.shape, sizes).at(left ? -2 : -1)!
      return { batch: dims.slice(0, -2).reduce((a, b) => a * b, 1), rows, inner, columns, left, right }
    })
}

/** Multiplications and additions of the products. */
export const flopsOf = (products: readonly Product[]) =>
  products.reduce((sum, { batch, rows, inner, columns }) => sum + 2 * batch * rows * inner * columns, 0)

/**
 * Counts from symbolic shapes, once: products whose sizes have the same names are one term.
 *
 * @returns multiplications and additions of the products, by the sizes of the named axes
 */
export function flopCounter(outputs: readonly Tensor[]): (sizes: ReadonlyMap<string, number>) => number {
  const terms = new Map<string, number>()
  for (const { operator, inputs, attributes, shape } of inOrder(outputs)) {
    if (operator.name !== 'matmul') continue
    const { left } = attributes as { left: boolean }
    const factors = factorsOf(timesDims([...shape, inputs[0]!.shape.at(left ? -2 : -1)!]))
    const names = factors.filter((factor) => typeof factor === 'string').join('*')
    const known = factors.reduce<number>((a, b) => (typeof b === 'number' ? a * b : a), 1)
    terms.set(names, (terms.get(names) ?? 0) + 2 * known)
  }
  const all = Array.from(terms, ([names, count]) => ({ names: names === '' ? [] : names.split('*'), count }))
  return (sizes) =>
    all.reduce((sum, { names, count }) => sum + names.reduce((a, name) => a * sizes.get(name)!, count), 0)
}
