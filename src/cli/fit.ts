/** @file `labrador fit`: learns from a store and makes a snapshot that servers load. */

import { Command } from 'commander'
import { defaultThreads } from '../base/worker-pool.ts'
import { fitStore } from '../cascade/fit-store.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { sourceDefinition } from '../sources/registry.ts'
import { type DataArguments, storeOf, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface FitArguments extends DataArguments {
  sources?: string
  seed: string
  threads: string
  keep: string
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador fit --store shop/store.db
  labrador fit --data goodbooks-10k --threads 2
  labrador fit --store shop/store.db --sources co-occurrence,random-walk,popular --json

A snapshot is written whole and activated at the end; a running server keeps its own until it is started again.`

export function fitCommand(): Command {
  return new Command('fit')
    .description('Learn from a store and make a snapshot that servers load.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own, filled by `labrador import`')
    .option('--sources <names>', 'only these sources, separated by commas')
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
  const threads = wholeNumber('threads', given.threads, 1)
  const keep = wholeNumber('keep', given.keep, 1)
  const sources = given.sources?.split(',').map((name) => sourceDefinition(name.trim()).name)
  const store = await storeOf(given, progress)
  const manifest = await fitStore(store, {
    snapshotFolder: snapshotFolderOf(store.path),
    sources,
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
