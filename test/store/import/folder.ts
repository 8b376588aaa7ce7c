/** @file Temporary folders with a store and files to import. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ImportSummary } from '../../../src/store/import/import-file.ts'
import type { Reject } from '../../../src/store/import/rejects.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'

/** A folder that goes away with the test, and an open store in it. */
export function placeFor(context: TestContext): Place {
  const place = newPlace()
  context.after(() => place.remove())
  return place
}

export interface Place {
  folder: string
  store: Store
  write(name: string, content: string | Uint8Array): string
  remove(): void
}

export function newPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'labrador-import-'))
  const store = openStore(join(folder, 'store.db'))
  return {
    folder,
    store,
    write(name, content) {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    },
    remove() {
      store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function rejectsOf(summary: ImportSummary): Reject[] {
  if (summary.rejectFile === null) return []
  const lines = readFileSync(summary.rejectFile, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

/** Line and field of each reject. */
export const placesOf = (summary: ImportSummary) => rejectsOf(summary).map(({ line, field }) => [line, field])

export const eventsOf = (store: Store) => [...store.events()].flatMap(({ events }) => events)
export const idsOf = (store: Store) => eventsOf(store).map(({ id }) => id)
