/** @file Frappe as tables: use of an app (1) or not (0), the ten fields of a row as category codes. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'
import { defaultDataDirectories } from '../src/data/files.ts'
import { readLines } from '../src/data/lines.ts'

export const FRAPPE_FIELDS = [
  'user',
  'item',
  'daytime',
  'weekday',
  'isweekend',
  'homework',
  'cost',
  'weather',
  'country',
  'city',
]

/**
 * The training file that was published is too large to have been passed on: the validation file trains.
 *
 * @returns null when the files are not there
 */
export async function frappeTables(): Promise<{ train: LabelledRows; test: LabelledRows } | null> {
  const folder = defaultDataDirectories()
    .map((directory) => join(directory, 'frappe'))
    .find(existsSync)
  if (!folder) return null
  return {
    train: await tableOf(join(folder, 'frappe.validation.libfm.gz')),
    test: await tableOf(join(folder, 'frappe.test.libfm.gz')),
  }
}

/** Lines `label code:1 code:1 …`, one code a field; all rows are one request. */
async function tableOf(file: string): Promise<LabelledRows> {
  const labels: number[] = []
  const values: number[] = []
  for await (const { lines } of readLines(file)) {
    for (const line of lines) {
      const [label, ...codes] = line.trim().split(' ')
      labels.push(label === '1' ? 1 : 0)
      for (const code of codes) values.push(Number(code.split(':')[0]))
    }
  }
  return {
    names: FRAPPE_FIELDS,
    rows: labels.length,
    values: Float32Array.from(values),
    labels: Float32Array.from(labels),
    offsets: Uint32Array.of(0, labels.length),
  }
}
