/** @file What the operating system or SQLite refuses, as errors that say where, and what to do about it. */

import { LabradorError } from './errors.ts'

/** A file, folder or address that the system does not let this process use. */
export class RefusedBySystemError extends LabradorError {
  readonly code = 'refused-by-system'
  override readonly status = 500
}

const WHY: Record<string, [problem: string, hint?: string]> = {
  EACCES: ['permission denied', 'let this user write there, or name another place'],
  EPERM: ['not permitted', 'let this user write there, or name another place'],
  EROFS: ['the file system is read-only', 'name another place'],
  ENOSPC: ['no space is left on the disk', 'make room and do it again'],
  EDQUOT: ['the quota of this user is used up', 'make room and do it again'],
  ENOTDIR: ['a part of the path is a file, not a folder'],
  EISDIR: ['is a folder'],
  ENOENT: ['is not there'],
  EEXIST: ['is there already'],
  ENAMETOOLONG: ['the name is too long'],
  EMFILE: ['too many files are open', 'allow more: `ulimit -n`'],
  ENFILE: ['too many files are open on this machine'],
  EIO: ['the disk could not be read or written', 'look at the system log'],
  ENOTFOUND: ['no machine has this name', 'an address of this machine, as 127.0.0.1'],
  EADDRNOTAVAIL: ['this machine has no such address', 'an address of this machine, as 127.0.0.1'],
}

/** Primary result codes of SQLite. */
const SQLITE_WHY: Record<number, [problem: string, hint?: string]> = {
  5: ['is in use by another process', 'wait until that one is done'],
  8: ['may not be written to', 'let this user write to the file and its folder'],
  10: ['could not be read or written', 'is the disk full or failing?'],
  11: ['is damaged', 'take a copy from before, or import anew'],
  13: [
    'cannot grow: no space is left on the disk',
    'make room and do it again; what was acknowledged is kept',
  ],
  14: ['cannot be opened or made', 'let this user write to its folder'],
  26: ['is no Labrador store'],
}

interface SystemError extends Error {
  code?: string
  path?: string
  hostname?: string
  address?: string
  syscall?: string
  errcode?: number
}

/** @returns the same error where it is none of the system's */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LabradorError) return error
  const { code, path, hostname, address, syscall, errcode } = error as SystemError
  if (code === 'ERR_SQLITE_ERROR' && errcode !== undefined) return sqliteFault(error, errcode)
  const why = code === undefined ? undefined : WHY[code]
  const where = path ?? hostname ?? address
  if (!why || where === undefined || syscall === undefined) return error
  return new RefusedBySystemError(`${where}: ${why[0]} (${syscall})`, { hint: why[1], cause: error })
}

/** @param path of the store, where it is known */
export function sqliteFault(error: Error, errcode: number, path = 'the store'): unknown {
  // The lower byte says what kind of fault it is, the others which.
  const why = SQLITE_WHY[errcode & 0xff]
  if (!why) return error
  return new RefusedBySystemError(`${path}: ${why[0]} (${error.message})`, { hint: why[1], cause: error })
}
