/** @file Starts a server on a store and its active snapshot: workers, replay of what came after the fit, the listener. */

import { fileURLToPath } from 'node:url'
import { UnavailableError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { Recommender } from '../cascade/recommender.ts'
import { replay } from '../cascade/replay.ts'
import { activeSnapshot, readSnapshot, type Snapshot } from '../cascade/snapshot.ts'
import { imageFolderOf } from '../data/image-folder.ts'
import type { Experiment } from '../experiments/declaration.ts'
import { openStore } from '../store/sqlite-store.ts'
import { type Api, createApp } from './app.ts'
import { type PoolExecutor, type PoolOptions, poolExecutor } from './pool-executor.ts'
import { type StoreLog, storeLog } from './store-log.ts'

export interface ServeOptions {
  storePath: string
  snapshotFolder: string
  host: string
  /** 0 picks a free one. */
  port: number
  workers?: number
  log?: boolean
  /** See PoolOptions. */
  maxLoad?: number
  budgetMs?: PoolOptions['budgetMs']
  exploration?: PoolOptions['exploration']
  shareCounters?: PoolOptions['shareCounters']
  experiments?: readonly Experiment[]
  /** See RecommenderParts. */
  boost?: boolean
  progress: Progress
}

export interface RunningServer {
  readonly address: string
  readonly recommender: Recommender
  close(): Promise<void>
}

const PAGE_FOLDER = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** Requests under way are given this long when the server stops. */
const CLOSE_MS = 10_000

/**
 * @throws NotFoundError when nothing was fitted, DamagedArtefactError for a snapshot or store that cannot be read,
 *   UnavailableError when the port is taken
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const loading = options.progress.start('Loading the snapshot')
  const active = await activeSnapshot(options.snapshotFolder)
  const imageFolder = imageFolderOf(options.storePath)
  const snapshot = { ...(await readSnapshot(options.snapshotFolder, active)), imageFolder }
  loading.end()
  const { executor, log } = await startWorkers(snapshot, options)
  const recommender = new Recommender({
    snapshot,
    executor,
    log,
    now: () => Date.now(),
    experiments: options.experiments,
    boost: options.boost,
  })
  let app: Api | undefined
  const close = async () => {
    if (app) await closeListener(app)
    await recommender.close()
    await log.close()
  }
  try {
    const replaying = options.progress.start('Replaying what came after the fit')
    const store = openStore(options.storePath)
    await replay(store, recommender).finally(() => store.close())
    replaying.end()
    await firstQuestions(recommender, options.workers ?? defaultThreads())
    app = await createApp({
      recommender,
      waiting: () => executor.load,
      pageFolder: PAGE_FOLDER,
      imageFolder,
      log: options.log ?? false,
    })
    const address = await app.listen({ host: options.host, port: options.port })
    return { address, recommender, close }
  } catch (error) {
    await close()
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const reason = code === 'EADDRINUSE' ? 'is in use' : 'may not be opened'
      throw new UnavailableError(`port ${options.port} ${reason}`, 'choose another with --port', error)
    }
    throw error
  }
}

async function startWorkers(
  snapshot: Snapshot,
  options: ServeOptions,
): Promise<{ executor: PoolExecutor; log: StoreLog }> {
  const warn = (what: string) => (error: Error) => console.error(`labrador: ${what}: ${error.message}`)
  const log = storeLog(options.storePath, warn('the store worker was lost and is started again'))
  try {
    await log.ready
    const executor = await poolExecutor(snapshot, {
      workers: options.workers ?? defaultThreads(),
      maxLoad: options.maxLoad,
      budgetMs: options.budgetMs,
      exploration: options.exploration,
      shareCounters: options.shareCounters,
      onWorkerLost: warn('a cascade worker was lost and is started again'),
    })
    return { executor, log }
  } catch (error) {
    await log.close()
    throw error
  }
}

/** Enough for what is between the listener and the workers to be compiled, and for each source's cost to be known. */
const FIRST_QUESTIONS = 200

/** Questions that nobody asked, as many at a time as there are workers; they are neither logged nor counted. */
async function firstQuestions(recommender: Recommender, workers: number): Promise<void> {
  const pages = recommender.popular(FIRST_QUESTIONS)
  for (let at = 0; at < pages.length; at += workers) {
    // Whatever is amiss, whoever asks next is told of it.
    await Promise.allSettled(pages.slice(at, at + workers).map(({ id }) => recommender.related(id)))
  }
}

/** Takes no new connections and waits for requests under way; cuts off what takes too long. */
async function closeListener(app: Api): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS)
  await app.close()
  clearTimeout(cut)
}
