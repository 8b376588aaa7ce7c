/**
 * @file Who is in which arm: a salted hash decides, so that any machine says the same without asking another (layers as in
 * Tang et al. 2010, overlapping experiment infrastructure).
 *
 * One hash of the layer says where in the layer a unit stands, another one of the experiment's salt in which arm. The two
 * are independent, and so are different layers and different salts.
 */

import { hash } from 'node:crypto'
import type { Surface } from '../sources/request.ts'
import type { Arm, Experiment } from './declaration.ts'

/** An experiment that a unit takes part in, and its arm there. */
export interface Assignment {
  experiment: Experiment
  arm: Arm
}

/**
 * Where a unit stands between 0 and 1 under a salt: the first 48 bits of SHA-256 of salt, line break, unit, which any
 * language can repeat.
 */
export function placeOf(salt: string, unit: string): number {
  return hash('sha256', `${salt}\n${unit}`, 'buffer').readUIntBE(0, 6) / 2 ** 48
}

/** The arm of a unit, null when it does not take part. */
export function assign(experiment: Experiment, unit: string): Arm | null {
  const [from, to] = experiment.traffic
  const inLayer = placeOf(`layer/${experiment.layer}`, unit)
  if (inLayer < from || inLayer >= to) return null
  let left = placeOf(`arm/${experiment.salt}`, unit)
  for (const arm of experiment.arms) {
    left -= arm.share
    if (left < 0) return arm
  }
  // Shares sum to 1 but for rounding.
  return experiment.arms.at(-1)!
}

/** All experiments that a unit takes part in on a surface: at most one per layer. */
export function assignAll(experiments: readonly Experiment[], unit: string, surface: Surface): Assignment[] {
  return experiments.flatMap((experiment) => {
    const arm = experiment.surfaces.includes(surface) ? assign(experiment, unit) : null
    return arm ? [{ experiment, arm }] : []
  })
}
