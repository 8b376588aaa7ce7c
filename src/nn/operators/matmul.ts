/** @file Matrix products, single and batched, either side transposed. */

import { broadcastShapes, type Shape, sameShape, timesDims } from '../shape.ts'
import { apply, type Operator, onlyFloats, type Tensor } from '../tensor.ts'
import { reshape, sumTo } from './movement.ts'

interface Transposed {
  /** The last two axes of the left side are swapped first. */
  left: boolean
  right: boolean
}

const matmulOperator: Operator<Transposed> = {
  name: 'matmul',
  infer([a, b], { left, right }, fail) {
    onlyFloats([a!, b!], fail)
    if (a!.shape.length < 2 || b!.shape.length < 2) fail('both need two axes')
    const [rows, inner] = lastTwo(a!.shape, left)
    const [otherInner, columns] = lastTwo(b!.shape, right)
    if (inner !== otherInner) fail(`inner sizes ${inner} and ${otherInner} differ`)
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2))
    if (!batch) return fail('the leading axes do not fit each other')
    return { shape: [...batch, rows, columns] }
  },
  emit(emitter, [a, b], { left, right }, { inputs }) {
    const [rankA, rankB] = inputs.map(({ shape }) => shape.length) as [number, number]
    const [first, second] = [emitter.factor(a!), emitter.factor(b!)]
    if (rankA === 2 && rankB === 2 && (left || right)) {
      const turns = { transA: Number(left), transB: Number(right) }
      return emitter.product(emitter.node('Gemm', [first, second], turns))
    }
    // ONNX Runtime folds these transposes into the product.
    const turned = (name: string, rank: number) => {
      const order = Array.from({ length: rank }, (_, axis) => axis)
      order.push(...order.splice(-2).reverse())
      return emitter.node('Transpose', [name], { perm: { integers: order } })
    }
    const sides = [left ? turned(first, rankA) : first, right ? turned(second, rankB) : second]
    return emitter.product(emitter.node('MatMul', sides))
  },
  gradient({ inputs: [a, b] }, upstream, { left, right }) {
    // Many small rows against one matrix: one large product each way.
    if (b!.shape.length === 2 && a!.shape.length > 2 && !left) {
      const rows = flatRows(a!)
      const above = flatRows(upstream)
      const byB = right ? matmul(above, rows, { left: true }) : matmul(rows, above, { left: true })
      return [reshape(matmul(above, b!, { right: !right }), a!.shape), byB]
    }
    const byA = left
      ? matmul(b!, upstream, { left: right, right: true })
      : matmul(upstream, b!, { right: !right })
    const byB = right
      ? matmul(upstream, a!, { left: true, right: left })
      : matmul(a!, upstream, { left: !left })
    return [sumTo(byA, a!.shape), sumTo(byB, b!.shape)]
  },
}
/** [… , m, k] × [… , k, n] → [… , m, n]. */
export function matmul(a: Tensor, b: Tensor, transposed: Partial<Transposed> = {}): Tensor {
  const lead = a.shape.slice(0, -2)
  const isBatch = lead.length > 1 && a.shape.length === b.shape.length
  if (!isBatch || !sameShape(lead, b.shape.slice(0, -2)))
    return apply(matmulOperator, [a, b], { left: false, right: false, ...transposed })
  // One axis of matrices: what stands between keeps ONNX Runtime from joining a turned side with the transpose that made it,
  // as that of heads, into one that takes several times as long.
  const one = (x: Tensor) => reshape(x, [timesDims(lead), ...x.shape.slice(-2)])
  const result = matmul(one(a), one(b), transposed)
  return reshape(result, [...lead, ...result.shape.slice(-2)])
}

function lastTwo(shape: Shape, isTransposed: boolean) {
  const [rows, columns] = shape.slice(-2) as [Shape[number], Shape[number]]
  return isTransposed ? [columns, rows] : [rows, columns]
}

const flatRows = (x: Tensor) => reshape(x, [timesDims(x.shape.slice(0, -1)), x.shape.at(-1)!])
