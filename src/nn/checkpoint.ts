/** @file Everything that a training needs to go on as if it had never stopped, in one file that is replaced at once. */

import { existsSync } from 'node:fs'
import { readArtefact, writeArtefact } from '../base/array-file.ts'
import { DamagedArtefactError } from '../base/errors.ts'
import type { Weights } from './weights.ts'

export interface Checkpoint {
  /** Batches done. */
  batches: number
  state: Weights
  journal: Journal
  /** The state after the epoch with the best value so far. */
  best: Weights | null
}

/** How the training went so far. */
export interface Journal {
  /** Mean loss of each epoch. */
  losses: number[]
  /** What was measured after each epoch. */
  values: number[]
  /** Epoch of the best value; −1 before the first. */
  best: number
  /** Sum of the losses of the epoch that has begun. */
  total: number
}

const KIND = 'training checkpoint'
/** Before the names of a state's arrays, where no parameter can be. */
const BEST = '/best/'

export function writeCheckpoint(path: string, { batches, state, journal, best }: Checkpoint): Promise<void> {
  const arrays = Object.fromEntries(state)
  for (const [name, values] of best ?? []) arrays[BEST + name] = values
  return writeArtefact(path, { arrays, meta: { kind: KIND, batches, journal } })
}

/** @returns null when there is none; @throws DamagedArtefactError */
export async function readCheckpoint(path: string): Promise<Checkpoint | null> {
  if (!existsSync(path)) return null
  const { arrays, meta } = await readArtefact(path)
  const floats = Object.values(arrays).every((values) => values instanceof Float32Array)
  if (meta.kind !== KIND || !Number.isSafeInteger(meta.batches) || !floats)
    throw new DamagedArtefactError(path, `not a ${KIND}`, 'delete it to begin anew')
  const all = Object.entries(arrays as Record<string, Float32Array>)
  const best = all.filter(([name]) => name.startsWith(BEST))
  return {
    batches: meta.batches as number,
    state: new Map(all.filter(([name]) => !name.startsWith(BEST))),
    journal: meta.journal as Journal,
    best: best.length === 0 ? null : new Map(best.map(([name, values]) => [name.slice(BEST.length), values])),
  }
}
