/** @file Everything that a training needs to go on as if it had never stopped, in one file that is replaced at once. */

import { existsSync } from 'node:fs'
import { readArtefact, writeArtefact } from '../base/array-file.ts'
import { DamagedArtefactError } from '../base/errors.ts'
import type { Weights } from './weights.ts'

export interface Checkpoint {
  /** Batches done. */
  batches: number
  state: Weights
}

const KIND = 'training checkpoint'

export function writeCheckpoint(path: string, { batches, state }: Checkpoint): Promise<void> {
  return writeArtefact(path, { arrays: Object.fromEntries(state), meta: { kind: KIND, batches } })
}

/** @returns null when there is none; @throws DamagedArtefactError */
export async function readCheckpoint(path: string): Promise<Checkpoint | null> {
  if (!existsSync(path)) return null
  const { arrays, meta } = await readArtefact(path)
  const floats = Object.values(arrays).every((values) => values instanceof Float32Array)
  if (meta.kind !== KIND || !Number.isSafeInteger(meta.batches) || !floats)
    throw new DamagedArtefactError(path, `not a ${KIND}`, 'delete it to begin anew')
  return { batches: meta.batches as number, state: new Map(Object.entries(arrays)) as Weights }
}
