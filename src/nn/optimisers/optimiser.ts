/** @file What an optimiser is: the new values of a parameter as a graph over its gradient and what is kept beside it. */

import type { Tensor } from '../tensor.ts'

export interface Optimiser {
  readonly name: string
  /** What is kept for each value of a parameter, all zero at first. */
  readonly states: readonly string[]
  /** Step sizes and the like that change from step to step; they enter the graph as numbers. */
  scalars(step: number, rate: number): Readonly<Record<string, number>>
  update(given: UpdateInput): { parameter: Tensor; states: Tensor[] }
}

export interface UpdateInput {
  /** One parameter, or several in one array. */
  parameter: Tensor
  /** Whether weight decay is for it. */
  decays: boolean
  gradient: Tensor
  /** In the order of `states`. */
  states: readonly Tensor[]
  /** By the names of `scalars`. */
  scalars: Readonly<Record<string, Tensor>>
}

/** Matrices and tables decay; gains, shifts and the like (one axis) do not. */
export const decays = (parameter: Tensor) => parameter.shape.length > 1
