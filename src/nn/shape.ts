/** @file Shapes of symbolic tensors: sizes that are known, and sizes that have a name until a batch comes. */

/** A size, or the name of one that is only known when the graph runs ("batch"), or a product of both ("4*batch*time"). */
export type Dim = number | string
export type Shape = readonly Dim[]

/** Size of the axis that both become when one of two tensors is stretched to the other, or null when they do not fit. */
export function broadcastDim(a: Dim, b: Dim): Dim | null {
  if (a === b || b === 1) return a
  return a === 1 ? b : null
}

/** The shape that both become (numpy's rule), or null when they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length)
  const shape: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const dim = broadcastDim(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1)
    if (dim === null) return null
    shape.push(dim)
  }
  return shape
}

/** Axes of `to` along which a tensor of shape `from` was stretched. */
export function stretchedAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length
  return to.flatMap((dim, axis) => (axis < lead || from[axis - lead] !== dim ? [axis] : []))
}

export const sameShape = (a: Shape, b: Shape) =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis])

/** Product of sizes: the factors that have names, sorted, behind the number. */
export function timesDims(dims: Shape): Dim {
  let known = 1
  const names: string[] = []
  for (const dim of dims) {
    for (const factor of factorsOf(dim)) {
      if (typeof factor === 'number') known *= factor
      else names.push(factor)
    }
  }
  if (names.length === 0 || known === 0) return known
  return [...(known === 1 ? [] : [String(known)]), ...names.sort()].join('*')
}

/** "4*batch*time" → [4, "batch", "time"]. */
export function factorsOf(dim: Dim): Dim[] {
  if (typeof dim === 'number') return [dim]
  return dim.split('*').map((factor) => (/^\d+$/.test(factor) ? Number(factor) : factor))
}

/** 0 ≤ axis < rank, counting from the end when negative; null when there is no such axis. */
export function axisOf(axis: number, rank: number): number | null {
  const positive = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && positive >= 0 && positive < rank ? positive : null
}

export const showShape = (shape: Shape) => `[${shape.join(', ')}]`
