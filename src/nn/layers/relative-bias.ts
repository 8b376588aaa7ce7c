/** @file A number for each head and each distance between two places (Raffel et al. 2020, with plain distances). */

import { normal } from '../initialisers.ts'
import { add } from '../operators/arithmetic.ts'
import { cast, maximum, minimum } from '../operators/comparison.ts'
import { distances } from '../operators/counting.ts'
import { gather } from '../operators/gather.ts'
import { transpose } from '../operators/movement.ts'
import type { Dim } from '../shape.ts'
import { parameter, type Tensor } from '../tensor.ts'

/** [heads, queries, keys], to be added to scores. */
export type RelativeBias = (queries: Dim, keys: Dim) => Tensor

/**
 * Parameter `name/bias` [2 · farthest + 1, heads].
 *
 * @param farthest distances beyond it, to either side, share its number
 */
export function relativeBias(name: string, heads: number, farthest: number): RelativeBias {
  const table = parameter(`${name}/bias`, [2 * farthest + 1, heads], normal(0.02))
  return (queries, keys) => {
    const near = minimum(maximum(distances(queries, keys), -farthest), farthest)
    return transpose(gather(table, cast(add(near, farthest), 'int32')), [2, 0, 1])
  }
}
