/** @file `labrador serve`: answers over HTTP from a store and its active snapshot. */

import { Command } from 'commander'
import { defaultThreads } from '../base/worker-pool.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import type { Experiment } from '../experiments/declaration.ts'
import { readExperiments } from '../experiments/read-experiments.ts'
import { requireServable } from '../experiments/serving-settings.ts'
import { type ExplorationOptions, explorationOptions } from '../ranking/exploration/options.ts'
import { type Retention, requireRetention, retentionDefaults } from '../server/retention.ts'
import { DEFAULT_FOLLOW_MS, startServer } from '../server/serve.ts'
import { type DataArguments, share, storeOf, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface ServeArguments extends DataArguments {
  host: string
  port: string
  workers: string
  budget?: string
  explore: string
  experiments?: string
  boost: boolean
  shareCounters: boolean
  follow: string
  keepRequests: string
  keepExposures: string
  log: boolean
}

const EXAMPLES = `
Examples:
  labrador serve --store shop/store.db
  labrador serve --data movielens-1m --port 9000
  labrador serve --store shop/store.db --explore 0.05
  labrador serve --store shop/store.db --boost
  curl 'localhost:8080/api/v1/items/1193/related?limit=5'

The API is described at /openapi.json, metrics for Prometheus are at /metrics, the page is at /.`

export function serveCommand(): Command {
  return new Command('serve')
    .description('Answer over HTTP from a store and its active snapshot.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on, 0 for a free one', '8080')
    .option('--workers <n>', 'threads that answer', String(defaultThreads()))
    .option('--budget <ms>', "time that sources have to answer (default: the surface's own, 200 or 400 ms)")
    .option('--explore <share>', 'share of the requests that is shown in random order, to learn from', '0.01')
    .option('--experiments <file>', 'experiments that run, as `labrador experiment list` checks them')
    .option('--boost', 'rank higher what was clicked more than its place lets expect', false)
    .option(
      '--share-counters',
      'what one arm of an experiment learns from clicks helps the others too',
      false,
    )
    .option(
      '--follow <seconds>',
      'look so often whether another snapshot is active, and serve it; 0 = never, SIGHUP looks at once',
      String(DEFAULT_FOLLOW_MS / 1000),
    )
    .option(
      '--keep-requests <days>',
      'answered requests are kept so long in the log, 0 = for ever',
      String(retentionDefaults.requestDays),
    )
    .option(
      '--keep-exposures <days>',
      'those that showed somebody an arm of an experiment, 0 = for ever',
      String(retentionDefaults.exposureDays),
    )
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--log', 'log as JSON lines on standard output', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: ServeArguments): Promise<void> {
  const progress = terminalProgress()
  const port = wholeNumber('port', given.port, 0, 65535)
  const workers = wholeNumber('workers', given.workers, 1, 256)
  const budgetMs = given.budget === undefined ? undefined : wholeNumber('budget', given.budget, 1)
  const exploration = explorationOptions.parse({ share: share('explore', given.explore) })
  const experiments = given.experiments === undefined ? [] : readExperiments(given.experiments)
  requireServable(experiments)
  const retention = {
    requestDays: wholeNumber('keep-requests', given.keepRequests, 0, 36_500),
    exposureDays: wholeNumber('keep-exposures', given.keepExposures, 0, 36_500),
  }
  requireRetention(retention)
  const store = await storeOf(given, progress)
  store.close()
  await serveUntilStopped({
    storePath: store.path,
    host: given.host,
    port,
    workers,
    budgetMs,
    exploration,
    experiments,
    boost: given.boost,
    shareCounters: given.shareCounters,
    followMs: wholeNumber('follow', given.follow, 0, 86_400) * 1000,
    retention,
    log: given.log,
  })
}

/** Serves, says where, looks for another active snapshot on SIGHUP, and closes in order on SIGINT or SIGTERM. */
export async function serveUntilStopped(options: {
  storePath: string
  host: string
  port: number
  workers: number
  /** Replaces the budgets of all surfaces. */
  budgetMs?: number
  exploration: ExplorationOptions
  experiments?: readonly Experiment[]
  boost?: boolean
  shareCounters?: boolean
  /** See ServeOptions. */
  followMs?: number
  /** See ServeOptions. */
  retention?: Retention
  log: boolean
}): Promise<void> {
  const progress = terminalProgress()
  const { budgetMs } = options
  const server = await startServer({
    ...options,
    budgetMs: budgetMs === undefined ? undefined : { related: budgetMs, home: budgetMs },
    snapshotFolder: snapshotFolderOf(options.storePath),
    progress,
  })
  console.log(`Serving at ${server.address} — the page is at /, the API at /openapi.json. Stop with Ctrl+C.`)
  process.on('SIGHUP', () => {
    server.takeActive().catch((error: Error) => console.error(`labrador: ${error.message}`))
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(() => process.exit(0))
    })
  }
}
