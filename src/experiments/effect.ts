/** @file The difference of two arms with its interval and p-value, looked at once at a size fixed beforehand. */

import { normalQuantile, twoSidedP } from '../base/distributions.ts'
import type { Interval } from '../evaluation/bootstrap.ts'

/** Of the values of an arm's units. */
export interface Moments {
  units: number
  mean: number
  /** Of single units, with n − 1. */
  variance: number
}

export interface Effect {
  /** Treatment less control. */
  delta: Interval
  /** The same as a share of the control's mean, by the delta method; null when that mean is not clearly above 0. */
  relative: Interval | null
  standardError: number
  /** Two-sided, of no difference at all. */
  p: number
  /** The smallest true difference that a test of this size finds four times in five. */
  detectable: number
}

const POWER = 0.8

export function momentsOf(values: Float64Array): Moments {
  const units = values.length
  let mean = 0
  for (let k = 0; k < units; k++) mean += values[k]!
  mean /= units
  let squares = 0
  for (let k = 0; k < units; k++) squares += (values[k]! - mean) ** 2
  return { units, mean, variance: squares / (units - 1) }
}

/** Welch's comparison with normal quantiles: for arms of hundreds of units and more. */
export function compareArms(control: Moments, treatment: Moments, confidence: number): Effect {
  const errorOfControl = control.variance / control.units
  const errorOfTreatment = treatment.variance / treatment.units
  const standardError = Math.sqrt(errorOfControl + errorOfTreatment)
  const delta = treatment.mean - control.mean
  const quantile = normalQuantile(0.5 + confidence / 2)
  const around = (value: number, error: number): Interval => ({
    value,
    low: value - quantile * error,
    high: value + quantile * error,
  })
  const lift = treatment.mean / control.mean
  const liftError = Math.sqrt(errorOfTreatment + lift * lift * errorOfControl) / control.mean
  return {
    delta: around(delta, standardError),
    // A denominator within four errors of 0 gives a ratio without moments.
    relative: control.mean > 4 * Math.sqrt(errorOfControl) ? around(lift - 1, liftError) : null,
    standardError,
    p: pOf(delta, standardError),
    detectable: (quantile + normalQuantile(POWER)) * standardError,
  }
}

/** Arms whose units are all alike differ surely or not at all. */
function pOf(delta: number, standardError: number): number {
  if (standardError > 0) return twoSidedP(delta / standardError)
  return delta === 0 ? 1 : 0
}
