/**
 * @file Snapshots on disk: a folder of array files and one manifest, immutable once written; `current` names the active one.
 *
 *   snapshots/20261124-021530-123/manifest.json   what is in the folder, how it was made
 *   snapshots/20261124-021530-123/*.arrays         catalog, users, graph, histories, one file per source, counters
 *   snapshots/20261124-021530-123/ranker-*.txt      one model per surface that has a ranker
 *   snapshots/current                               name of the active snapshot, replaced atomically
 */

import { constants, existsSync } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Artefact, readArtefact, writeArtefact } from '../base/array-file.ts'
import { syncDirectory, writeFileAtomic } from '../base/atomic-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import type { Csr } from '../base/csr.ts'
import { DamagedArtefactError, NotFoundError } from '../base/errors.ts'
import { isRunning } from '../base/is-running.ts'
import { explained } from '../base/system-faults.ts'
import type { Catalog, UserTable } from '../data/dataset.ts'
import type { ItemGraph } from '../graph/item-graph.ts'
import { type BlendModel, blendModelSchema } from '../ranking/blend.ts'
import { type RankerModel, rankerModelSchema } from '../ranking/rankers/ranker.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import { type AttributeIndex, indexAttributes } from './attribute-filter.ts'
import type { Fitted } from './fit.ts'
import { type SurfaceConstants, surfaceOptions } from './surfaces.ts'
import { tunedSchema } from './tuned.ts'

/** Raised when a snapshot of an older Labrador cannot be read any more. */
export const MANIFEST_FORMAT = 3
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/

const manifestSchema = z.object({
  format: z.literal(MANIFEST_FORMAT),
  name: z.string().regex(NAME),
  dataset: z.string(),
  /** Milliseconds since 1970. */
  fittedAt: z.number(),
  /** Position in the event log up to which events were learned from. */
  eventPosition: z.number().int().min(0),
  items: z.number().int().min(0),
  users: z.number().int().min(0),
  interactions: z.number().int().min(0),
  seed: z.number(),
  sources: z.array(z.string().regex(NAME)),
  skipped: z.record(z.string(), z.string()),
  /** What the sources had to say about their fit. */
  notes: z.array(z.string()).default([]),
  blends: z.partialRecord(z.enum(SURFACES), blendModelSchema),
  /** Constants that it is served with; the declared ones where an older snapshot does not say. How many candidates each source is asked for, its blends say. */
  surfaces: z.object(surfaceOptions).prefault({ related: {}, home: {} }),
  /** Heads of the rankers; their models are files of their own. */
  rankers: z.partialRecord(z.enum(SURFACES), rankerModelSchema),
  /** Constants that were tuned, with the history of trials; absent when all have their defaults. */
  tuned: tunedSchema.optional(),
})

export type Manifest = z.infer<typeof manifestSchema>

/** Histories of all users: what each has touched, oldest first, with the time of the last touch (ms, NaN unknown). */
export interface Histories {
  items: Csr
  /** Beside `items.targets`. */
  times: Float64Array
}

/** Everything derived, open in shared memory. */
export interface Snapshot extends Omit<Fitted, 'skipped'> {
  manifest: Manifest
  histories: Histories
  /** Index of the item search. */
  search: Artefact
  blends: Partial<Record<Surface, BlendModel>>
  surfaces: Record<Surface, SurfaceConstants>
  /** The blend alone ranks a surface that has none. */
  rankers: Partial<Record<Surface, RankerModel>>
  /** What the log of requests had counted; absent when nothing was logged. */
  counters?: Artefact
  /** Derived from the catalog when the snapshot is opened; not a file of its own. */
  attributes: AttributeIndex
}

/** Beginning of the names of what is being written; the process that writes follows. */
export const WRITING = '.writing-'

/** @throws RefusedBySystemError when no snapshot could be written there */
export async function requireWritable(folder: string): Promise<void> {
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  try {
    await access(there, constants.W_OK)
  } catch (error) {
    throw explained(error)
  }
}

/** Writes a snapshot, makes it the active one and removes all but the newest `keep`. */
export async function publishSnapshot(folder: string, snapshot: Snapshot, keep: number): Promise<void> {
  await writeSnapshot(folder, snapshot)
  await activateSnapshot(folder, snapshot.manifest.name)
  await removeOldSnapshots(folder, keep)
}

/** Writes a snapshot under its final name only when it is whole, so that a killed fit leaves nothing half done. */
export async function writeSnapshot(folder: string, snapshot: Snapshot): Promise<void> {
  const { manifest } = snapshot
  const target = join(folder, manifest.name)
  const temporary = join(folder, `${WRITING}${process.pid}-${manifest.name}`)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  const write = (name: string, record: object) =>
    writeArtefact(join(temporary, `${name}.arrays`), packColumns(record))
  await write('catalog', snapshot.catalog)
  await write('users', snapshot.users)
  await write('graph', snapshot.graph)
  await write('histories', snapshot.histories)
  await writeArtefact(join(temporary, 'search.arrays'), snapshot.search)
  await writeArtefact(join(temporary, 'features.arrays'), snapshot.features)
  if (snapshot.counters) await writeArtefact(join(temporary, 'counters.arrays'), snapshot.counters)
  for (const surface of SURFACES) {
    const ranker = snapshot.rankers[surface]
    if (ranker) await writeFileAtomic(join(temporary, rankerFile(surface)), ranker.text)
  }
  for (const source of manifest.sources) {
    await writeArtefact(join(temporary, `source-${source}.arrays`), snapshot.artefacts[source]!)
  }
  await writeManifest(temporary, manifest)
  await rename(temporary, target)
  await syncDirectory(folder)
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  // Parsed: the rankers' texts are files of their own.
  const head = manifestSchema.parse(manifest)
  await writeFileAtomic(join(folder, 'manifest.json'), `${JSON.stringify(head, null, 2)}\n`)
}

/** Makes a snapshot the one that servers load. */
export async function activateSnapshot(folder: string, name: string): Promise<void> {
  await readManifest(folder, name)
  await writeFileAtomic(join(folder, 'current'), `${name}\n`)
}

/** Name of the active snapshot. */
export async function activeSnapshot(folder: string): Promise<string> {
  const name = await readFile(join(folder, 'current'), 'utf8').catch(() => '')
  if (!name.trim()) throw new NotFoundError('snapshot', 'current', { hint: 'fit one first: `labrador fit`' })
  return name.trim()
}

export async function readManifest(folder: string, name: string): Promise<Manifest> {
  if (!NAME.test(name)) throw new NotFoundError('snapshot', name)
  const path = join(folder, name, 'manifest.json')
  const text = await readFile(path, 'utf8').catch(() => {
    throw new NotFoundError('snapshot', name, { hint: 'fit again: `labrador fit`' })
  })
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON'
    throw new DamagedArtefactError(path, problem)
  }
}

/** Loads a snapshot into shared memory. */
export async function readSnapshot(folder: string, name: string): Promise<Snapshot> {
  const manifest = await readManifest(folder, name)
  const file = (part: string) => join(folder, name, `${part}.arrays`)
  const readWhereThere = (part: string) =>
    readArtefact(file(part)).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return undefined
    })
  const readPart = async (part: string) => {
    const found = await readWhereThere(part)
    if (!found) throw new DamagedArtefactError(file(part), 'is missing')
    return found
  }
  const read = async <T>(part: string, required: readonly string[]) =>
    unpackColumns<T>(await readPart(part), file(part), required)
  const catalog = await read<Catalog>('catalog', CATALOG_COLUMNS)
  const snapshot: Snapshot = {
    manifest,
    catalog,
    attributes: indexAttributes(catalog),
    users: await read<UserTable>('users', USER_COLUMNS),
    graph: await read<ItemGraph>('graph', GRAPH_COLUMNS),
    histories: await read<Histories>('histories', [
      'items.rows',
      'items.columns',
      'items.offsets',
      'items.targets',
      'times',
    ]),
    search: await readPart('search'),
    features: await readPart('features'),
    counters: await readWhereThere('counters'),
    artefacts: {},
    blends: manifest.blends,
    surfaces: manifest.surfaces,
    rankers: await readRankers(folder, manifest),
  }
  for (const source of manifest.sources) snapshot.artefacts[source] = await readPart(`source-${source}`)
  return snapshot
}

/** The model of a surface's ranker, in a format of its own: LightGBM's text for trees. */
export const rankerFile = (surface: Surface) => `ranker-${surface}.txt`

/** How a snapshot ranks, without all the rest; null when it is gone. */
export async function readRanking(
  folder: string,
  name: string,
): Promise<Pick<Snapshot, 'blends' | 'rankers'> | null> {
  try {
    const manifest = await readManifest(folder, name)
    return { blends: manifest.blends, rankers: await readRankers(folder, manifest) }
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}

async function readRankers(folder: string, manifest: Manifest): Promise<Snapshot['rankers']> {
  const rankers: Snapshot['rankers'] = {}
  for (const surface of SURFACES) {
    const head = manifest.rankers[surface]
    if (!head) continue
    const file = join(folder, manifest.name, rankerFile(surface))
    const text = await readFile(file, 'utf8').catch(() => {
      throw new DamagedArtefactError(file, 'is missing')
    })
    rankers[surface] = { ...head, text }
  }
  return rankers
}

/** Names of the snapshots that are whole, oldest first. */
export async function listSnapshots(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return names.filter((name) => NAME.test(name)).sort()
}

/** Removes all but the newest `keep` snapshots, never the active one, and what killed fits left behind. */
export async function removeOldSnapshots(folder: string, keep: number): Promise<void> {
  const active = await activeSnapshot(folder).catch(() => '')
  const whole = await listSnapshots(folder)
  const old = whole.slice(0, Math.max(0, whole.length - keep)).filter((name) => name !== active)
  const unfinished = (await readdir(folder)).filter(isAbandoned)
  for (const name of [...old, ...unfinished]) await rm(join(folder, name), { recursive: true, force: true })
}

/** What a process that is gone was writing; another fit may be at work in the same folder. */
function isAbandoned(name: string): boolean {
  if (name.startsWith('.current.')) return true
  return name.startsWith(WRITING) && !isRunning(Number.parseInt(name.slice(WRITING.length), 10))
}

const strings = (name: string) => ['length', 'offsets', 'bytes'].map((part) => `${name}.${part}`)
const ids = (name: string) => [...strings(`${name}.ids`), `${name}.slots`]
const categories = (name: string) => [`${name}.codes`, ...strings(`${name}.labels`)]
const csr = (name: string) => ['rows', 'columns', 'offsets', 'targets'].map((part) => `${name}.${part}`)

const CATALOG_COLUMNS = [
  ...ids('items'),
  ...['title', 'text', 'tags', 'image', 'attributes'].flatMap(strings),
  ...['category', 'region', 'language'].flatMap(categories),
  'createdAt',
  'hidden',
]
const USER_COLUMNS = [...ids('users'), ...['region', 'language', 'segment'].flatMap(categories)]
const GRAPH_COLUMNS = ['items', 'collections', ...csr('toCollections'), ...csr('toItems'), 'collectionCode']
