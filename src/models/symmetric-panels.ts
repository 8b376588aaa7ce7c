/**
 * @file A symmetric matrix as panels of rows, each from its diagonal block to the right: half the memory of a square,
 * and every panel is one contiguous matrix.
 */

import { sharedFloat32 } from '../base/shared.ts'

/** Panel p holds rows `p · height …`, columns `p · height … size`, row-major, float32 over shared memory. */
export interface SymmetricPanels {
  readonly size: number
  /** Rows of a panel; the last one may be lower. */
  readonly height: number
  readonly panels: Float32Array[]
}

export function symmetricPanels(size: number, height: number): SymmetricPanels {
  const panels: Float32Array[] = []
  for (let start = 0; start < size; start += height)
    panels.push(sharedFloat32(Math.min(height, size - start) * (size - start)))
  return { size, height, panels }
}

/** First row and number of rows of a panel; its width is `size − start`. */
export function panelRange(
  { size, height }: SymmetricPanels,
  panel: number,
): { start: number; rows: number } {
  const start = panel * height
  return { start, rows: Math.min(height, size - start) }
}

/** Entry (i, j), for tests and small matrices. */
export function entryOf(matrix: SymmetricPanels, i: number, j: number): number {
  const panel = Math.floor(Math.min(i, j) / matrix.height)
  const { start } = panelRange(matrix, panel)
  // Inside a diagonal block both halves are kept.
  const [row, column] = i <= j ? [i, j] : [j, i]
  return matrix.panels[panel][(row - start) * (matrix.size - start) + column - start]
}

/** Adds a value to every diagonal entry. */
export function addToDiagonal(matrix: SymmetricPanels, value: number): void {
  matrix.panels.forEach((panel, p) => {
    const { start, rows } = panelRange(matrix, p)
    for (let r = 0; r < rows; r++) panel[r * (matrix.size - start) + r] += value
  })
}

/**
 * Copies block (p, q) into `block`, row-major rows(p) × rows(q), transposing where the block lies under the diagonal.
 */
export function readBlock(matrix: SymmetricPanels, p: number, q: number, block: Float32Array): void {
  const [upper, right] = p <= q ? [p, q] : [q, p]
  const from = panelRange(matrix, upper)
  const to = panelRange(matrix, right)
  const width = matrix.size - from.start
  const panel = matrix.panels[upper]
  for (let r = 0; r < from.rows; r++) {
    const at = r * width + to.start - from.start
    if (p <= q) block.set(panel.subarray(at, at + to.rows), r * to.rows)
    else for (let c = 0; c < to.rows; c++) block[c * from.rows + r] = panel[at + c]
  }
}

/** Writes what `readBlock` read. */
export function writeBlock(matrix: SymmetricPanels, p: number, q: number, block: Float32Array): void {
  const [upper, right] = p <= q ? [p, q] : [q, p]
  const from = panelRange(matrix, upper)
  const to = panelRange(matrix, right)
  const width = matrix.size - from.start
  const panel = matrix.panels[upper]
  for (let r = 0; r < from.rows; r++) {
    const at = r * width + to.start - from.start
    if (p <= q) panel.set(block.subarray(r * to.rows, (r + 1) * to.rows), at)
    else for (let c = 0; c < to.rows; c++) panel[at + c] = block[c * from.rows + r]
  }
}
