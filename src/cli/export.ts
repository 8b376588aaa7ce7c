/** @file `labrador export`: a store's items, users, collections and events as files. */

import { Command } from 'commander'
import { InvalidOptionError } from '../base/errors.ts'
import { type ExportSummary, exportFile } from '../store/export/export-file.ts'
import { RECORD_KINDS, type RecordKind } from '../store/import/mapping.ts'
import { type DataArguments, storeOf } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface ExportArguments extends DataArguments, Partial<Record<RecordKind, string>> {
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador export --store shop/store.db --events events.csv.gz
  labrador export --store shop/store.db --items items.jsonl --users users.jsonl --collections boards.parquet
  labrador export --data movielens-1m --events ratings.parquet --json

The name of a file tells its format: .csv, .tsv, .jsonl (each also with .gz) or .parquet. A file appears when it is
complete. Importing what was exported gives the same store.`

/** The command, to be added to the program. */
export function exportCommand(): Command {
  return new Command('export')
    .description('Write items, users, collections and events to CSV, JSON lines or Parquet.')
    .option('--store <file>', 'a store of your own')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--items <file>', 'write the items there')
    .option('--users <file>', 'write the users there')
    .option('--collections <file>', 'write the collections there')
    .option('--events <file>', 'write the events there')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print the summary as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: ExportArguments): Promise<void> {
  const kinds = RECORD_KINDS.filter((kind) => given[kind] !== undefined)
  if (kinds.length === 0) {
    throw new InvalidOptionError(
      'events',
      undefined,
      'at least one of --items, --users, --collections, --events',
    )
  }
  const progress = terminalProgress(given.quiet)
  const store = await storeOf(given, progress)
  const summaries: ExportSummary[] = []
  try {
    for (const kind of kinds) summaries.push(await exportFile(store, kind, given[kind]!, { progress }))
  } finally {
    store.close()
  }
  if (given.json) console.log(JSON.stringify({ store: store.path, files: summaries }, null, 2))
  else
    for (const { file, kind, rows } of summaries)
      console.log(`${file}: ${rows.toLocaleString('en')} ${kind}.`)
}
