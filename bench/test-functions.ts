/** @file Standard test functions of optimisers, to be maximised: their usual forms with the sign turned. */

import type { Space } from '../src/experiments/tuning/parameter.ts'

export interface TestFunction {
  name: string
  space: Space
  /** Value at the best known point. */
  best: number
  valueAt(x: readonly number[]): number
}

function box(...ranges: [number, number][]): Space {
  return ranges.map(([from, to], d) => ({
    kind: 'number',
    name: `x${d}`,
    group: `x${d}`,
    scale: 'linear',
    from,
    to,
    step: 0,
    default: (from + to) / 2 + (to - from) * 0.123,
  }))
}

const cube = (dimensions: number, from: number, to: number) =>
  box(...Array.from({ length: dimensions }, (): [number, number] => [from, to]))

const HARTMANN = {
  alpha: [1, 1.2, 3, 3.2],
  a: [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  p: [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  ],
}

/** Waves one unit long on a cone. */
function ackley(x: readonly number[]): number {
  const squares = x.reduce((sum, value) => sum + value * value, 0) / x.length
  const waves = x.reduce((sum, value) => sum + Math.cos(2 * Math.PI * value), 0) / x.length
  return 20 * Math.exp(-0.2 * Math.sqrt(squares)) + Math.exp(waves) - 20 - Math.E
}

/** Surjanovic and Bingham, Virtual Library of Simulation Experiments. */
export const testFunctions: readonly TestFunction[] = [
  {
    name: 'Branin',
    space: box([-5, 10], [0, 15]),
    best: -0.397887,
    valueAt([x, y]: readonly [number, number]) {
      const a = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6
      return -(a * a + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10)
    },
  },
  {
    name: 'Hartmann-6',
    space: cube(6, 0, 1),
    best: 3.32237,
    valueAt(x) {
      const { alpha, a, p } = HARTMANN
      return alpha.reduce((sum, height, k) => {
        return sum + height * Math.exp(-a[k]!.reduce((part, w, d) => part + w * (x[d]! - p[k]![d]!) ** 2, 0))
      }, 0)
    },
  },
  {
    name: 'Rosenbrock-4',
    space: cube(4, -5, 10),
    best: 0,
    valueAt(x) {
      let sum = 0
      for (let d = 0; d + 1 < x.length; d++) sum += 100 * (x[d + 1]! - x[d]! ** 2) ** 2 + (x[d]! - 1) ** 2
      return -sum
    },
  },
  { name: 'Ackley-3', space: cube(3, -32.768, 32.768), best: 0, valueAt: ackley },
  { name: 'Ackley-5', space: cube(5, -32.768, 32.768), best: 0, valueAt: ackley },
] as TestFunction[]
