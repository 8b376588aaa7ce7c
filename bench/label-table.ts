/** @file Tables of labelled rows as array files (`src/base/array-file.ts`), which the peers read as well. */

import { readArtefact, writeArtefact } from '../src/base/array-file.ts'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'

/** Column names stand in the meta data; arrays: values, offsets, labels, and weights where there are any. */
export async function writeTable(file: string, table: LabelledRows): Promise<void> {
  const { names, values, offsets, labels, weights } = table
  const arrays = { values, offsets, labels, ...(weights && { weights }) }
  await writeArtefact(file, { arrays, meta: { names } })
}

export async function readTable(file: string): Promise<LabelledRows> {
  const { arrays, meta } = await readArtefact(file)
  return {
    names: meta.names as string[],
    values: arrays.values as Float32Array,
    offsets: arrays.offsets as Uint32Array,
    labels: arrays.labels as Float32Array,
    weights: arrays.weights as Float32Array | undefined,
    rows: arrays.labels.length,
  }
}

/** Requests [from, to) of a table. */
export function requestsOf(table: LabelledRows, from: number, to: number): LabelledRows {
  const { names, values, offsets, labels, weights } = table
  const first = offsets[from]
  const last = offsets[to]
  return {
    names,
    rows: last - first,
    values: values.slice(first * names.length, last * names.length),
    offsets: offsets.slice(from, to + 1).map((offset) => offset - first),
    labels: labels.slice(first, last),
    weights: weights?.slice(first, last),
  }
}
