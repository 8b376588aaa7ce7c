/** @file How much arithmetic a graph is: that of its matrix products, which is what the rest is measured against. */

import { concreteShape } from './batch.ts'
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
