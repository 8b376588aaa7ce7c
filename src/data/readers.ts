/** @file All datasets that Labrador can read: one line each. */

import { NotFoundError } from '../base/errors.ts'
import type { DatasetReader } from './reader.ts'
import { amazonBeauty } from './readers/amazon-beauty.ts'
import { citeulikeT } from './readers/citeulike-t.ts'
import { goodbooks10k } from './readers/goodbooks-10k.ts'
import { movielens1m } from './readers/movielens-1m.ts'
import { movielensLatestSmall } from './readers/movielens-latest-small.ts'
import { pinterest } from './readers/pinterest.ts'
import { simulated, simulatedLarge } from './readers/simulated.ts'
import { yoochoose } from './readers/yoochoose.ts'

export const datasetReaders: readonly DatasetReader[] = [
  movielens1m,
  movielensLatestSmall,
  goodbooks10k,
  pinterest,
  citeulikeT,
  yoochoose,
  amazonBeauty,
  simulated,
  simulatedLarge,
]

/** @throws NotFoundError listing the names that there are */
export function datasetReader(name: string): DatasetReader {
  const found = datasetReaders.find((reader) => reader.name === name || reader.aliases?.includes(name))
  if (found) return found
  const names = datasetReaders.map((reader) => reader.name).join(', ')
  throw new NotFoundError('dataset', name, { hint: `one of ${names}` })
}
