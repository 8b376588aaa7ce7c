/** @file `labrador learn`: trains a ranker on the log of requests and activates it when it passes the gates. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { InvalidOptionError } from '../base/errors.ts'
import { defaultThreads } from '../base/worker-pool.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { type LearnReport, learnFromLog, learnOptions } from '../learning/learn-from-log.ts'
import { rankerNamed, rankerNames } from '../ranking/rankers/registry.ts'
import { SURFACES } from '../sources/request.ts'
import { openStore } from '../store/sqlite-store.ts'
import { type DataArguments, oneOf, storeOf, threadCount, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface LearnArguments extends DataArguments {
  surface: string
  ranker: string
  traffic: string
  places: string
  options?: string
  requests: string
  every?: string
  dryRun: boolean
  keep: string
  seed: string
  threads: string
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador learn --store shop/store.db --surface related
  labrador learn --store shop/store.db --surface home --traffic randomised --dry-run
  labrador learn --store shop/store.db --surface related --options '{"objective":"logistic"}'
  labrador learn --store shop/store.db --surface related --every 360

The newest fifth of the requests judges and teaches nothing. Where the new ranker may be worse than the one that serves,
or logged features are not what is computed again, nothing is changed and the command ends with status 1.
Back to an earlier snapshot: labrador snapshots --activate NAME.`

export function learnCommand(): Command {
  return new Command('learn')
    .description('Train a ranker on the log of requests, and activate it when it passes the gates.')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own')
    .requiredOption('--surface <surface>', SURFACES.join(' or '))
    .option('--ranker <name>', rankerNames(), 'trees')
    .option('--traffic <which>', 'all, randomised, or both with weights', 'all')
    .option('--places <how>', 'feature, examination, propensity or ignored', 'feature')
    .option('--options <json>', "the ranker's options")
    .option('--requests <n>', 'the newest so many requests are learned from', '200000')
    .option('--every <minutes>', 'again and again, with so many minutes between')
    .option('--dry-run', 'say what would be done', false)
    .option('--keep <n>', 'snapshots kept, the newest ones', '3')
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--threads <n>', 'worker threads', String(defaultThreads()))
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print the report as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: LearnArguments): Promise<void> {
  const progress = terminalProgress(given.quiet)
  const surface = oneOf('surface', given.surface, SURFACES)
  const options = learnOptions.parse({
    ranker: rankerNamed(given.ranker).name,
    rankerOptions: given.options === undefined ? {} : jsonOf(given.options),
    traffic: oneOf('traffic', given.traffic, ['all', 'randomised', 'both']),
    places: oneOf('places', given.places, ['feature', 'examination', 'propensity', 'ignored']),
    requests: wholeNumber('requests', given.requests, 1, 5_000_000),
  })
  const everyMinutes = given.every === undefined ? null : wholeNumber('every', given.every, 1)
  const context = {
    keep: wholeNumber('keep', given.keep, 1),
    seed: wholeNumber('seed', given.seed, 0),
    threads: threadCount(given.threads),
    dryRun: given.dryRun,
    progress,
  }
  const { path } = await storeOf(given, progress).then((store) => {
    store.close()
    return store
  })
  for (;;) {
    const store = openStore(path)
    const report = await learnFromLog(store, surface, options, {
      ...context,
      snapshotFolder: snapshotFolderOf(path),
      now: Date.now(),
    }).finally(() => store.close())
    console.log(given.json ? JSON.stringify(report, null, 2) : reportText(report, given.dryRun))
    if (everyMinutes === null) {
      if (report.failed.length > 0) process.exitCode = 1
      return
    }
    await sleep(everyMinutes * 60_000)
  }
}

function jsonOf(given: string): unknown {
  try {
    const parsed: unknown = JSON.parse(given)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch {
    // Said below.
  }
  throw new InvalidOptionError('options', given, 'a JSON object')
}

function reportText(report: LearnReport, dryRun: boolean): string {
  const { requests, randomised, rows, ranker, reliability, comparison, skew, failed } = report
  const lines = [
    `${requests.toLocaleString('en')} requests (${randomised.toLocaleString('en')} in random order), ${rows.toLocaleString('en')} shown items.`,
    `Ranker ${ranker.ranker}: ${Object.entries(ranker.fitted)
      .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
      .join(', ')}.`,
  ]
  if (comparison) {
    const { served, candidate, difference } = comparison
    const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
    lines.push(
      `NDCG@10 within ${comparison.requests.toLocaleString('en')} shown lists: ${served.value.toFixed(4)} as served, ${candidate.value.toFixed(4)} new, ${signed(difference.value)} [${signed(difference.low)}, ${signed(difference.high)}].`,
    )
  }
  lines.push(
    reliability
      ? `Probabilities by ${ranker.calibration!.kind}: normalised entropy ${reliability.normalisedEntropy.toFixed(4)}, calibration error ${reliability.calibrationError.toFixed(4)}.`
      : 'No probabilities: scores say no more of single items than the share that is wanted.',
    `Skew: ${(skew.share * 100).toFixed(2)} % of the feature values of ${skew.requests} requests differ when computed again.`,
    ...skew.features
      .slice(0, 5)
      .map(({ feature, differing, values }) => `  ${feature}: ${differing} of ${values}`),
    ...(skew.passedOver.length > 0
      ? [`  ${skew.passedOver.length} features of live counters are passed over: they have counted since.`]
      : []),
    ...failed.map((reason) => `Not activated: ${reason}.`),
  )
  if (report.activated)
    lines.push(`Snapshot ${report.active} is active; running servers take it within seconds.`)
  else if (dryRun && failed.length === 0) lines.push('It would be activated.')
  return lines.join('\n')
}
