/** @file How parameters start. */

import type { Initialiser } from './tensor.ts'

export const zeros: Initialiser = (values) => void values.fill(0)

export const ones: Initialiser = (values) => void values.fill(1)

/** Normal numbers of mean 0. */
export function normal(deviation: number): Initialiser {
  return (values, _, random) => {
    for (let k = 0; k < values.length; k++) values[k] = random.normal() * deviation
  }
}

/** Keeps the variance of values and of gradients through layers without a bend (Glorot and Bengio 2010). */
export const glorotUniform: Initialiser = (values, shape, random) => {
  fillUniform(values, Math.sqrt(6 / (fanIn(shape) + fanOut(shape))), random.float)
}

/** Keeps the variance of values through relu, which halves it (He et al. 2015). */
export const heUniform: Initialiser = (values, shape, random) => {
  fillUniform(values, Math.sqrt(6 / fanIn(shape)), random.float)
}

function fillUniform(values: Float32Array, limit: number, float: () => number): void {
  for (let k = 0; k < values.length; k++) values[k] = (2 * float() - 1) * limit
}

// Weights are [… , in, out]; one axis is a vector that is multiplied as a column.
const fanIn = (shape: readonly number[]) => shape.at(-2) ?? shape[0] ?? 1
const fanOut = (shape: readonly number[]) => (shape.length > 1 ? (shape.at(-1) as number) : 1)
