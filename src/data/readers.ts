/** @file All datasets that Labrador can read: one line each. */

import { NotFoundError } from '../base/errors.ts'
import type { DatasetReader } from './reader.ts'
import { movielens1m } from './readers/movielens-1m.ts'

export const datasetReaders: readonly DatasetReader[] = [movielens1m]

/** @throws NotFoundError listing the names that there are */
export function datasetReader(name: string): DatasetReader {
  const found = datasetReaders.find((reader) => reader.name === name || reader.aliases?.includes(name))
  if (found) return found
  const names = datasetReaders.map((reader) => reader.name).join(', ')
  throw new NotFoundError('dataset', name, { hint: `one of ${names}` })
}
