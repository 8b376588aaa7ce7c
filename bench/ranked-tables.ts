/**
 * @file Tables of ranking features that teach and judge rankers, of four datasets.
 *
 * They are kept in `bench/results/tables/NAME.train.table` and `NAME.test.table`; those that are not there are made from the
 * dataset first. Tables from elsewhere are written there with `writeTable`.
 */

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'
import type { TreeOptionsInput } from '../src/models/trees/tree-options.ts'
import type { BenchContext } from './bench.ts'
import { readTable, requestsOf, writeTable } from './label-table.ts'
import { rankTable } from './rank-table.ts'

export const RANKED = ['movielens-1m', 'goodbooks-10k', 'yoochoose', 'simulated']
/** Few rows are wanted there: with the defaults, chance decides more than the third digit. */
export const RANKED_OPTIONS: TreeOptionsInput = {
  learningRate: 0.05,
  numLeaves: 15,
  minDataInLeaf: 100,
  lambdaL2: 10,
}
/** Share of a table's requests that train. */
const TAUGHT = 0.7
const tables = join(import.meta.dirname, 'results', 'tables')

export interface TablePair {
  train: LabelledRows
  test: LabelledRows
}

/** @returns null, and a note that says why, where the dataset cannot be had */
export async function rankedTables(name: string, context: BenchContext): Promise<TablePair | null> {
  const [trainFile, testFile] = ['train', 'test'].map((side) => join(tables, `${name}.${side}.table`))
  if (!existsSync(trainFile) || !existsSync(testFile)) {
    try {
      const table = await rankTable(name, context)
      const requests = table.offsets.length - 1
      const taught = Math.floor(TAUGHT * requests)
      await mkdir(tables, { recursive: true })
      await writeTable(trainFile, requestsOf(table, 0, taught))
      await writeTable(testFile, requestsOf(table, taught, requests))
    } catch (error) {
      context.note(`${name} was left out: ${(error as Error).message}`)
      return null
    }
  }
  return { train: await readTable(trainFile), test: await readTable(testFile) }
}
