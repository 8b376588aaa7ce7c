/** @file Finds a dataset's files in the data directories, checks them, and downloads what is public and missing. */

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { replaceFile } from '../base/atomic-file.ts'
import { InvalidFileError, UnavailableError } from '../base/errors.ts'
import { type Progress, silentProgress } from '../base/progress.ts'
import type { DatasetFile, DatasetLayout, DatasetReader } from './reader.ts'
import { readZip } from './zip.ts'

export interface FindOptions {
  /** Searched in order; the first is where downloads go. See `defaultDataDirectories`. */
  directories?: readonly string[]
  /** Never download. */
  offline?: boolean
  progress?: Progress
}

/** What must be known of a dataset to find it. */
export type DatasetPlace = Pick<
  DatasetReader,
  'name' | 'title' | 'address' | 'folders' | 'files' | 'alternatives'
>

/** `LABRADOR_DATA` (a list like PATH) where it is set, else `data/` and `../shared/data` in the working directory. */
export function defaultDataDirectories(environment: NodeJS.ProcessEnv = process.env): string[] {
  const listed = environment.LABRADOR_DATA?.split(delimiter).filter((directory) => directory !== '')
  return (listed?.length ? listed : ['data', join('..', 'shared', 'data')]).map((path) => resolve(path))
}

/**
 * The folder that holds a dataset's files, downloaded there if need be.
 *
 * @throws UnavailableError when the files are nowhere and cannot be downloaded: says which, and where to put them
 * @throws InvalidFileError when a file at hand or a download is not what its checksum says
 */
export async function findDataset(reader: DatasetPlace, options: FindOptions = {}): Promise<string> {
  const directories = options.directories ?? defaultDataDirectories()
  const progress = options.progress ?? silentProgress
  const layouts: DatasetLayout[] = [{ files: reader.files }, ...(reader.alternatives ?? [])]
  const folders = directories.flatMap((directory) =>
    (reader.folders ?? [reader.name]).map((name) => join(directory, name)),
  )
  const home = join(directories[0] ?? resolve('data'), reader.name)
  for (const folder of folders) {
    for (const { files } of layouts) {
      if (!(await holds(folder, files))) continue
      await verify(folder, files)
      return folder
    }
  }
  for (const { archive, files } of layouts) {
    if (!archive) continue
    for (const folder of [...folders, ...directories]) {
      const path = join(folder, archive.path)
      if (await exists(path)) return await unpack(path, archive, files, home)
    }
  }
  if (!options.offline) {
    for (const layout of layouts) {
      if (await download(layout, home, progress)) return home
    }
  }
  throw new UnavailableError(
    `the files of ${reader.title} are not at hand${options.offline ? ', and nothing may be downloaded' : ''}`,
    `put ${reader.files.map((file) => file.path).join(', ')} into ${home} (from ${reader.address}); ` +
      `looked in ${folders.join(', ')}`,
  )
}

async function holds(folder: string, files: readonly DatasetFile[]): Promise<boolean> {
  for (const { path } of files) if (!(await exists(join(folder, path)))) return false
  return true
}

async function verify(folder: string, files: readonly DatasetFile[]): Promise<void> {
  for (const { path, sha256 } of files) if (sha256) await requireDigest(join(folder, path), 'sha256', sha256)
}

async function requireDigest(path: string, algorithm: 'sha256' | 'md5', expected: string): Promise<void> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path), hash)
  const found = hash.digest('hex')
  if (found === expected) return
  throw new InvalidFileError(path, `${algorithm} is ${found}, expected ${expected}`, {
    hint: 'the file is damaged or of another edition: replace it, or remove it to look elsewhere',
  })
}

/** Takes the files out of the archive into `home`, each atomically. */
async function unpack(
  path: string,
  archive: NonNullable<DatasetLayout['archive']>,
  files: readonly DatasetFile[],
  home: string,
): Promise<string> {
  if (archive.md5) await requireDigest(path, 'md5', archive.md5)
  const entries = readZip(path, await readFile(path))
  for (const file of files) {
    const content = entries.get(`${archive.folder}/${file.path}`)
    if (!content) throw new InvalidFileError(path, `holds no ${archive.folder}/${file.path}`)
    await replaceFile(join(home, file.path), (temporary) => writeFile(temporary, content()))
  }
  return home
}

/** @returns false when the layout has parts without a public address */
async function download(layout: DatasetLayout, home: string, progress: Progress): Promise<boolean> {
  if (layout.archive) {
    const path = join(home, layout.archive.path)
    await fetchFile(layout.archive.address, path, progress)
    try {
      await unpack(path, layout.archive, layout.files, home)
    } finally {
      await rm(path, { force: true })
    }
    return true
  }
  if (layout.files.length === 0 || layout.files.some((file) => !file.address)) return false
  await mkdir(home, { recursive: true })
  for (const { path, sha256, address } of layout.files) {
    await fetchFile(address!, join(home, path), progress, sha256)
  }
  return true
}

/** Streams an address into a file that appears only when it is complete and its checksum is right. */
async function fetchFile(address: string, path: string, progress: Progress, sha256?: string): Promise<void> {
  await replaceFile(path, async (temporary) => {
    const response = await fetch(address).catch((cause) => {
      throw new UnavailableError(
        `${address} cannot be reached`,
        'check the network, or get the file by hand',
        cause,
      )
    })
    if (!response.ok || !response.body) {
      throw new UnavailableError(
        `${address} answered ${response.status}`,
        `get it by hand and put it at ${path}`,
      )
    }
    const task = progress.start(
      `download ${address}`,
      Number(response.headers.get('content-length')) || undefined,
    )
    let bytes = 0
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        task.update(bytes)
        done(null, chunk)
      },
    })
    try {
      await pipeline(Readable.fromWeb(response.body), counter, createWriteStream(temporary))
    } catch (cause) {
      throw new UnavailableError(`the download of ${address} broke off`, 'try again', cause)
    } finally {
      task.end()
    }
    if (sha256) await requireDigest(temporary, 'sha256', sha256)
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
