/** @file Starts a server on a store and its active snapshot, and follows what is activated later. */

import { fileURLToPath } from 'node:url'
import { UnavailableError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { type DurableLog, Recommender } from '../cascade/recommender.ts'
import { activeSnapshot, readSnapshot } from '../cascade/snapshot.ts'
import { imageFolderOf } from '../data/image-folder.ts'
import type { Experiment } from '../experiments/declaration.ts'
import { openStore } from '../store/sqlite-store.ts'
import { type Api, createApp } from './app.ts'
import { type Follower, followActive } from './follow-active.ts'
import { type PoolOptions, poolExecutor } from './pool-executor.ts'
import { keepLogShort, type Retention, requireRetention, retentionDefaults } from './retention.ts'
import { type Opened, Serving } from './serving.ts'
import { storeLog } from './store-log.ts'

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
  /** A snapshot that is activated meanwhile is looked for so often, and takes over; 0 or left out = only when asked. */
  followMs?: number
  /** How long answered requests are kept; see `retentionDefaults`. */
  retention?: Retention
  progress: Progress
}

export interface RunningServer {
  readonly address: string
  /** The one over the snapshot that answers now. */
  readonly recommender: Recommender
  /** Looks which snapshot is active; resolves when it answers, or was refused (`/health` says so). */
  takeActive(): Promise<void>
  close(): Promise<void>
}

/** Reading a name of twenty characters costs nothing. */
export const DEFAULT_FOLLOW_MS = 5000

const PAGE_FOLDER = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

/** Requests under way are given this long when the server stops. */
const CLOSE_MS = 10_000

/**
 * @throws NotFoundError when nothing was fitted, DamagedArtefactError for a snapshot or store that cannot be read,
 *   UnavailableError when the port is taken
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { snapshotFolder, storePath, progress, retention = retentionDefaults } = options
  requireRetention(retention)
  const log = storeLog(storePath, warn('the store worker was lost and is started again'))
  let serving: Serving | undefined
  let follower: Follower | undefined
  let app: Api | undefined
  let sweeper: ReturnType<typeof keepLogShort> | undefined
  const close = async () => {
    sweeper?.stop()
    await follower?.stop()
    if (app) await closeListener(app)
    await serving?.close()
    await log.close()
  }
  try {
    await log.ready
    serving = await Serving.open(
      {
        log,
        open: (name, ownLog) => openSnapshot(name, ownLog, options),
        openStore: () => openStore(storePath),
        progress,
      },
      await activeSnapshot(snapshotFolder),
    )
    follower = followActive(serving, {
      snapshotFolder,
      everyMs: options.followMs ?? 0,
      onChanged: (from, to) => console.error(`labrador: snapshot ${to} answers now, in the place of ${from}`),
      onRefused: (snapshot, reason) =>
        console.error(`labrador: snapshot ${snapshot} cannot be served, the former one goes on: ${reason}`),
    })
    app = await createApp({
      serving,
      pageFolder: PAGE_FOLDER,
      imageFolder: imageFolderOf(storePath),
      log: options.log ?? false,
    })
    const address = await app.listen({ host: options.host, port: options.port })
    sweeper = keepLogShort(log, retention, () => Date.now(), warn('old requests could not be removed'))
    const [current, looking] = [serving, follower]
    return {
      address,
      get recommender() {
        return current.recommender
      },
      takeActive: () => looking.look(),
      close,
    }
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

const warn = (what: string) => (error: Error) => console.error(`labrador: ${what}: ${error.message}`)

/** Reads a snapshot into memory and starts threads that answer from it. */
async function openSnapshot(name: string, log: DurableLog, options: ServeOptions): Promise<Opened> {
  const workers = options.workers ?? defaultThreads()
  const loading = options.progress.start(`Loading snapshot ${name}`)
  const imageFolder = imageFolderOf(options.storePath)
  const snapshot = { ...(await readSnapshot(options.snapshotFolder, name)), imageFolder }
  const executor = await poolExecutor(snapshot, {
    workers,
    maxLoad: options.maxLoad,
    budgetMs: options.budgetMs,
    exploration: options.exploration,
    shareCounters: options.shareCounters,
    onWorkerLost: warn('a cascade worker was lost and is started again'),
  })
  try {
    const { experiments, boost } = options
    const recommender = new Recommender({
      snapshot,
      executor,
      log,
      now: () => Date.now(),
      experiments,
      boost,
    })
    await firstQuestions(recommender, workers)
    return { recommender, executor }
  } catch (error) {
    await executor.close()
    throw error
  } finally {
    loading.end()
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
