/** @file One constant that can be tuned, and its place on the unit interval, where the tuner works. */

import type { Random } from '../../base/random.ts'

export interface NumberParameter {
  kind: 'number'
  /** Where it belongs: `random-walk.steps`. */
  name: string
  /** What is fitted together: parameters of one source are a group. */
  group: string
  scale: 'linear' | 'log'
  from: number
  to: number
  /** Values are multiples of this; 0 = any. */
  step: number
  default: number
}

export interface ChoiceParameter {
  kind: 'choice'
  name: string
  group: string
  choices: readonly ParameterValue[]
  default: ParameterValue
}

export type Parameter = NumberParameter | ChoiceParameter
export type ParameterValue = number | string | boolean

/** What a tuner varies, in a fixed order. */
export type Space = readonly Parameter[]

/** A value per parameter, by name. */
export type Values = Readonly<Record<string, ParameterValue>>

/** One coordinate per parameter: in [0, 1] for numbers, the position of a choice. */
export type Point = Float64Array

export function pointOf(space: Space, values: Values): Point {
  return Float64Array.from(space, (parameter) => coordinateOf(parameter, values[parameter.name]!))
}

export function defaultsOf(space: Space): Values {
  return Object.fromEntries(space.map((parameter) => [parameter.name, parameter.default]))
}

/** Uniform on the parameter's scale. */
export function drawCoordinate(parameter: Parameter, random: Random): number {
  return parameter.kind === 'choice' ? random.below(parameter.choices.length) : random.float()
}

/** A default may lie outside the range worth searching: it then stands at its end. */
function coordinateOf(parameter: Parameter, value: ParameterValue): number {
  if (parameter.kind === 'choice') return Math.max(0, parameter.choices.indexOf(value))
  const { low, high } = bounds(parameter)
  return Math.min(1, Math.max(0, (transform(parameter, value as number) - low) / (high - low)))
}

/** The value at a coordinate, within the range and a multiple of the step. */
export function valueAt(parameter: Parameter, coordinate: number): ParameterValue {
  if (parameter.kind === 'choice') return parameter.choices[coordinate]!
  const { scale, from, to, step } = parameter
  const { low, high } = bounds(parameter)
  const at = low + coordinate * (high - low)
  const value = scale === 'log' ? Math.exp(at) : at
  if (step === 0) return Math.min(to, Math.max(from, value))
  // Rounding up or down may leave the range, whose ends need not be multiples.
  const steps = Math.round(value / step)
  return Math.min(Math.floor(to / step), Math.max(Math.ceil(from / step), steps)) * step
}

/** The ends on the parameter's scale; half a step is added to both so that every multiple is drawn as often. */
function bounds({ scale, from, to, step }: NumberParameter): { low: number; high: number } {
  if (scale === 'log') return { low: Math.log(from), high: Math.log(to) }
  return { low: from - step / 2, high: to + step / 2 }
}

function transform({ scale }: NumberParameter, value: number): number {
  return scale === 'log' ? Math.log(value) : value
}
