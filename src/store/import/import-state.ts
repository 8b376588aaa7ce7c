/** @file How far the import of a file has come: kept in the store, committed together with the rows. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { InvalidFileError } from '../../base/errors.ts'
import type { Store } from '../store.ts'
import { type Mapping, mappingDigest, type RecordKind } from './mapping.ts'
import type { Place } from './split-records.ts'

/** One record per file and kind, under the meta key `import:KIND:PATH`. */
export interface ImportState {
  sha256: string
  bytes: number
  mapping: string
  next: Place
  read: number
  added: number
  updated: number
  repeated: number
  rejected: number
  rejectFile: string
  rejectBytes: number
  isComplete: boolean
}

/** What is to be done with a file, given what the store knows of it. */
export type Beginning =
  | { kind: 'from the start'; fingerprint: Fingerprint }
  | { kind: 'go on'; fingerprint: Fingerprint; state: ImportState }
  | { kind: 'already there'; state: ImportState; path: string }

export interface Fingerprint {
  sha256: string
  bytes: number
}

const pathKey = (kind: RecordKind, path: string) => `import:${kind}:${resolve(path)}`
const contentKey = (kind: RecordKind, mapping: string, sha256: string) =>
  `imported:${kind}:${mapping}:${sha256}`

/**
 * Compares a file with what was imported before: the same content again, a file that has grown at its end, an import
 * that was interrupted, or something new.
 *
 * @param hasIds events with ids can be read twice without harm
 * @throws InvalidFileError when the file has changed since its import was interrupted, and reading it from the start
 * would count events twice
 */
export async function beginImport(
  store: Store,
  kind: RecordKind,
  path: string,
  mapping: Mapping,
  options: { hasIds: boolean; canGrow: boolean; again: boolean },
): Promise<Beginning> {
  const digest = mappingDigest(mapping)
  const known = store.meta.get(pathKey(kind, path)) as ImportState | undefined
  const earlier = known?.mapping === digest ? known : undefined
  const { fingerprint, prefix, endsWithLine } = await fingerprintOf(path, earlier?.bytes)
  const isEvents = kind === 'events'
  if (options.again) return { kind: 'from the start', fingerprint }

  if (isEvents) {
    const sameContent = store.meta.get(contentKey(kind, digest, fingerprint.sha256)) as string | undefined
    const state =
      sameContent === undefined ? undefined : (store.meta.get(sameContent) as ImportState | undefined)
    if (state?.isComplete && state.sha256 === fingerprint.sha256)
      return { kind: 'already there', state, path: sameContent!.slice(`import:${kind}:`.length) }
  }
  if (earlier) {
    const isSame = earlier.sha256 === fingerprint.sha256
    if (isSame && !earlier.isComplete) return { kind: 'go on', fingerprint, state: earlier }
    const hasGrown = options.canGrow && !isSame && prefix === earlier.sha256
    // Where the old end cut a line, what was read of it is not what stands there now.
    if (hasGrown && (!earlier.isComplete || endsWithLine))
      return { kind: 'go on', fingerprint, state: earlier }
    if (isEvents && !isSame && !earlier.isComplete && earlier.read > 0 && !options.hasIds) {
      throw new InvalidFileError(
        path,
        `has changed since its import was interrupted after ${earlier.read} rows`,
        {
          hint: 'give the old file back, or import it whole with --again: events without ids then count twice',
        },
      )
    }
  }
  return { kind: 'from the start', fingerprint }
}

/** How far the import of a file has come, to see whether anybody else goes on with it. */
export function keptState(store: Store, kind: RecordKind, path: string): string {
  return JSON.stringify(store.meta.get(pathKey(kind, path)) ?? null)
}

/** Call inside the transaction that writes the rows. */
export function keepState(store: Store, kind: RecordKind, path: string, state: ImportState): void {
  const key = pathKey(kind, path)
  store.meta.set(key, state)
  if (state.isComplete && kind === 'events')
    store.meta.set(contentKey(kind, state.mapping, state.sha256), key)
}

/** Hashes a file; `prefix` is the hash of its first `prefixBytes`, where it is longer than that. */
async function fingerprintOf(
  path: string,
  prefixBytes: number | undefined,
): Promise<{ fingerprint: Fingerprint; prefix: string | null; endsWithLine: boolean }> {
  const hash = createHash('sha256')
  let bytes = 0
  let prefix: string | null = null
  let endsWithLine = false
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    if (prefixBytes !== undefined && prefix === null && bytes + piece.length > prefixBytes) {
      const cut = prefixBytes - bytes
      prefix = hash.copy().update(piece.subarray(0, cut)).digest('hex')
      endsWithLine = cut > 0 ? piece[cut - 1] === 10 : endsWithLine
    }
    if (prefix === null) endsWithLine = piece.at(-1) === 10
    hash.update(piece)
    bytes += piece.length
  }
  return { fingerprint: { sha256: hash.digest('hex'), bytes }, prefix, endsWithLine }
}
