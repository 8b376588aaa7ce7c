/** @file `labrador fit`: learns from a store and makes a snapshot that servers load. */

import { Command } from 'commander'
import type { Progress } from '../base/progress.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { fitStore } from '../cascade/fit-store.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { readTuned, type Tuned, tunedFileOf, writeTuned } from '../cascade/tuned.ts'
import { loadDataset } from '../data/load-dataset.ts'
import type { Interval } from '../evaluation/bootstrap.ts'
import { signedText } from '../evaluation/report-table.ts'
import { rankerNamed, rankerNames } from '../ranking/rankers/registry.ts'
import { sourcesNamed } from '../sources/registry.ts'
import type { Store } from '../store/store.ts'
import { type DataArguments, storeOf, threadCount, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'
import { logFileOf, surfaceOf, tuneWith } from './tune.ts'

interface FitArguments extends DataArguments {
  sources?: string
  ranker?: string
  surface?: string
  metric?: string
  trials: string
  retune: boolean
  defaults: boolean
  seed: string
  threads: string
  keep: string
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador fit --store shop/store.db
  labrador fit --data goodbooks-10k --ranker trees --threads 2
  labrador fit --store shop/store.db --sources co-occurrence,random-walk,popular --json
  labrador fit --store shop/store.db --retune --trials 100

A snapshot is written whole and activated at the end; a running server takes it within seconds.
Constants that \`labrador tune\` found (tuned.json beside the store) are used.`

export function fitCommand(): Command {
  return new Command('fit')
    .description('Learn from a store and make a snapshot that servers load.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own, filled by `labrador import`')
    .option('--sources <names>', 'only these sources, separated by commas; +NAME adds to the usual ones')
    .option(
      '--ranker <name>',
      `what orders the blend's best: ${rankerNames()}; the blend alone when left out`,
    )
    .option('--defaults', 'with the declared constants, whatever `labrador tune` found', false)
    .option(
      '--retune',
      'tune first, the ranker where one is named, else sources, blend, surface and quotas, and say what it was worth',
      false,
    )
    .option('--surface <surface>', 'of --retune (default: related for sessions, else home)')
    .option('--metric <name>', 'of --retune: METRIC@K (default: ndcg@10 for users, mrr@20 for sessions)')
    .option('--trials <n>', 'of --retune: configurations tried', '60')
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--threads <n>', 'worker threads', String(defaultThreads()))
    .option('--keep <n>', 'snapshots kept, the newest ones', '3')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print the manifest as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: FitArguments): Promise<void> {
  const progress = terminalProgress(given.quiet)
  const seed = wholeNumber('seed', given.seed, 0)
  const threads = threadCount(given.threads)
  const keep = wholeNumber('keep', given.keep, 1)
  const sources = given.sources === undefined ? undefined : sourcesNamed(given.sources)
  const ranker = given.ranker === undefined ? undefined : rankerNamed(given.ranker).name
  const store = await storeOf(given, progress)
  const tuned = await tunedOf(store, given, progress)
  const manifest = await fitStore(store, {
    tuned: tuned ?? undefined,
    snapshotFolder: snapshotFolderOf(store.path),
    sources,
    ranker,
    seed,
    threads,
    keep,
    progress,
    now: Date.now(),
  }).finally(() => store.close())
  if (given.json) console.log(JSON.stringify(manifest, null, 2))
  else {
    console.log(`Snapshot ${manifest.name} is active: ${manifest.sources.join(', ')}.`)
    for (const note of manifest.notes) console.log(`Note: ${note}`)
    for (const [source, reason] of Object.entries(manifest.skipped))
      console.log(`Without ${source}: ${reason}.`)
    console.log(`Next: labrador serve ${given.data ? `--data ${given.data}` : `--store ${given.store}`}`)
  }
}

/** Constants to fit with, tuned anew when that is wanted; null for the declared ones. */
async function tunedOf(store: Store, given: FitArguments, progress: Progress): Promise<Tuned | null> {
  const file = tunedFileOf(store.path)
  const former = given.defaults ? null : await readTuned(file)
  if (!given.retune) return former
  const dataset = loadDataset(store)
  const logFile = logFileOf(store.path, surfaceOf(given, dataset))
  const { tuned, gain } = await tuneWith(dataset, given, former, { logFile, ifOther: 'replace' }, progress)
  await writeTuned(file, tuned)
  if (!given.json) console.log(retuningText(former, tuned, gain))
  return tuned
}

/** The change at old constants, and after re-tuning: the second is what it is worth. */
function retuningText(former: Tuned | null, { run }: Tuned, gain: Interval): string {
  const lines = [
    `${run.metric} of ${run.surface} over ${run.requests.toLocaleString('en')} validation requests:`,
    `  at the old constants ${run.before.toFixed(5)}, after re-tuning ${run.after.toFixed(5)} (${signedText(gain)})`,
  ]
  if (former?.run.metric === run.metric && former.run.surface === run.surface) {
    lines.push(`  at the end of the last tuning, before the change, ${former.run.after.toFixed(5)}`)
  }
  return lines.join('\n')
}
