/** @file A simulated world as a dataset, by the way that every dataset takes: told into a store and loaded from there. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentProgress } from '../../src/base/progress.ts'
import type { Dataset } from '../../src/data/dataset.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import type { WorldOptions } from '../../src/data/world/options.ts'
import { createWorld, type World } from '../../src/data/world/world.ts'
import { writeWorld } from '../../src/data/world/write-world.ts'
import { openStore } from '../../src/store/sqlite-store.ts'

export interface WorldDataset {
  world: World
  dataset: Dataset
  /** Where the store and its images are. */
  folder: string
  remove(): Promise<void>
}

/** Item and user numbers of the world are the dataset's indices. */
export async function worldDataset(options: Partial<WorldOptions>, images = false): Promise<WorldDataset> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-world-'))
  const world = createWorld(options)
  const store = openStore(join(folder, 'store.db'))
  await writeWorld(world, store, { images }, silentProgress)
  const dataset = loadDataset(store, { split: { kind: 'temporal', fraction: 0.8 } })
  store.close()
  return { world, dataset, folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
