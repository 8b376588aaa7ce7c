/** @file Options that several commands share: which data, which store, how many threads. */

import { existsSync } from 'node:fs'
import { InvalidOptionError, NotFoundError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { defaultDataDirectories } from '../data/files.ts'
import { prepareDataset } from '../data/prepare.ts'
import { openStore } from '../store/sqlite-store.ts'
import type { Store } from '../store/store.ts'

/** Where the data is: a dataset by name, or a store of one's own. */
export interface DataArguments {
  data?: string
  store?: string
  dataDir?: string[]
}

/** Opens the store that the arguments name; datasets are read into one first where that has not been done. */
export async function storeOf(given: DataArguments, progress: Progress): Promise<Store> {
  if ((given.data === undefined) === (given.store === undefined)) {
    throw new InvalidOptionError('data', given.data, 'either --data NAME or --store FILE')
  }
  if (given.store !== undefined) {
    if (!existsSync(given.store)) {
      throw new NotFoundError('store', given.store, {
        hint: `bring data in first: labrador import --store ${given.store} --events FILE`,
      })
    }
    return openStore(given.store)
  }
  return prepareDataset(given.data!, { dataDirectories: given.dataDir ?? defaultDataDirectories(), progress })
}

export function wholeNumber(
  field: string,
  given: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const value = Number(given)
  if (!Number.isSafeInteger(value) || value < least || value > most || given.trim() === '') {
    const range = most === Number.MAX_SAFE_INTEGER ? `≥ ${least}` : `from ${least} to ${most}`
    throw new InvalidOptionError(field, given, `a whole number ${range}`)
  }
  return value
}

/** More would only wait for each other, and each takes memory. */
const THREADS_MOST = 256

export const threadCount = (given: string) => wholeNumber('threads', given, 1, THREADS_MOST)

/** A number from 0 to 1. */
export function share(field: string, given: string): number {
  const value = Number(given)
  if (!(value >= 0 && value <= 1) || given.trim() === '') {
    throw new InvalidOptionError(field, given, 'a number from 0 to 1')
  }
  return value
}

/** @throws InvalidOptionError naming the words that there are */
export function oneOf<T extends string>(field: string, given: string, known: readonly T[]): T {
  const found = known.find((word) => word === given)
  if (found === undefined)
    throw new InvalidOptionError(
      field,
      given,
      known.length > 3 ? `one of ${known.join(', ')}` : known.join(' or '),
    )
  return found
}
