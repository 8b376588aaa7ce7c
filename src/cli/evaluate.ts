/** @file `labrador evaluate`: how good every source, the blend and the baselines are, with intervals. */

import { Command } from 'commander'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { InvalidOptionError } from '../base/errors.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { optionsOf, readTuned, tunedFileOf, tunedNotes } from '../cascade/tuned.ts'
import { loadDataset } from '../data/load-dataset.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { markdownReport } from '../evaluation/markdown-report.ts'
import { differencesTables, plainTable, systemsTable } from '../evaluation/report-table.ts'
import { rankerDefinitions, rankerNamed, rankerNames } from '../ranking/rankers/registry.ts'
import { sourcesNamed } from '../sources/registry.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import { type DataArguments, storeOf, threadCount, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface EvaluateArguments extends DataArguments {
  surface?: string
  sources?: string
  rankers?: string
  json?: string
  markdown?: string
  html?: string
  users?: string
  newcomers: boolean
  defaults: boolean
  seed: string
  threads: string
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador evaluate --data movielens-1m
  labrador evaluate --data yoochoose-100k --surface related --json report.json --html report.html
  labrador evaluate --store shop/store.db --surface home --sources co-occurrence,ease
  labrador evaluate --data goodbooks-10k --rankers all
  labrador evaluate --data pinterest --users 5000 --markdown report.md

Constants that \`labrador tune\` found (tuned.json beside the store) are used, and a note says so.
The blend is learned on a validation period inside the training data; the test period is only looked at to judge.
The same data, options and seed give the same figures to the last digit, whatever the number of threads.`

/** The command, to be added to the program. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Measure every source, the blend and the baselines on held-out data.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own, filled by `labrador import`')
    .option('--surface <surface>', `${SURFACES.join(' or ')} (default: related for sessions, else home)`)
    .option('--sources <names>', 'only these sources, separated by commas; +NAME adds to the usual ones')
    .option('--rankers <names>', `rankers judged beside the blend: ${rankerNames()}, or all`)
    .option('--users <n>', 'ask for at most this many users (or sessions), a seeded sample')
    .option('--newcomers', 'ask for people of whom nothing is known, not for those who come back', false)
    .option('--defaults', 'with the declared constants, whatever `labrador tune` found', false)
    .option('--json <file>', 'write the whole report as JSON')
    .option('--markdown <file>', 'write the report as Markdown')
    .option('--html <file>', 'write the report as one HTML page with charts')
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--threads <n>', 'worker threads', String(defaultThreads()))
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: EvaluateArguments): Promise<void> {
  const progress = terminalProgress(given.quiet)
  const options = {
    surface: surfaceOf(given.surface),
    sources: given.sources === undefined ? undefined : sourcesNamed(given.sources),
    rankers: rankersOf(given.rankers),
    maxUnits: given.users === undefined ? undefined : wholeNumber('users', given.users, 1),
    seed: wholeNumber('seed', given.seed, 0),
    threads: threadCount(given.threads),
    progress,
  }
  const store = await storeOf(given, progress)
  const dataset = loadDataset(store)
  store.close()
  const tuned = given.defaults ? null : await readTuned(tunedFileOf(store.path))
  const report = await evaluate(dataset, {
    ...optionsOf(tuned?.constants),
    ...options,
    newcomers: given.newcomers,
    notes: tunedNotes(tuned),
  })
  if (given.json) await writeFileAtomic(given.json, `${JSON.stringify(report, null, 2)}\n`)
  if (given.markdown) await writeFileAtomic(given.markdown, markdownReport(report))
  if (given.html) {
    // Loaded when wanted: drawing charts takes longer to load than all the rest of the program.
    const { htmlReport } = await import('../evaluation/html-report.ts')
    await writeFileAtomic(given.html, htmlReport(report))
  }
  console.log(plainTable(systemsTable(report)))
  console.log()
  console.log(differencesTables(report).map(plainTable).join('\n\n'))
  for (const note of report.notes) console.log(`Note: ${note}`)
}

function surfaceOf(given: string | undefined): Surface | undefined {
  const surface = SURFACES.find((known) => known === given)
  if (given !== undefined && !surface) throw new InvalidOptionError('surface', given, SURFACES.join(' or '))
  return surface
}

function rankersOf(given: string | undefined): string[] | undefined {
  if (given === 'all') return rankerDefinitions.map(({ name }) => name)
  return given?.split(',').map((name) => rankerNamed(name.trim()).name)
}
