/** @file A public dataset as a store: read once, complete or not at all, opened afterwards. */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../base/atomic-file.ts'
import { InvalidFileError } from '../base/errors.ts'
import { isRunning } from '../base/is-running.ts'
import { type Progress, silentProgress } from '../base/progress.ts'
import { openStore } from '../store/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { findDataset } from './files.ts'
import type { DatasetReader } from './reader.ts'
import { datasetReader } from './readers.ts'
import { protocolOf } from './split.ts'
import { readDatasetMeta, writeDatasetMeta } from './store-meta.ts'

export interface PrepareOptions {
  /** Where the files are looked for, in order; see `defaultDataDirectories`. */
  dataDirectories?: readonly string[]
  /** Stores are kept in `<storeDirectory>/<dataset>/store.db`. Default `.labrador`. */
  storeDirectory?: string
  /** Never download. */
  offline?: boolean
  progress?: Progress
}

/** Raised when readers change what they write: stores of an older version are put aside and read again. */
const VERSION = 1

/**
 * Opens the store of a dataset, reading the dataset into it first where that has not been done. A reader that fails or
 * is killed leaves nothing behind; of two that run at once, the first one's store stays.
 *
 * @param dataset name, alias or a reader of one's own
 * @throws NotFoundError listing the names, UnavailableError when the files cannot be had, InvalidFileError
 */
export async function prepareDataset(
  dataset: string | DatasetReader,
  options: PrepareOptions = {},
): Promise<Store> {
  const reader = typeof dataset === 'string' ? datasetReader(dataset) : dataset
  const progress = options.progress ?? silentProgress
  const home = join(options.storeDirectory ?? '.labrador', reader.name)
  const path = join(home, 'store.db')
  await removeAbandoned(home)
  const ready = await openReady(path)
  if (ready) return ready

  const { dataDirectories: directories, offline } = options
  const folder =
    reader.files.length === 0 ? '' : await findDataset(reader, { directories, offline, progress })
  const temporary = join(home, `${READING}${process.pid}-${randomUUID()}`)
  await mkdir(temporary, { recursive: true })
  try {
    const fresh = join(temporary, 'store.db')
    await fill(fresh, reader, folder, progress)
    await moveImages(temporary, home)
    // A link, unlike a rename, does not replace what another process has put there meanwhile.
    await link(fresh, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await syncDirectory(home)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return openStore(path)
}

/**
 * Pictures that a reader drew go beside the store before the store itself, so that a store that is there has them all.
 * Pictures of a reader that was overtaken, or of an older version, have the same names and give way.
 */
async function moveImages(from: string, home: string): Promise<void> {
  const drawn = join(from, IMAGES)
  if (!existsSync(drawn)) return
  await mkdir(join(home, IMAGES), { recursive: true })
  for (const name of await readdir(drawn)) await rename(join(drawn, name), join(home, IMAGES, name))
  await syncDirectory(join(home, IMAGES))
}

/** @returns null when there is no store yet, or only one of an older version, which is then put aside */
async function openReady(path: string): Promise<Store | null> {
  if (!existsSync(path)) return null
  const store = openStore(path)
  const meta = readDatasetMeta(store)
  if (meta?.version === VERSION) return store
  store.close()
  if (!meta) {
    throw new InvalidFileError(path, 'holds no public dataset', {
      hint: 'move it away, or name another folder',
    })
  }
  await rename(path, path.replace(/\.db$/, `.version-${meta.version}.db`))
  return null
}

async function fill(path: string, reader: DatasetReader, folder: string, progress: Progress): Promise<void> {
  const store = openStore(path, { isBulk: true })
  try {
    const notes = await reader.read(folder, store, progress)
    writeDatasetMeta(store, {
      name: reader.name,
      title: reader.title,
      licence: reader.licence,
      citation: reader.citation,
      address: reader.address,
      split: reader.split,
      protocol: protocolOf(reader.split),
      positive: reader.positive ?? {},
      surface: reader.surface,
      notes,
      version: VERSION,
    })
  } finally {
    store.close()
  }
}

const READING = '.reading-'
/** Folder beside a store where the paths of its items' images begin. */
const IMAGES = 'images'

/** Removes what killed processes left; a folder is named after the process that reads into it. */
async function removeAbandoned(home: string): Promise<void> {
  const names = existsSync(home) ? await readdir(home) : []
  for (const name of names) {
    if (!name.startsWith(READING)) continue
    const owner = Number.parseInt(name.slice(READING.length), 10)
    if (!isRunning(owner)) await rm(join(home, name), { recursive: true, force: true })
  }
}
