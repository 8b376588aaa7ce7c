/** @file A recommender in this process, without a server and without threads: for scripts, jobs and tests. */

import { localExecutor } from '../cascade/local-executor.ts'
import { type DurableLog, Recommender } from '../cascade/recommender.ts'
import { replay } from '../cascade/replay.ts'
import { activeSnapshot, readSnapshot } from '../cascade/snapshot.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { imageFolderOf } from '../data/image-folder.ts'
import type { Experiment } from '../experiments/declaration.ts'
import type { Store } from '../store/store.ts'

export interface OpenRecommenderOptions {
  /** Default: the folder `snapshots` beside the store. */
  snapshotFolder?: string
  /** Wall clock, ms since 1970. */
  now?: () => number
  experiments?: readonly Experiment[]
  /** See RecommenderParts. */
  boost?: boolean
  /** All arms of experiments use the same counters. */
  shareCounters?: boolean
}

/**
 * Opens the active snapshot of a store and brings in what came after it. Events and items that are given to the
 * recommender are written to the store; keep the store open as long as the recommender is in use.
 *
 * @throws NotFoundError when nothing was fitted
 */
export async function openRecommender(
  store: Store,
  options: OpenRecommenderOptions = {},
): Promise<Recommender> {
  const folder = options.snapshotFolder ?? snapshotFolderOf(store.path)
  const imageFolder = imageFolderOf(store.path)
  const snapshot = { ...(await readSnapshot(folder, await activeSnapshot(folder))), imageFolder }
  const log: DurableLog = {
    putItems: async (items) => store.putItems(items),
    appendEvents: async (events) => store.appendEvents(events),
    appendRequests: async (requests) => store.appendRequests(requests),
    findRequest: async (id) => store.getRequest(id),
  }
  const { shareCounters, experiments, boost, now = () => Date.now() } = options
  const executor = localExecutor(snapshot, () => performance.now(), { shareCounters })
  const recommender = new Recommender({ snapshot, executor, log, now, experiments, boost })
  await replay(store, recommender)
  return recommender
}
