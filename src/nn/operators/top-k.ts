/** @file The k largest values along the last axis. */

import { apply, type Operator, type Tensor } from '../tensor.ts'
import { take } from './gather.ts'
import { stopGradient } from './movement.ts'

const topIndicesOperator: Operator<{ k: number }> = {
  name: 'topIndices',
  infer([x], { k }, fail) {
    const size = x!.shape.at(-1)
    if (size === undefined || (typeof size === 'number' && k > size) || k < 1)
      fail(`there are no ${k} values`)
    return { shape: [...x!.shape.slice(0, -1), k], dtype: 'int32' }
  },
  emit(emitter, [x], { k }) {
    const values = emitter.node('TopK', [x!, emitter.integers([k])], { axis: -1 }, 2)
    return emitter.node('Cast', [`${values}.1`], { to: 6 })
  },
}
/** Where the k largest values stand, the largest first, ties by place. */
export const topIndices = (x: Tensor, k: number) => apply(topIndicesOperator, [stopGradient(x)], { k })

/** The k largest values, the largest first. */
export const topValues = (x: Tensor, k: number) => take(x, topIndices(x, k))
