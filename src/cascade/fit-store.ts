/** @file From a store to its active snapshot: what `labrador fit` does. */

import { InvalidFileError } from '../base/errors.ts'
import { loadDataset } from '../data/load-dataset.ts'
import type { Store } from '../store/store.ts'
import { countLog } from './count-log.ts'
import { type FitSnapshotOptions, fitSnapshot } from './fit-snapshot.ts'
import { type Manifest, publishSnapshot, requireWritable } from './snapshot.ts'

export interface FitStoreOptions extends Omit<FitSnapshotOptions, 'eventPosition'> {
  snapshotFolder: string
  /** Snapshots kept, the newest ones. */
  keep: number
}

/** Learns from everything in the store; the former snapshot stays active until the new one is whole. */
export async function fitStore(store: Store, options: FitStoreOptions): Promise<Manifest> {
  // A fit may take hours: what cannot be kept is not begun.
  await requireWritable(options.snapshotFolder)
  // Read first: an event that arrives meanwhile may be learned from and replayed, never neither.
  const eventPosition = store.lastEventPosition()
  const dataset = loadDataset(store)
  if (dataset.catalog.items.ids.length === 0) {
    throw new InvalidFileError(store.path, 'has no items to learn about', {
      hint: 'import items or events first',
    })
  }
  const snapshot = await fitSnapshot(dataset, { ...options, eventPosition })
  const counting = options.progress.start('Counting what was shown')
  const counters = countLog(store, snapshot.catalog.items, eventPosition)
  counting.end()
  await publishSnapshot(options.snapshotFolder, { ...snapshot, counters }, options.keep)
  return snapshot.manifest
}
