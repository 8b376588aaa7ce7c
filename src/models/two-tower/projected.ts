/** @file Rows of a table with the projection of what their items are made of added: one large product. */

import { Tensor } from 'onnxruntime-node'
import { emitModel } from '../../nn/onnx/emit.ts'
import { add } from '../../nn/operators/arithmetic.ts'
import { matmul } from '../../nn/operators/matmul.ts'
import { openSession } from '../../nn/session.ts'
import { input } from '../../nn/tensor.ts'
import type { VectorMatrix } from '../../vectors/vector-matrix.ts'

/** Rows at a time. */
const BLOCK = 16384

/**
 * Adds content · weight to the first rows, in place.
 *
 * @param rows items (and more) × dim
 * @param weight content.dim × dim, row-major
 */
export async function addProjected(
  rows: VectorMatrix,
  content: VectorMatrix | null,
  weight: Float32Array,
  threads: number,
): Promise<VectorMatrix> {
  if (!content) return rows
  const { dim } = rows
  const sum = add(
    input('rows', ['n', dim]),
    matmul(input('content', ['n', content.dim]), input('weight', [content.dim, dim])),
  )
  const session = await openSession(emitModel({ sum }).bytes, { threads })
  const tensor = ({ dim: width, values }: VectorMatrix, from: number, to: number) =>
    new Tensor('float32', values.subarray(from * width, to * width), [to - from, width])
  try {
    for (let from = 0; from < content.count; from += BLOCK) {
      const to = Math.min(content.count, from + BLOCK)
      const results = await session.run({
        rows: tensor(rows, from, to),
        content: tensor(content, from, to),
        weight: new Tensor('float32', weight, [content.dim, dim]),
      })
      rows.values.set(results.sum!.data as Float32Array, from * dim)
    }
  } finally {
    await session.release()
  }
  return rows
}
