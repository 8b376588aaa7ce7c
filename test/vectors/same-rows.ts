/** @file Whether a search has found what it must: the very rows and scores, or close ones where sums of floats decide. */

import assert from 'node:assert/strict'
import type { Neighbours } from '../../src/vectors/neighbours.ts'
import { isInteger } from '../../src/vectors/table-layout.ts'
import type { FilledTable } from './random-table.ts'

export function sameRows(
  { table }: FilledTable,
  query: Float32Array,
  found: Neighbours,
  wanted: { row: number; score: number }[],
): void {
  assert.equal(found.items.length, wanted.length)
  if (isInteger(table.shape.format)) {
    assert.deepEqual(
      [...found.items],
      wanted.map(({ row }) => row),
    )
    assert.deepEqual(
      [...found.scores],
      wanted.map(({ score }) => score),
    )
    return
  }
  // Sums of floats depend on their order; what is close may change places.
  const length = Math.hypot(...query)
  wanted.forEach(({ score }, n) => {
    const row = table.vectorAt(found.items[n])
    const slack = 1e-5 * (length + Math.hypot(...row)) ** 2
    assert.ok(Math.abs(found.scores[n] - score) <= slack, `${found.scores[n]} instead of ${score}`)
  })
}
