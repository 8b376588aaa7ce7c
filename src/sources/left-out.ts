/** @file Which items a source must not propose for a request. */

import type { Condition } from './condition.ts'
import type { ResolvedRequest } from './request.ts'

/** What fails a condition: the sources of a request ask for the same. */
const lastFailing = new WeakMap<Condition, { items: number; failing: Uint32Array }>()

/**
 * The items that ask, and those that do not satisfy the condition: the k best of the others are k that satisfy it, where there
 * are so many.
 *
 * @param items of the table that is searched, one row each
 */
export function leftOut({ items: asking, condition }: ResolvedRequest, items: number): Uint32Array {
  if (!condition) return asking
  const failing = failingOf(condition, items)
  const out = new Uint32Array(asking.length + failing.length)
  out.set(asking)
  out.set(failing, asking.length)
  return out
}

function failingOf(condition: Condition, items: number): Uint32Array {
  const known = lastFailing.get(condition)
  if (known?.items === items) return known.failing
  const rows = new Uint32Array(items)
  let count = 0
  for (let item = 0; item < items; item++) if (!condition.passes(item)) rows[count++] = item
  const failing = rows.subarray(0, count)
  lastFailing.set(condition, { items, failing })
  return failing
}
