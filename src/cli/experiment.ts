/** @file `labrador experiment`: checks declared experiments, says who is in which arm, and analyses what came of it. */

import { Command } from 'commander'
import { InvalidOptionError, NotFoundError } from '../base/errors.ts'
import { plainTable } from '../evaluation/report-table.ts'
import { type AnalyseOptions, analyse, analyseDefaults } from '../experiments/analyse.ts'
import { analysisText } from '../experiments/analysis-table.ts'
import { assign } from '../experiments/assignment.ts'
import type { Experiment } from '../experiments/declaration.ts'
import { firstExposures, loggedExposures, readExposures, totalUnits } from '../experiments/exposure.ts'
import { readInterleavedRows } from '../experiments/interleaved-rows.ts'
import { preferenceOf } from '../experiments/interleaving.ts'
import { parseMetric } from '../experiments/metric.ts'
import { readExperiments } from '../experiments/read-experiments.ts'
import { readUnitTable, type UnitTable } from '../experiments/unit-table.ts'
import { type DataArguments, storeOf, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface AnalyseArguments extends DataArguments {
  units?: string
  exposures?: string
  days: string
  daysBefore: string
  metric: string[]
  planned?: string
  mixture: string
  json: boolean
}

const EXAMPLES = `
Examples:
  labrador experiment list experiments.json
  labrador experiment assign experiments.json ada
  labrador experiment analyse experiments.json longer-lists --units units.csv --metric clicks ctr=clicks/impressions
  labrador experiment analyse experiments.json longer-lists --store shop/store.db --metric purchase
  labrador experiment interleaving lists.csv`

const SIGNIFICANT = 0.05
const DAY_MS = 24 * 60 * 60 * 1000

/** The command, to be added to the program. */
export function experimentCommand(): Command {
  const command = new Command('experiment')
    .description('Check declared experiments, deal their arms, and analyse what came of them.')
    .addHelpText('after', EXAMPLES)
  command
    .command('list')
    .description('Check a file of experiments and list them.')
    .argument('<file>', 'JSON: { "experiments": [...] }')
    .option('--json', 'print them with everything filled in', false)
    .action(list)
  command
    .command('assign')
    .description('Say in which arms a user is.')
    .argument('<file>', 'JSON: { "experiments": [...] }')
    .argument('<user>', 'id of the user')
    .option('--json', 'print as JSON', false)
    .action(showAssignment)
  command
    .command('analyse')
    .description('Compare the arms of an experiment.')
    .argument('<file>', 'JSON: { "experiments": [...] }')
    .argument('<name>', 'of the experiment')
    .requiredOption(
      '--metric <metrics...>',
      'COLUMN, or NAME=COLUMN/COLUMN for ratios; the first one decides',
    )
    .option('--units <file>', 'unit, arm and totals, with before_… for the time before; CSV or JSON lines')
    .option(
      '--exposures <file>',
      'time (ms), unit, experiment, arm: with --store, instead of the requests that the server logged',
    )
    .option('--data <name>', 'the store of a public dataset, or of a simulated world')
    .option('--store <file>', 'a store of your own')
    .option('--days <n>', 'from the first exposure on, counted in the store', '14')
    .option('--days-before <n>', 'before the first exposure, to explain differences by', '14')
    .option('--planned <n>', 'units in all arms at which the experiment ends, for looks until then')
    .option('--mixture <sd>', 'effect that always-valid figures look for', String(analyseDefaults.mixture))
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print the analysis as JSON', false)
    .action(showAnalysis)
  command
    .command('interleaving')
    .description('Say which of two rankings that shared lists (team draft) is preferred.')
    .argument('<file>', 'one row per shown item: list, team, clicks, and user where known; CSV or JSON lines')
    .option('--json', 'print as JSON', false)
    .action(showPreference)
  return command
}

async function showPreference(file: string, { json }: { json: boolean }): Promise<void> {
  const { teams, winners, unit, lists } = await readInterleavedRows(file)
  const preference = preferenceOf(winners)
  if (json) {
    console.log(JSON.stringify({ teams, unit, lists, ...preference }, null, 2))
    return
  }
  const { firstWins, secondWins, ties, share, p } = preference
  const [first, second] = teams
  const count = (n: number) => n.toLocaleString('en')
  console.log(
    [
      `${file}: ${count(lists)} lists, ${count(winners.length)} ${unit}s`,
      `${second} won ${count(secondWins)}, ${first} won ${count(firstWins)}, neither ${count(ties)}.`,
      `Of what was decided, ${second} won ${percent(share.value)} [${percent(share.low)}, ${percent(share.high)}]; p ${p.toPrecision(2)} (sign test).`,
      p < SIGNIFICANT
        ? `${share.value > 0.5 ? second : first} is preferred. By how much a metric moves, an A/B test says.`
        : 'No preference can be told apart from chance.',
    ].join('\n'),
  )
}

function list(file: string, { json }: { json: boolean }): void {
  const experiments = readExperiments(file)
  if (json) {
    console.log(JSON.stringify({ experiments }, null, 2))
    return
  }
  const head = ['name', 'kind', 'layer', 'traffic', 'surfaces', 'arms']
  console.log(
    plainTable({
      title: `${file}: ${experiments.length} experiments`,
      head,
      rows: experiments.map(({ name, kind, layer, traffic, surfaces, arms, control }) => [
        name,
        kind,
        layer,
        `${percent(traffic[0])}–${percent(traffic[1])}`,
        surfaces.join(', '),
        arms.map((arm) => `${arm.name}${arm.name === control ? '*' : ''} ${percent(arm.share)}`).join(', '),
      ]),
      figures: head.map(() => false),
      caption: '* control; experiments of one layer exclude each other, layers are independent',
    }),
  )
}

function showAssignment(file: string, user: string, { json }: { json: boolean }): void {
  if (user.trim() === '') throw new InvalidOptionError('user', user, 'the id of a user')
  const arms = readExperiments(file).map((experiment) => ({
    experiment: experiment.name,
    arm: assign(experiment, user)?.name ?? null,
  }))
  if (json) console.log(JSON.stringify({ user, arms }, null, 2))
  else for (const { experiment, arm } of arms) console.log(`${experiment}: ${arm ?? 'not in it'}`)
}

async function showAnalysis(file: string, name: string, given: AnalyseArguments): Promise<void> {
  const experiment = readExperiments(file).find((known) => known.name === name)
  if (!experiment)
    throw new NotFoundError('experiment', name, { hint: `see labrador experiment list ${file}` })
  const options: AnalyseOptions = {
    ...analyseDefaults,
    metrics: given.metric.map(parseMetric),
    mixture: positive('mixture', given.mixture),
    plannedUnits: given.planned === undefined ? null : wholeNumber('planned', given.planned, 1),
  }
  const { table, notes } = await tableOf(experiment, given)
  const analysis = analyse(experiment, table, options)
  if (given.json) console.log(JSON.stringify({ ...analysis, notes }, null, 2))
  else console.log([analysisText(analysis), ...notes.map((note) => `Note: ${note}`)].join('\n'))
  if (analysis.refusal !== null) process.exitCode = 1
}

async function tableOf(
  experiment: Experiment,
  given: AnalyseArguments,
): Promise<{ table: UnitTable; notes: string[] }> {
  const hasStore = given.store !== undefined || given.data !== undefined
  if ((given.units !== undefined) === hasStore) {
    throw new InvalidOptionError('units', given.units, 'either --units FILE, or --store FILE')
  }
  if (given.units !== undefined) return { table: await readUnitTable(given.units, experiment), notes: [] }
  const window = wholeNumber('days', given.days, 1) * DAY_MS
  const before = wholeNumber('days-before', given.daysBefore, 0) * DAY_MS
  const store = await storeOf(given, terminalProgress())
  try {
    const exposures =
      given.exposures === undefined
        ? loggedExposures(store.requests(), experiment)
        : await readExposures(given.exposures, experiment)
    const first = firstExposures(exposures)
    const table = totalUnits(experiment, first, store.events(), window, before)
    const notes =
      first.crossed > 0 ? [`${first.crossed} units were shown more than one arm and are left out.`] : []
    return { table, notes }
  } finally {
    store.close()
  }
}

function positive(field: string, given: string): number {
  const value = Number(given)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidOptionError(field, given, 'a number above 0')
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`
