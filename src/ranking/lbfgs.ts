/** @file Limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 3.1) for small smooth problems. */

export interface LbfgsOptions {
  iterations: number
  /** Pairs of steps and gradient changes that are remembered. */
  memory: number
  /** Stops when the largest component of the gradient is below. */
  tolerance: number
}

export const lbfgsDefaults: LbfgsOptions = { iterations: 200, memory: 10, tolerance: 1e-6 }

/** Armijo's constant. */
const SUFFICIENT_DECREASE = 1e-4
const HALVINGS = 40

/**
 * Minimises a function from a start.
 *
 * @param evaluate returns the value at `x` and writes the gradient
 * @returns the best point found
 */
export function minimize(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  start: Float64Array,
  options: Partial<LbfgsOptions> = {},
): Float64Array {
  const { iterations, memory, tolerance } = { ...lbfgsDefaults, ...options }
  const size = start.length
  let x = Float64Array.from(start)
  let gradient = new Float64Array(size)
  let value = evaluate(x, gradient)
  const steps: Float64Array[] = []
  const changes: Float64Array[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (gradient.every((component) => Math.abs(component) < tolerance)) break
    const direction = descent(gradient, steps, changes)
    const slope = dot(direction, gradient)
    let length = iteration === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1
    let next = x
    let nextValue = Number.POSITIVE_INFINITY
    const nextGradient = new Float64Array(size)
    for (let halving = 0; halving < HALVINGS; halving++, length /= 2) {
      next = x.map((component, k) => component + length * direction[k]!)
      nextValue = evaluate(next, nextGradient)
      if (nextValue <= value + SUFFICIENT_DECREASE * length * slope) break
    }
    if (!(nextValue < value)) break
    const step = next.map((component, k) => component - x[k]!)
    const change = nextGradient.map((component, k) => component - gradient[k]!)
    // Without positive curvature along the step the update would not stay positive definite.
    if (dot(step, change) > 1e-12) {
      steps.push(step)
      changes.push(change)
      if (steps.length > memory) {
        steps.shift()
        changes.shift()
      }
    }
    x = next
    value = nextValue
    gradient = nextGradient
  }
  return x
}

/** −H·gradient by the two-loop recursion. */
function descent(gradient: Float64Array, steps: Float64Array[], changes: Float64Array[]): Float64Array {
  const direction = gradient.map((component) => -component)
  const kept = steps.length
  const alphas = new Float64Array(kept)
  for (let k = kept - 1; k >= 0; k--) {
    alphas[k] = dot(steps[k]!, direction) / dot(steps[k]!, changes[k]!)
    addScaled(direction, changes[k]!, -alphas[k]!)
  }
  if (kept > 0) {
    const last = changes[kept - 1]!
    const scale = dot(steps[kept - 1]!, last) / dot(last, last)
    for (let k = 0; k < direction.length; k++) direction[k]! *= scale
  }
  for (let k = 0; k < kept; k++) {
    const beta = dot(changes[k]!, direction) / dot(steps[k]!, changes[k]!)
    addScaled(direction, steps[k]!, alphas[k]! - beta)
  }
  return direction
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!
  return sum
}

function addScaled(target: Float64Array, values: Float64Array, scale: number): void {
  for (let k = 0; k < target.length; k++) target[k]! += scale * values[k]!
}
