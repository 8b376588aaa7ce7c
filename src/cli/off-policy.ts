/** @file `labrador off-policy`: what a policy would have earned, from the log of another one. */

import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { InvalidOptionError, NotFoundError } from '../base/errors.ts'
import { BLEND } from '../cascade/rank.ts'
import { activeSnapshot, readRanking } from '../cascade/snapshot.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { defaultDataDirectories } from '../data/files.ts'
import { BANDIT_CAMPAIGNS, BANDIT_LOGS, readOpenBandit } from '../data/open-bandit.ts'
import { readDatasetMeta } from '../data/store-meta.ts'
import { bootstrapDefaults, type Interval } from '../evaluation/bootstrap.ts'
import {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type PolicyReport,
  type SlateReport,
} from '../evaluation/off-policy/evaluate-policy.ts'
import { openBanditFeatures, openBanditLog } from '../evaluation/off-policy/open-bandit-log.ts'
import {
  type ModelledLog,
  uniformPolicy,
  type WeightedLog,
  weigh,
} from '../evaluation/off-policy/policy-log.ts'
import { modelRewards } from '../evaluation/off-policy/reward-model.ts'
import { readWeightedRows } from '../evaluation/off-policy/weighted-rows.ts'
import { plainTable, type TextTable } from '../evaluation/report-table.ts'
import { readLogRows } from '../learning/log-rows.ts'
import { logScorer } from '../learning/score-log.ts'
import { estimateRanking } from '../learning/slate-estimates.ts'
import { SURFACES } from '../sources/request.ts'
import { openStore } from '../store/sqlite-store.ts'
import { oneOf, wholeNumber } from './options.ts'

interface OffPolicyArguments {
  log?: string
  store?: string
  surface: string
  ranking: string
  places: string
  data?: string
  campaign: string
  policy: string
  dataDir?: string[]
  resamples: string
  seed: string
  json: boolean
}

/** Pseudo-inverse weights vary with places × items: more places than that say nothing in any log of a usual size. */
const MOST_PLACES = 20
/** The newest so many requests are read, which bounds the memory. */
const MOST_REQUESTS = 1_000_000

const EXAMPLES = `
Examples:
  labrador off-policy --log shown.csv
  labrador off-policy --log shown.jsonl.gz --json
  labrador off-policy --store shop/store.db --surface related --ranking blend
  labrador off-policy --data open-bandit --campaign men
  labrador off-policy --data open-bandit --campaign women --policy bts

A log has the columns reward, propensity (of what was shown) and target (the new policy's probability of the same), and
where a reward model is at hand, predicted and expected. Of a store, the lists that the server showed in random order say what
another order of the same items would have earned in the first places. Of the open bandit data the uniform policy is evaluated.
Refused estimates are shown, marked, and end the command with status 1: they are not for decisions.`

/** The command, to be added to the program. */
export function offPolicyCommand(): Command {
  return new Command('off-policy')
    .description('Estimate what a policy would have earned, from the log of another one.')
    .option('--log <file>', 'a log of your own: CSV or JSON lines')
    .option('--store <file>', 'the log of requests that the server wrote')
    .option('--surface <surface>', `of --store: ${SURFACES.join(' or ')}`, 'related')
    .option(
      '--ranking <name>',
      'of --store: active (the ranker of the active snapshot), blend, or the name of a snapshot',
      'active',
    )
    .option('--places <n>', 'of --store: the first so many places of a list are judged', '5')
    .option('--data <name>', 'open-bandit: the small Open Bandit Dataset')
    .option('--campaign <name>', `of open-bandit: ${BANDIT_CAMPAIGNS.join(' or ')}`, 'men')
    .option('--policy <name>', `who logged in open-bandit: ${BANDIT_LOGS.join(' or ')}`, 'bts')
    .option('--resamples <n>', 'bootstrap replicates', String(bootstrapDefaults.resamples))
    .option('--seed <n>', 'seed of the bootstrap', '1')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print the report as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: OffPolicyArguments): Promise<void> {
  const resamples = wholeNumber('resamples', given.resamples, 100, 100_000)
  const seed = wholeNumber('seed', given.seed, 0)
  const { title, report } = await reportOf(given, { resamples, seed })
  console.log(given.json ? JSON.stringify({ title, ...report }, null, 2) : pageOf(title, report))
  if (report.refusals.length > 0) process.exitCode = 1
}

type Options = Pick<EvaluatePolicyOptions, 'resamples' | 'seed'>

async function reportOf(given: OffPolicyArguments, options: Options) {
  const from = [given.log, given.data, given.store].filter((one) => one !== undefined)
  if (from.length !== 1) {
    throw new InvalidOptionError('log', given.log, 'one of --log FILE, --store FILE and --data open-bandit')
  }
  if (given.store !== undefined) return ofOwnLog(given.store, given, options)
  const { log, title } = await logOf(given)
  return { title, report: evaluatePolicy(log, options) }
}

/** A ranking against the lists of the server's own log. */
async function ofOwnLog(path: string, given: OffPolicyArguments, options: Options) {
  if (!existsSync(path)) throw new NotFoundError('store', path)
  const surface = oneOf('surface', given.surface, SURFACES)
  const places = wholeNumber('places', given.places, 1, MOST_PLACES)
  const folder = snapshotFolderOf(path)
  const name = given.ranking === 'active' ? await activeSnapshot(folder) : given.ranking
  const ranking = name === BLEND ? null : await readRanking(folder, name)
  if (name !== BLEND && !ranking) throw new NotFoundError('snapshot', name, { field: 'ranking' })
  const store = openStore(path)
  try {
    const positive = readDatasetMeta(store)?.positive ?? {}
    const log = readLogRows(store, { surface, positive, requests: MOST_REQUESTS })
    const model = ranking?.rankers[surface]
    const scores = logScorer(model, log)(log.values, log.rows)
    const title = `${path}, ${surface}: the order of ${model ? `snapshot ${name}` : 'the blend'}, wanted items in the first ${places} places`
    return { title, report: estimateRanking(log, scores, places, { ...options, path }) }
  } finally {
    store.close()
  }
}

async function logOf(given: OffPolicyArguments): Promise<{ log: WeightedLog | ModelledLog; title: string }> {
  if (given.log !== undefined) return { log: await readWeightedRows(given.log), title: given.log }
  oneOf('data', given.data!, ['open-bandit'])
  const campaign = oneOf('campaign', given.campaign, BANDIT_CAMPAIGNS)
  const policy = oneOf('policy', given.policy, BANDIT_LOGS)
  const rows = await readOpenBandit(policy, campaign, {
    directories: given.dataDir ?? defaultDataDirectories(),
    offline: true,
  })
  const logged = openBanditLog(rows)
  const uniform = uniformPolicy(rows.items)
  const log = modelRewards(logged, uniform, weigh(logged, uniform), openBanditFeatures(rows))
  return { log, title: `open-bandit ${campaign}: the uniform policy from the log of ${policy}` }
}

/** The report as lines for a terminal. */
export function pageOf(title: string, report: PolicyReport | SlateReport): string {
  const { diagnostics, logged, estimates } = report
  const { rows, meanWeight, effectiveSampleSize, maxWeight, unsupportedMass } = diagnostics
  const table: TextTable = {
    title,
    head: ['estimator', 'reward a row', 'interval', 'less logged', 'interval'],
    rows: [
      ['logged', ...cells(logged), '', ''],
      ...estimates.map(({ name, value, gain }) => [name, ...cells(value), ...cells(gain)]),
      ...('bernstein' in report ? [['ips, Bernstein', ...cells(report.bernstein), '', '']] : []),
    ],
    figures: [false, true, true, true, true],
    caption: `${Math.round(report.confidence * 100)} % intervals, bootstrap over rows (${report.resamples} resamples)`,
  }
  const facts = [
    `rows ${rows.toLocaleString('en')}`,
    `effective ${effectiveSampleSize.toFixed(0)}`,
    `mean weight ${meanWeight.toFixed(3)}`,
    `largest ${maxWeight.toLocaleString('en', { maximumFractionDigits: 0 })}`,
    `unsupported ${(100 * unsupportedMass).toFixed(1)} %`,
  ]
  const verdict =
    report.refusals.length === 0
      ? ['May be published.']
      : ['REFUSED: not for decisions.', ...report.refusals.map((reason) => `  ${reason}`)]
  return [plainTable(table), facts.join(' · '), ...verdict].join('\n')
}

const cells = ({ value, low, high }: Interval) => [digits(value), `[${digits(low)}, ${digits(high)}]`]

/** Click rates are small: three figures that count. */
const digits = (value: number) => value.toFixed(5)
