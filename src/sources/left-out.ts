/** @file Which items a source must not propose for a request. */

import type { ResolvedRequest } from './request.ts'

/**
 * The items that ask, and those that do not satisfy the condition: the k best of the others are k that satisfy it, where there
 * are so many.
 *
 * @param items of the table that is searched, one row each
 */
export function leftOut({ items: asking, condition }: ResolvedRequest, items: number): Uint32Array {
  if (!condition) return asking
  const out = new Uint32Array(asking.length + items)
  out.set(asking)
  let count = asking.length
  for (let item = 0; item < items; item++) if (!condition.passes(item)) out[count++] = item
  return out.subarray(0, count)
}
