/** @file Reads a file of declared experiments. */

import { readFileSync } from 'node:fs'
import { InvalidFileError } from '../base/errors.ts'
import { type Experiment, parseExperiments } from './declaration.ts'

/** @throws InvalidFileError when it is not JSON, InvalidOptionError naming the field at fault */
export function readExperiments(file: string): Experiment[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new InvalidFileError(file, `is not readable as JSON: ${(cause as Error).message}`, { cause })
  }
  return parseExperiments(content)
}
