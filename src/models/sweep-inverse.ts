/**
 * @file Inverse of a symmetric positive definite matrix by the blocked sweep operator (Goodnight 1979, "A tutorial on
 * the SWEEP operator"): n³ floating-point operations in half the square's memory, nearly all in matrix products.
 */

import { InvalidOptionError } from '../base/errors.ts'
import type { ProgressTask } from '../base/progress.ts'
import { openMatrixProduct } from './matrix-product.ts'
import { panelRange, readBlock, type SymmetricPanels, writeBlock } from './symmetric-panels.ts'

/**
 * Turns A into −A⁻¹ in place. With block k swept, C the block column k and D its diagonal block:
 * every other block (i, j) loses C_i D⁻¹ C_jᵀ, block column k becomes C D⁻¹, and the diagonal block −D⁻¹.
 *
 * @param matrix positive definite; its panels' height is the block size
 * @throws InvalidOptionError for `lambda` when a pivot is not positive in float32
 */
export async function sweepInverse(
  matrix: SymmetricPanels,
  threads: number,
  progress?: ProgressTask,
): Promise<void> {
  const { size, height, panels } = matrix
  const product = await openMatrixProduct(threads)
  const column = new Float32Array(size * height)
  const swept = new Float32Array(size * height)
  try {
    for (let k = 0; k < panels.length; k++) {
      const { start, rows: width } = panelRange(matrix, k)
      const pivot = new Float32Array(width * width)
      readBlock(matrix, k, k, pivot)
      negativeInverse(pivot, width)
      const rowsOf = (values: Float32Array, from: number, count: number) => ({
        rows: count,
        columns: width,
        values: values.subarray(from * width, (from + count) * width),
      })
      for (let p = 0; p < panels.length; p++) {
        const range = panelRange(matrix, p)
        readBlock(matrix, p, k, rowsOf(column, range.start, range.rows).values)
      }
      // The pivot's own rows stay out of the products; they are written at the end.
      rowsOf(column, start, width).values.fill(0)
      swept.fill(0)
      await product.subtract(rowsOf(swept, 0, size), rowsOf(column, 0, size), {
        rows: width,
        columns: width,
        values: pivot,
      })
      for (let p = 0; p < panels.length; p++) {
        if (p === k) continue
        const range = panelRange(matrix, p)
        await product.subtract(
          { rows: range.rows, columns: size - range.start, values: panels[p] },
          rowsOf(column, range.start, range.rows),
          rowsOf(swept, range.start, size - range.start),
        )
        writeBlock(matrix, p, k, rowsOf(swept, range.start, range.rows).values)
      }
      writeBlock(matrix, k, k, pivot)
      // Panels behind the pivot wrote their blocks transposed into the pivot's panel.
      progress?.update(k + 1)
    }
  } finally {
    await product.close()
  }
}

/** Turns a small symmetric positive definite matrix into its negative inverse, in float64 (Gauss–Jordan sweeps). */
function negativeInverse(block: Float32Array, size: number): void {
  const values = Float64Array.from(block)
  for (let k = 0; k < size; k++) {
    const pivot = values[k * size + k]
    if (!(pivot > 0))
      throw new InvalidOptionError(
        'lambda',
        pivot,
        'a ridge that keeps the matrix positive definite',
        'raise it',
      )
    for (let i = 0; i < size; i++) {
      if (i === k) continue
      const factor = values[i * size + k] / pivot
      for (let j = 0; j < size; j++) values[i * size + j] -= factor * values[k * size + j]
      values[i * size + k] = factor
    }
    for (let j = 0; j < size; j++) values[k * size + j] /= pivot
    values[k * size + k] = -1 / pivot
  }
  block.set(values)
}
