/** @file Folders for files of a test. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** @returns the path of a new folder, which is gone when the process ends */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `labrador-${name}-`))
  folders.push(folder)
  return folder
}
