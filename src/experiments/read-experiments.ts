/** @file Reads a file of declared experiments. */

import { readFileSync } from 'node:fs'
import { InvalidFileError } from '../base/errors.ts'
import { explained } from '../base/system-faults.ts'
import { type Experiment, parseExperiments } from './declaration.ts'

/** @throws InvalidFileError when it is not JSON, RefusedBySystemError when it cannot be read, InvalidOptionError naming the field at fault */
export function readExperiments(file: string): Experiment[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw named(file, cause as NodeJS.ErrnoException)
    throw new InvalidFileError(file, `is not readable as JSON: ${(cause as Error).message}`, { cause })
  }
  return parseExperiments(content)
}

/** A folder is opened before it turns out to be one, and its error has no path. */
const named = (file: string, cause: NodeJS.ErrnoException) => explained(Object.assign(cause, { path: file }))
