/** @file `labrador simulate`: a product that learns from its own log, in a simulated world where the truth is known. */

import { Command } from 'commander'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { clickModelOptions } from '../data/world/click-models/options.ts'
import { LOOP_ARMS, runFeedbackLoop } from '../experiments/simulation/feedback-loop.ts'
import { LEARNERS } from '../experiments/simulation/learners.ts'
import { loopChart } from '../experiments/simulation/loop-chart.ts'
import { loopTable } from '../experiments/simulation/loop-table.ts'
import { parseSimulationOptions, simulationOptions } from '../experiments/simulation/options.ts'
import { TRAINING_SETS, type TrainingSet } from '../experiments/simulation/training-sets.ts'
import { policyOptions } from '../ranking/exploration/options.ts'
import { oneOf, share, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface SimulateArguments {
  days: string
  requests: string
  users: string
  items: string
  trainedOn: string
  learner: string
  share: string
  policy: string
  clickModel: string
  fatigue: string
  seeds: string
  seed: string
  chart?: string
  json: boolean
  quiet: boolean
}

const SETS = Object.keys(TRAINING_SETS) as TrainingSet[]
/** Thompson sampling wants counters and probabilities, which the simulated product does not keep. */
const POLICIES = policyOptions.options
  .map(({ shape }) => shape.policy.value)
  .filter((name) => name !== 'thompson')
const CLICK_MODELS = clickModelOptions.options.map(({ shape }) => shape.model.value)
const LEARNER_NAMES = Object.keys(LEARNERS) as (keyof typeof LEARNERS)[]
const DEFAULTS = simulationOptions.parse({})
/** Days that are reported together, at most. */
const LAST_DAYS = 5

const EXAMPLES = `
Trained on:
${Object.entries(TRAINING_SETS)
  .map(([name, meaning]) => `  ${name.padEnd(20)}${meaning}`)
  .join('\n')}

Examples:
  labrador simulate --days 10
  labrador simulate --days 20 --seeds 5 --chart loop.svg
  labrador simulate --days 10 --trained-on own-log,randomised --click-model dynamic-bayesian --fatigue 0.02`

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('Let a product learn from its own log in a simulated world, and judge it by the truth.')
    .option('--days <n>', 'days; after each the ranker is trained anew', String(DEFAULTS.days))
    .option('--requests <n>', 'requests a day', String(DEFAULTS.requestsPerDay))
    .option('--users <n>', 'people in the world', String(DEFAULTS.users))
    .option('--items <n>', 'items in the world', String(DEFAULTS.items))
    .option('--trained-on <names>', 'what rankers are trained on, separated by commas', SETS.join(','))
    .option('--learner <name>', `the kind of ranker: ${LEARNER_NAMES.join(', ')}`, 'linear')
    .option('--share <x>', 'requests shown in random order, as a share', String(DEFAULTS.share))
    .option('--policy <name>', `how the others are shown: ${POLICIES.join(', ')}`, DEFAULTS.policy.policy)
    .option('--click-model <name>', `how people click: ${CLICK_MODELS.join(', ')}`, DEFAULTS.clickModel.model)
    .option('--fatigue <x>', 'share of the attraction that each impression of a subject takes', '0')
    .option('--seeds <n>', 'worlds, each with a seed of its own', '1')
    .option('--seed <n>', 'the first seed', '1')
    .option('--chart <file>', 'write a picture of all days there, as SVG')
    .option('--json', 'print all days as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: SimulateArguments): Promise<void> {
  const progress = terminalProgress(given.quiet)
  const first = wholeNumber('seed', given.seed, 0)
  const seeds = Array.from({ length: wholeNumber('seeds', given.seeds, 1, 1000) }, (_, k) => first + k)
  const options = parseSimulationOptions({
    seed: first,
    days: wholeNumber('days', given.days, 1),
    requestsPerDay: wholeNumber('requests', given.requests, 1),
    users: wholeNumber('users', given.users, 1),
    items: wholeNumber('items', given.items, 1),
    share: share('share', given.share),
    policy: { policy: oneOf('policy', given.policy, POLICIES) },
    clickModel: { model: oneOf('click-model', given.clickModel, CLICK_MODELS) },
    fatigue: share('fatigue', given.fatigue),
  })
  const sets = given.trainedOn.split(',').map((name) => oneOf('trained-on', name.trim(), SETS))
  const arms = LOOP_ARMS.filter(({ set }) => sets.includes(set))
  const learn = LEARNERS[oneOf('learner', given.learner, LEARNER_NAMES)]
  const runs = await runFeedbackLoop(options, seeds, learn, progress, arms)
  if (given.chart) await writeFileAtomic(given.chart, loopChart(runs))
  if (given.json) console.log(JSON.stringify(runs, null, 2))
  else {
    const lastDays = Math.min(LAST_DAYS, Math.ceil(options.days / 2))
    console.log(`Expected clicks as a share of those of the best lists, over the last ${lastDays} days:\n`)
    console.log(loopTable(runs, lastDays))
  }
}
