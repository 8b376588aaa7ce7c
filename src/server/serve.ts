/** @file Starts a server on a store and its active snapshot: workers, replay of what came after the fit, the listener. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LabradorError, UnavailableError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { Recommender } from '../cascade/recommender.ts'
import { activeSnapshot, readSnapshot } from '../cascade/snapshot.ts'
import { openStore } from '../store/sqlite-store.ts'
import { createApp } from './app.ts'
import { poolExecutor } from './pool-executor.ts'
import { storeLog } from './store-log.ts'

export interface ServeOptions {
  storePath: string
  snapshotFolder: string
  host: string
  /** 0 picks a free one. */
  port: number
  workers?: number
  log?: boolean
  progress: Progress
}

export interface RunningServer {
  readonly address: string
  readonly recommender: Recommender
  close(): Promise<void>
}

const PAGE_FOLDER = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const loading = options.progress.start('Loading the snapshot')
  const snapshot = await readSnapshot(options.snapshotFolder, await activeSnapshot(options.snapshotFolder))
  loading.end()
  const warn = (what: string) => (error: LabradorError | Error) =>
    console.error(`labrador: ${what}: ${error.message}`)
  const executor = poolExecutor(snapshot, {
    workers: options.workers ?? defaultThreads(),
    onWorkerLost: warn('a cascade worker was lost and is started again'),
  })
  const log = storeLog(options.storePath, warn('the store worker was lost and is started again'))
  const recommender = new Recommender({ snapshot, executor, log, now: () => Date.now() })
  const replaying = options.progress.start('Replaying what came after the fit')
  await replay(options.storePath, recommender)
  replaying.end()
  const app = await createApp({
    recommender,
    waiting: () => executor.load,
    pageFolder: PAGE_FOLDER,
    imageFolder: join(dirname(options.storePath), 'images'),
    log: options.log ?? false,
  })
  const close = async () => {
    await app.close()
    await recommender.close()
    await log.close()
  }
  try {
    const address = await app.listen({ host: options.host, port: options.port })
    return { address, recommender, close }
  } catch (error) {
    await close()
    const reason =
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is in use' : (error as Error).message
    throw new UnavailableError(`port ${options.port} ${reason}`, 'choose another with --port', error)
  }
}

/** Brings items and events that were stored after the snapshot was made into the live state. */
async function replay(storePath: string, recommender: Recommender): Promise<void> {
  const store = openStore(storePath)
  try {
    for (const items of store.items()) {
      const unknown = items.filter((item) => !recommender.hasItem(item.id))
      if (unknown.length > 0) await recommender.replayItems(unknown)
    }
    for (const { events } of store.events(recommender.snapshot.manifest.eventPosition))
      recommender.replayEvents(events)
  } finally {
    store.close()
  }
}
