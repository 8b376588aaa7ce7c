/** @file How a tensor is stretched to a larger shape, where one number says it. */

import type { Shape } from '../shape.ts'

/**
 * @returns along how many of the last axes each value is repeated, so that value k of the larger tensor is
 *   value floor(k / repeats) mod size of the smaller one; null when there is no such number
 */
export function stretchOf(from: Shape, to: Shape): number | null {
  const lead = to.length - from.length
  if (lead < 0) return null
  const isKept = to.map((dim, axis) => axis >= lead && from[axis - lead] === dim)
  // An axis of size 1 is both kept and stretched.
  const matters = to.map((dim) => dim !== 1)
  const last = to.findLastIndex((_, axis) => matters[axis]! && isKept[axis]!)
  if (last < 0) return 0
  const first = to.findIndex((_, axis) => matters[axis]! && isKept[axis]!)
  for (let axis = first; axis <= last; axis++) if (matters[axis]! && !isKept[axis]!) return null
  return to.length - 1 - last
}
