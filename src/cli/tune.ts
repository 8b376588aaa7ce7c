/** @file `labrador tune`: searches the constants of a cascade for better ones. */

import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { InvalidOptionError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { noConstants, readTuned, type Tuned, tunedFileOf, writeTuned } from '../cascade/tuned.ts'
import type { Dataset } from '../data/dataset.ts'
import { loadDataset } from '../data/load-dataset.ts'
import type { Interval } from '../evaluation/bootstrap.ts'
import { defaultSurface } from '../evaluation/evaluate.ts'
import { metricNamed } from '../evaluation/metrics.ts'
import { signedText } from '../evaluation/report-table.ts'
import { SURFACE_GROUPS } from '../experiments/tuning/cascade-objective.ts'
import { compareOnTest } from '../experiments/tuning/compare-on-test.ts'
import { bestSoFarCurve, changesText, historyTable } from '../experiments/tuning/history-text.ts'
import {
  type CascadeTuning,
  type TuneCascadeOptions,
  tuneCascade,
} from '../experiments/tuning/tune-cascade.ts'
import { rankerNamed, rankerNames } from '../ranking/rankers/registry.ts'
import { sourceDefinitions, sourcesNamed } from '../sources/registry.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import { type DataArguments, oneOf, storeOf, threadCount, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

/** What `fit --retune` takes too. */
export interface TuneArguments {
  sources?: string
  surface?: string
  metric?: string
  groups?: string
  ranker?: string
  trials: string
  parallel?: string
  users?: string
  smallestShare?: string
  seed: string
  threads: string
}

const DEFAULTS = { parallel: '2', users: '1000', smallestShare: '0.33' }

interface CommandArguments extends TuneArguments, DataArguments {
  fromDefaults: boolean
  log?: string
  anew: boolean
  test: boolean
  dryRun: boolean
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador tune --data movielens-1m
  labrador tune --store shop/store.db --surface related --metric ndcg@20 --trials 100 --threads 8 --parallel 4
  labrador tune --data goodbooks-10k --groups random-walk,similar-users,blend --test
  labrador tune --store shop/store.db --groups quotas,surface --trials 30

What is found stands in tuned.json beside the store, where \`labrador fit\` reads it. Configurations are compared on
validation periods inside the training data; the test period is not looked at, but to judge once, at the end, with --test.
A run that was killed goes on where it was when the same command is given again.`

export function tuneCommand(): Command {
  return new Command('tune')
    .description('Search the constants of a cascade for better ones.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own, filled by `labrador import`')
    .option('--surface <surface>', `${SURFACES.join(' or ')} (default: related for sessions, else home)`)
    .option('--metric <name>', 'METRIC@K (default: ndcg@10 for users, mrr@20 for sessions)')
    .option('--sources <names>', 'the cascade has only these sources, separated by commas')
    .option(
      '--groups <names>',
      `only constants of these groups: names of sources, ${SURFACE_GROUPS.join(', ')}; separated by commas`,
    )
    .option(
      '--ranker <name>',
      `only the options of this ranker, and how many candidates it gets: ${rankerNames()}`,
    )
    .option('--trials <n>', 'configurations tried, the present one included', '60')
    .option('--parallel <n>', 'configurations measured at a time', DEFAULTS.parallel)
    .option('--users <n>', 'users (or sessions) at most in each validation period', DEFAULTS.users)
    .option(
      '--smallest-share <x>',
      'share of the requests on which configurations are measured first',
      DEFAULTS.smallestShare,
    )
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--threads <n>', 'worker threads', String(defaultThreads()))
    .option('--from-defaults', 'begin with the declared defaults, not with what was tuned before', false)
    .option('--log <file>', 'log of trials (default: tuning-SURFACE.jsonl, beside the store)')
    .option('--anew', 'begin a new log, whatever the old one holds', false)
    .option('--test', 'judge the constants before and after on the test period, too', false)
    .option('--dry-run', 'do not write what was found', false)
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print what was found as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: CommandArguments): Promise<void> {
  const progress = terminalProgress(given.quiet)
  const store = await storeOf(given, progress)
  const { path } = store
  const dataset = loadDataset(store)
  store.close()
  const former = given.fromDefaults ? null : await readTuned(tunedFileOf(path))
  const surface = surfaceOf(given, dataset)
  const log = { logFile: given.log ?? logFileOf(path, surface), ifOther: 'refuse' } as const
  if (given.anew) await rm(log.logFile, { force: true })
  const { tuned, gain } = await tuneWith(dataset, given, former, log, progress)
  if (given.json) console.log(JSON.stringify(tuned, null, 2))
  else console.log(tuningText(tuned, gain))
  if (given.test) {
    const seed = wholeNumber('seed', given.seed, 0)
    const threads = threadCount(given.threads)
    const { metric } = tuned.run
    const constants = { before: former?.constants ?? noConstants, after: tuned.constants }
    const options = { surface, metric, sources: sourcesOf(given), seed, threads, progress }
    const { before, after, difference } = await compareOnTest(dataset, constants, options)
    if (!given.json) {
      console.log(
        `On the test period: ${before.toFixed(4)} before, ${after.toFixed(4)} after, ${signedText(difference)}.`,
      )
    }
  }
  if (given.dryRun) return
  await writeTuned(tunedFileOf(path), tuned)
  if (!given.json) console.log(`Written to ${tunedFileOf(path)}; next: labrador fit`)
}

function tuningText({ run }: Tuned, gain: Interval): string {
  const best = run.history.find(({ share, value }) => share === 1 && value === run.after)!
  return [
    historyTable(run),
    '',
    bestSoFarCurve(run, CURVE.width, CURVE.height),
    '',
    `${run.metric} over ${run.requests.toLocaleString('en')} validation requests of ${run.surface}:`,
    `  before ${run.before.toFixed(5)}, after ${run.after.toFixed(5)}, ${signedText(gain)} paired over users.`,
    '  The search chose the best of many on these very requests: on others expect less.',
    ...(gain.low > 0
      ? []
      : ['  The interval holds zero: it may be worth nothing. `labrador fit --defaults` goes without.']),
    `Changed: ${changesText(best.changed)}.`,
  ].join('\n')
}

/** One run of the tuner with a command's arguments. */
export async function tuneWith(
  dataset: Dataset,
  given: TuneArguments,
  former: Tuned | null,
  log: Pick<TuneCascadeOptions, 'logFile' | 'ifOther'>,
  progress: Progress,
): Promise<CascadeTuning> {
  const surface = surfaceOf(given, dataset)
  const metric = metricNamed(given.metric ?? (dataset.split.kind === 'sessions' ? 'mrr@20' : 'ndcg@10')).name
  return tuneCascade(dataset, {
    surface,
    metric,
    sources: sourcesOf(given),
    groups: groupsOf(given),
    ranker: given.ranker === undefined ? undefined : rankerNamed(given.ranker).name,
    constants: former?.constants ?? noConstants,
    units: wholeNumber('users', given.users ?? DEFAULTS.users, 10),
    threads: threadCount(given.threads),
    parallel: wholeNumber('parallel', given.parallel ?? DEFAULTS.parallel, 1, 256),
    trials: wholeNumber('trials', given.trials, 1, 100_000),
    seed: wholeNumber('seed', given.seed, 0),
    method: 'bayesian',
    smallestShare: shareOf('smallest-share', given.smallestShare ?? DEFAULTS.smallestShare),
    groupsChanged: GROUPS_CHANGED,
    ...log,
    clock: () => performance.now() / 1000,
    progress,
  })
}

/** Log of the trials of a surface, beside the store. */
export function logFileOf(storePath: string, surface: Surface): string {
  return join(dirname(storePath), `tuning-${surface}.jsonl`)
}

export function surfaceOf({ surface }: Pick<TuneArguments, 'surface'>, dataset: Dataset): Surface {
  return surface === undefined ? defaultSurface(dataset) : oneOf('surface', surface, SURFACES)
}

function sourcesOf({ sources }: TuneArguments): string[] | undefined {
  return sources === undefined ? undefined : sourcesNamed(sources)
}

function groupsOf({ groups }: TuneArguments): string[] | undefined {
  const known = [...SURFACE_GROUPS, ...sourceDefinitions.map(({ name }) => name)]
  return groups?.split(',').map((name) => oneOf('groups', name.trim(), known))
}

function shareOf(field: string, given: string): number {
  const share = Number(given)
  if (share > 0 && share <= 1) return share
  throw new InvalidOptionError(field, given, 'a number above 0, at most 1')
}

const CURVE = { width: 60, height: 8 }
/** Of a cascade's sources; fewer cost less to fit, and a run learns more of each. */
const GROUPS_CHANGED = 2
