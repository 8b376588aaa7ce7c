/** @file Counters to an artefact and back, for snapshots. */

import type { Artefact } from '../../base/array-file.ts'
import { packColumns, unpackColumns } from '../../base/columns.ts'
import { DamagedArtefactError } from '../../base/errors.ts'
import type { CounterColumns } from './counter-table.ts'
import { MemBoost } from './mem-boost.ts'
import { counterOptions } from './options.ts'

const REQUIRED = [
  'size',
  'keys',
  'times',
  'values',
  'sketch.cells',
  'sketch.width',
  'sketch.untilHalved',
  'options',
]

export function packCounters(counters: MemBoost): Artefact {
  const packed = packColumns(counters.columns())
  return { arrays: packed.arrays, meta: { ...packed.meta, options: counters.options } }
}

/** @throws DamagedArtefactError when something is missing or does not fit together */
export function unpackCounters(artefact: Artefact, file: string): MemBoost {
  const held = unpackColumns<CounterColumns & { options: unknown }>(artefact, file, REQUIRED)
  const parsed = counterOptions.safeParse(held.options)
  if (!parsed.success) throw new DamagedArtefactError(file, 'the options of the counters are not readable')
  const { size, keys, times, values, sketch } = held
  const width = parsed.data.halfLives.length * 2
  const fits =
    keys.length === size * 3 &&
    times.length === size &&
    values.length === size * width &&
    size <= parsed.data.capacity
  if (!fits || sketch.cells.length !== sketch.width * 4) {
    throw new DamagedArtefactError(file, 'the arrays of the counters do not fit together')
  }
  return new MemBoost(parsed.data, held)
}
