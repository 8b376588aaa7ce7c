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
  /** What samplers keep, by name. */
  samplers: ReadonlyMap<string, Float64Array>
  /** What the source of the batches keeps, as JSON; undefined when it keeps nothing. */
  source?: unknown
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
const SAMPLER = '/sampler/'

export function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { batches, state, journal, best, samplers, source } = checkpoint
  const arrays: Record<string, Float32Array | Float64Array> = Object.fromEntries(state)
  for (const [name, values] of best ?? []) arrays[BEST + name] = values
  for (const [name, values] of samplers) arrays[SAMPLER + name] = values
  return writeArtefact(path, { arrays, meta: { kind: KIND, batches, journal, source } })
}

/** @returns null when there is none; @throws DamagedArtefactError */
export async function readCheckpoint(path: string): Promise<Checkpoint | null> {
  if (!existsSync(path)) return null
  const { arrays, meta } = await readArtefact(path)
  const entries = Object.entries(arrays)
  const samplers = under(SAMPLER, entries) as [string, Float64Array][]
  const all = entries.filter(([name]) => !name.startsWith(SAMPLER)) as [string, Float32Array][]
  const fits =
    all.every(([, values]) => values instanceof Float32Array) &&
    samplers.every(([, values]) => values instanceof Float64Array)
  if (meta.kind !== KIND || !Number.isSafeInteger(meta.batches) || !fits)
    throw new DamagedArtefactError(path, `not a ${KIND}`, 'delete it to begin anew')
  const best = under(BEST, all)
  return {
    batches: meta.batches as number,
    state: new Map(all.filter(([name]) => !name.startsWith(BEST))),
    journal: meta.journal as Journal,
    best: best.length === 0 ? null : new Map(best),
    samplers: new Map(samplers),
    source: meta.source,
  }
}

/** Those whose names begin so, without it. */
function under<Values>(prefix: string, arrays: readonly [string, Values][]): [string, Values][] {
  return arrays
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, values]) => [name.slice(prefix.length), values])
}
