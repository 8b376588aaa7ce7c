/** @file `labrador demo`: gets a dataset, measures, fits, serves. What `npm start` runs. */

import { Command } from 'commander'
import { UnavailableError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { fitSnapshot } from '../cascade/fit-snapshot.ts'
import { publishSnapshot } from '../cascade/snapshot.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { optionsOf, readTuned, tunedFileOf, tunedNotes } from '../cascade/tuned.ts'
import { loadDataset } from '../data/load-dataset.ts'
import { splitDataset } from '../data/split.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { learnRanking } from '../evaluation/learn-ranking.ts'
import { differencesTables, plainTable, systemsTable } from '../evaluation/report-table.ts'
import { explorationOptions } from '../ranking/exploration/options.ts'
import { DEFAULT_FOLLOW_MS } from '../server/serve.ts'
import { SURFACES } from '../sources/request.ts'
import type { Store } from '../store/store.ts'
import { storeOf, threadCount, wholeNumber } from './options.ts'
import { relearnBeside } from './relearn.ts'
import { serveUntilStopped } from './serve.ts'
import { terminalProgress } from './terminal.ts'

interface DemoArguments {
  data: string
  dataDir?: string[]
  host: string
  port: string
  threads: string
  seed: string
}

const FALLBACK = 'simulated'
/** A demo shows the figures; `labrador evaluate` asks for everybody. */
const SAMPLE = { maxUnits: 5000, validationUnits: 2000 }
const EXAMPLES = `
Examples:
  labrador demo
  labrador demo --data goodbooks-10k --port 9000
  labrador demo --data simulated`

export function demoCommand(): Command {
  return new Command('demo')
    .description('Get a dataset, measure every source on held-out data, fit, and serve the page.')
    .option('--data <name>', 'a public dataset by name, or "simulated"', 'movielens-1m')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on, 0 for a free one', '8080')
    .option('--threads <n>', 'worker threads', String(defaultThreads()))
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: DemoArguments): Promise<void> {
  const progress = terminalProgress()
  const threads = threadCount(given.threads)
  const seed = wholeNumber('seed', given.seed, 0)
  const port = wholeNumber('port', given.port, 0, 65535)
  const store = await storeOrSimulated(given, progress)
  const storePath = store.path
  const eventPosition = store.lastEventPosition()
  const dataset = loadDataset(store)
  store.close()
  const tuned = await readTuned(tunedFileOf(storePath))
  const constants = optionsOf(tuned?.constants)

  // How to rank is learned before the test period: it serves the measurement and, for the first minutes, the page.
  const learned = await learnRanking(splitDataset(dataset).train, {
    ...constants,
    surfaces: SURFACES,
    validationUnits: SAMPLE.validationUnits,
    threads,
    seed,
    progress,
  })
  const report = await evaluate(dataset, {
    ...constants,
    maxUnits: SAMPLE.maxUnits,
    threads,
    seed,
    progress,
    learned,
    notes: tunedNotes(tuned),
  })
  console.log(
    `\n${plainTable(systemsTable(report))}\n\n${differencesTables(report).map(plainTable).join('\n\n')}\n`,
  )
  for (const note of report.notes) console.log(`Note: ${note}`)

  const folder = snapshotFolderOf(storePath)
  const snapshot = await fitSnapshot(dataset, {
    tuned: tuned ?? undefined,
    threads,
    seed,
    progress,
    learned,
    eventPosition,
    now: Date.now(),
  })
  await publishSnapshot(folder, snapshot, 2)
  await serveUntilStopped({
    storePath,
    host: given.host,
    port,
    workers: threads,
    exploration: explorationOptions.parse({}),
    followMs: DEFAULT_FOLLOW_MS,
    log: false,
  })
  relearnBeside(storePath, seed)
}

/** Offline with nothing found, the demo shows the simulated world and says so. */
async function storeOrSimulated(given: DemoArguments, progress: Progress): Promise<Store> {
  try {
    return await storeOf({ data: given.data, dataDir: given.dataDir }, progress)
  } catch (error) {
    if (!(error instanceof UnavailableError) || given.data === FALLBACK) throw error
    console.log(`${error.message}\nShowing the simulated world instead: its items and users are made up.`)
    return storeOf({ data: FALLBACK }, progress)
  }
}
