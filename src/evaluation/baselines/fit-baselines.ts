/** @file Fits every baseline that can run on the data. */

import type { Progress } from '../../base/progress.ts'
import { type NumericArray, toShared } from '../../base/shared.ts'
import type { Split } from '../../data/split.ts'
import { baselines } from './registry.ts'
import { trainMatrix } from './train-matrix.ts'

export interface FittedBaseline {
  name: string
  arrays: Record<string, NumericArray>
}

/**
 * @param eligible 1 = part of the catalogue that is ranked, per item
 * @returns in the order of the registry; those that cannot run on the data are left out
 */
export async function fitBaselines(
  { train, protocol }: Split,
  eligible: Uint8Array,
  { threads, seed, progress }: { threads: number; seed: number; progress: Progress },
): Promise<FittedBaseline[]> {
  const items = train.catalog.title.length
  const matrix = trainMatrix(train.interactions, protocol, train.users.users.ids.length, items)
  const catalogue = toShared(Uint32Array.from(eligible.keys()).filter((item) => eligible[item] === 1))
  const input = { items, catalogue, protocol, train: train.interactions, matrix, threads, seed, progress }
  const fitted: FittedBaseline[] = []
  for (const baseline of baselines) {
    if (baseline.unsuitable?.(input)) continue
    const fitting = progress.start(`Fitting ${baseline.name} (baseline)`)
    fitted.push({ name: baseline.name, arrays: await baseline.fit(input) })
    fitting.end()
  }
  return fitted
}
