/**
 * @file The trial log: one line of JSON per measurement, appended and synced, from which a killed run continues.
 *
 *   {"format":1,"space":[…],"seed":1,…}                        what the run is
 *   {"job":0,"trial":0,"rung":2,"values":{…},"value":0.21,…}   one line per measurement, in the order in which they ended
 *
 * A line that a killed process left half written is cut off when the log is opened again.
 */

import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { syncDirectory } from '../../base/atomic-file.ts'
import { DamagedArtefactError, InvalidOptionError } from '../../base/errors.ts'
import { explained } from '../../base/system-faults.ts'

const entrySchema = z.object({
  job: z.number().int().min(0),
  trial: z.number().int().min(0),
  rung: z.number().int().min(0),
  values: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  value: z.number(),
  /** How long it took, s. */
  seconds: z.number().min(0),
})

/** One measurement of one configuration. */
export type LogEntry = z.infer<typeof entrySchema>

/** Keeps what was measured beyond the life of the process. */
export interface TrialLog {
  /** What former runs measured, in the order of the file. */
  readonly entries: readonly LogEntry[]
  /** Durable when it resolves. */
  append(entry: LogEntry): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a log or begins one.
 *
 * @param run what the run is, as plain JSON
 * @param ifOther whether the log of another run is refused or replaced
 * @throws InvalidOptionError when the log belongs to another run
 * @throws DamagedArtefactError when a line other than the last is not one of a log
 */
export async function openTrialLog(
  path: string,
  run: object,
  ifOther: 'refuse' | 'replace' = 'refuse',
): Promise<TrialLog> {
  await mkdir(dirname(path), { recursive: true })
  const head = JSON.stringify({ format: 1, ...run })
  const text = await readText(path)
  let whole = text.slice(0, text.lastIndexOf('\n') + 1)
  // Whoever was killed while it wrote the first line has left its beginning; all else is somebody's file.
  const isOurs = whole === '' ? head.startsWith(text) : whole.startsWith(`${head}\n`)
  if (!isOurs) {
    if (ifOther === 'refuse') {
      const expected = 'the log of a run with the same data, space and options'
      throw new InvalidOptionError('log', path, expected, 'name another file, or remove this one')
    }
    whole = ''
  }
  const lines = whole.split('\n').slice(1, -1)
  const entries = lines.map((line, k) => parseEntry(line, path, k + 2))
  const file = await open(path, 'a')
  await file.truncate(Buffer.byteLength(whole))
  if (whole === '') {
    await appendLine(file, head)
    await syncDirectory(dirname(path))
  }
  return {
    entries,
    append: (entry) => appendLine(file, JSON.stringify(entry)),
    close: () => file.close(),
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw explained(Object.assign(error, { path }))
  })
}

/** A log for runs that need not survive. */
export function forgetfulLog(): TrialLog {
  return { entries: [], append: async () => {}, close: async () => {} }
}

async function appendLine(file: FileHandle, line: string): Promise<void> {
  await file.appendFile(`${line}\n`)
  await file.sync()
}

function parseEntry(line: string, path: string, number: number): LogEntry {
  try {
    return entrySchema.parse(JSON.parse(line))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON'
    throw new DamagedArtefactError(`${path}:${number}`, problem, 'remove the file to begin anew')
  }
}
