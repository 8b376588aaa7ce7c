/** @file Temporary folders with small dataset files, and stores read from them. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { silentProgress } from '../../src/base/progress.ts'
import type { DatasetReader } from '../../src/data/reader.ts'
import { protocolOf } from '../../src/data/split.ts'
import { writeDatasetMeta } from '../../src/data/store-meta.ts'
import type { EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

/** A folder that goes away with the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-data-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files; names ending in .gz are packed. */
export async function writeFiles(folder: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(content) : content)
  }
}

/** What a reader makes of a folder with these files; the store closes with the test. */
export async function readInto(
  context: TestContext,
  reader: DatasetReader,
  files: Record<string, string | Buffer>,
): Promise<{ store: Store; notes: string[] }> {
  const folder = await temporaryFolder(context)
  await writeFiles(folder, files)
  const store = openStore(join(folder, 'store.db'))
  context.after(() => store.close())
  const notes = await reader.read(folder, store, silentProgress)
  const { name, title, licence, citation, address, split, surface } = reader
  const protocol = protocolOf(split)
  const positive = reader.positive ?? {}
  writeDatasetMeta(store, {
    name,
    title,
    licence,
    citation,
    address,
    split,
    protocol,
    positive,
    surface,
    notes,
    version: 1,
  })
  return { store, notes }
}

export function eventsOf(store: Store): EventRecord[] {
  return [...store.events()].flatMap((batch) => batch.events)
}
