/** @file Where the snapshots of a store stand. */

import { dirname, join } from 'node:path'

/** A folder beside the store. */
export function snapshotFolderOf(storePath: string): string {
  return join(dirname(storePath), 'snapshots')
}
