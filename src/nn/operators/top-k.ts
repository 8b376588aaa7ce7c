/** @file The k largest values along the last axis. */

import { apply, type Operator, onlyFloats, type Tensor } from '../tensor.ts'
import { take } from './gather.ts'
import { stopGradient } from './movement.ts'

const topIndicesOperator: Operator<{ k: number }> = {
  name: 'topIndices',
  infer([x], { k }, fail) {
    onlyFloats([x!], fail)
    const size = x!.shape.at(-1)
    if (size === undefined || (typeof size === 'number' && k > size) || k < 1)
      fail(`there are no ${k} values`)
    return { shape: [...x!.shape.slice(0, -1), k], dtype: 'int32' }
  },
  emit(emitter, [x], { k }, { shape }) {
    // TopK of ONNX Runtime 1.30 divides by the number of rows, and the process dies where there is none: one is added.
    const named = shape.flatMap((dim, axis) => (typeof dim === 'string' ? [axis] : []))
    const each = (value: number) => emitter.integers(named.map(() => value))
    const all = (value: number) => [...named.map(() => 0), ...named.map(() => value)]
    const isOpen = named.length > 0
    const rows = isOpen
      ? emitter.node('Pad', [x!, emitter.integers(all(1)), '', emitter.integers(named)])
      : x!
    const [, longs] = emitter.nodeOfMany('TopK', [rows, emitter.integers([k])], { axis: -1 }, 2)
    const places = emitter.node('Cast', [longs!], { to: 6 })
    return isOpen ? emitter.node('Slice', [places, each(0), each(-1), emitter.integers(named)]) : places
  },
}
/** Where the k largest values stand, the largest first, ties by place. */
export const topIndices = (x: Tensor, k: number) => apply(topIndicesOperator, [stopGradient(x)], { k })

/** The k largest values, the largest first. */
export const topValues = (x: Tensor, k: number) => take(x, topIndices(x, k))
