/** @file Experiments for tests. */

import { type Experiment, parseExperiments } from '../../src/experiments/declaration.ts'
import type { UnitTable } from '../../src/experiments/unit-table.ts'

export const arms = (...shares: number[]) =>
  shares.map((share, k) => ({ name: k === 0 ? 'control' : `arm-${k}`, share }))

/** One experiment, with half and half where nothing else is said. */
export function experimentOf(given: Record<string, unknown> = {}): Experiment {
  return parseExperiments({ experiments: [{ name: 'longer-lists', arms: arms(0.5, 0.5), ...given }] })[0]!
}

/** A table from rows of arm and totals. */
export function tableOf(arm: number[], totals: Record<string, number[]>): UnitTable {
  return {
    arm: Uint32Array.from(arm),
    totals: new Map(Object.entries(totals).map(([name, values]) => [name, Float64Array.from(values)])),
  }
}

export const ids = (count: number, prefix = 'user') =>
  Array.from({ length: count }, (_, k) => `${prefix}-${k}`)
