/**
 * @file Inverse of a large symmetric positive-definite matrix by the blocked sweep operator (Goodnight 1979; Beaton 1964),
 * n³ operations, nearly all of them matrix products; half the matrix is kept.
 */

import { openSubtractProduct } from './onnx-product.ts'

/** Rows per block: large enough for the products to run at full speed, small enough that inverting one costs little. */
export const BLOCK = 256

/** The upper half of a symmetric n × n matrix in strips: strip s holds rows from s·BLOCK, columns from s·BLOCK to n. */
export class SymmetricMatrix {
  readonly n: number
  readonly strips: Float32Array[]

  constructor(n: number) {
    this.n = n
    this.strips = Array.from({ length: Math.ceil(n / BLOCK) }, (_, s) => {
      const start = s * BLOCK
      return new Float32Array((Math.min(n, start + BLOCK) - start) * (n - start))
    })
  }

  height(strip: number): number {
    return Math.min(this.n, (strip + 1) * BLOCK) - strip * BLOCK
  }

  width(strip: number): number {
    return this.n - strip * BLOCK
  }

  get(row: number, column: number): number {
    if (row > column) return this.get(column, row)
    const strip = Math.floor(row / BLOCK)
    const start = strip * BLOCK
    return this.strips[strip]![(row - start) * this.width(strip) + column - start]!
  }

  /** Writes one cell; row ≤ column. */
  set(row: number, column: number, value: number): void {
    const strip = Math.floor(row / BLOCK)
    const start = strip * BLOCK
    this.strips[strip]![(row - start) * this.width(strip) + column - start] = value
  }

  /** Copies a whole row into `out`, length n. */
  readRow(row: number, out: Float32Array): void {
    const own = Math.floor(row / BLOCK)
    for (let strip = 0; strip < own; strip++) {
      const width = this.width(strip)
      const values = this.strips[strip]!
      const column = row - strip * BLOCK
      for (let r = 0; r < BLOCK; r++) out[strip * BLOCK + r] = values[r * width + column]!
    }
    const start = own * BLOCK
    const width = this.width(own)
    const values = this.strips[own]!
    // Left of the diagonal the own strip's block is mirrored.
    for (let column = start; column < row; column++)
      out[column] = values[(column - start) * width + row - start]!
    const from = (row - start) * width + row - start
    out.set(values.subarray(from, from + this.n - row), row)
  }
}

/**
 * Replaces a matrix by MINUS its inverse. Works in float32: meant for matrices with a ridge, whose condition is mild.
 *
 * @param onStep called after each of the ⌈n / BLOCK⌉ steps with the number done
 */
export async function negativeInverseInPlace(
  matrix: SymmetricMatrix,
  threads: number,
  onStep: (done: number) => void = () => {},
): Promise<void> {
  const product = await openSubtractProduct(threads)
  try {
    for (let pivot = 0; pivot < matrix.strips.length; pivot++) {
      await sweep(matrix, pivot, product)
      onStep(pivot + 1)
    }
  } finally {
    await product.close()
  }
}

async function sweep(
  matrix: SymmetricMatrix,
  pivot: number,
  product: Awaited<ReturnType<typeof openSubtractProduct>>,
) {
  const { n, strips } = matrix
  const size = matrix.height(pivot)
  const start = pivot * BLOCK
  const panel = columnsOf(matrix, pivot)
  const inverse = invertBlock(panel.subarray(start * size, (start + size) * size), size)
  // Q = P · D⁻¹; D⁻¹ is symmetric, so its rows serve as the transposed factor. 0 − P·(−D⁻¹)ᵀ avoids a second graph.
  const scaled = await product.run(
    panel,
    inverse.map((value) => -value),
    new Float32Array(n * size),
    n,
    size,
    size,
  )
  for (let strip = 0; strip < strips.length; strip++) {
    if (strip === pivot) continue
    const first = strip * BLOCK
    const height = matrix.height(strip)
    const rows = panel.subarray(first * size, (first + height) * size)
    strips[strip] = await product.run(
      rows,
      scaled.subarray(first * size),
      strips[strip]!,
      height,
      matrix.width(strip),
      size,
    )
  }
  writeColumns(matrix, pivot, scaled, inverse)
}

/** The pivot's columns, n × size, gathered from the upper half. */
function columnsOf(matrix: SymmetricMatrix, pivot: number): Float32Array {
  const { n, strips } = matrix
  const size = matrix.height(pivot)
  const start = pivot * BLOCK
  const panel = new Float32Array(n * size)
  for (let strip = 0; strip < pivot; strip++) {
    const width = matrix.width(strip)
    const column = start - strip * BLOCK
    for (let r = 0; r < BLOCK; r++) {
      const row = strips[strip]!.subarray(r * width + column, r * width + column + size)
      panel.set(row, (strip * BLOCK + r) * size)
    }
  }
  const own = strips[pivot]!
  const width = matrix.width(pivot)
  for (let r = 0; r < size; r++) {
    for (let c = r; c < size; c++) {
      panel[(start + c) * size + r] = own[r * width + c]!
      panel[(start + r) * size + c] = own[r * width + c]!
    }
    for (let c = size; c < width; c++) panel[(start + c) * size + r] = own[r * width + c]!
  }
  return panel
}

/** After the sweep: the pivot's columns hold P·D⁻¹, its own block −D⁻¹. */
function writeColumns(
  matrix: SymmetricMatrix,
  pivot: number,
  scaled: Float32Array,
  inverse: Float32Array,
): void {
  const { n, strips } = matrix
  const size = matrix.height(pivot)
  const start = pivot * BLOCK
  for (let strip = 0; strip < pivot; strip++) {
    const width = matrix.width(strip)
    const column = start - strip * BLOCK
    for (let r = 0; r < BLOCK; r++) {
      const from = (strip * BLOCK + r) * size
      strips[strip]!.set(scaled.subarray(from, from + size), r * width + column)
    }
  }
  const own = strips[pivot]!
  const width = matrix.width(pivot)
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) own[r * width + c] = -inverse[r * size + c]!
    for (let c = size; c < n - start; c++) own[r * width + c] = scaled[(start + c) * size + r]!
  }
}

/** Inverse of one symmetric positive-definite block by Gauss–Jordan elimination in float64. */
function invertBlock(block: Float32Array, size: number): Float32Array {
  const a = Float64Array.from(block)
  for (let k = 0; k < size; k++) {
    const pivotRow = k * size
    const scale = 1 / a[pivotRow + k]!
    a[pivotRow + k] = 1
    for (let c = 0; c < size; c++) a[pivotRow + c]! *= scale
    for (let r = 0; r < size; r++) {
      if (r === k) continue
      const row = r * size
      const factor = a[row + k]!
      a[row + k] = 0
      for (let c = 0; c < size; c++) a[row + c]! -= factor * a[pivotRow + c]!
    }
  }
  return Float32Array.from(a)
}
