/** @file `labrador explain`: why a request was answered as it was. */

import { Command } from 'commander'
import { NotFoundError } from '../base/errors.ts'
import { type Explanation, explainRequest } from '../cascade/explain.ts'
import { readRanking } from '../cascade/snapshot.ts'
import { snapshotFolderOf } from '../cascade/snapshot-folder.ts'
import { type DataArguments, storeOf, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface ExplainArguments extends DataArguments {
  features: string
  json: boolean
}

const EXAMPLES = `
Examples:
  labrador explain 5f0c8a52-3c43-4a52-9a4e-0a3a6a3c1c11 --store shop/store.db
  labrador explain 5f0c8a52-3c43-4a52-9a4e-0a3a6a3c1c11 --data movielens-1m --features 5
  labrador explain 5f0c8a52-3c43-4a52-9a4e-0a3a6a3c1c11 --store shop/store.db --json

The request's id is in its response (requestId) and in the header x-request-id.`

export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'Say why a logged request was answered as it was: sources, features, contributions, propensities.',
    )
    .argument('<request>', 'id of the request')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--store <file>', 'a store of your own')
    .option('--features <n>', 'features shown per item, those that moved the score most', '8')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print everything as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(id: string, given: ExplainArguments): Promise<void> {
  const features = wholeNumber('features', given.features, 0)
  const store = await storeOf(given, terminalProgress(true))
  const answered = store.getRequest(id)
  store.close()
  if (!answered) {
    throw new NotFoundError('request', id, {
      field: 'request',
      hint: 'the id stands in the response: requestId',
    })
  }
  const ranking = await readRanking(snapshotFolderOf(store.path), answered.request.snapshot)
  const explanation = explainRequest(answered, ranking)
  console.log(given.json ? JSON.stringify(explanation, null, 2) : explanationText(explanation, features))
}

function explanationText({ request, ranker, base, items }: Explanation, features: number): string {
  const arms = Object.entries(request.arms).map(([experiment, arm]) => `${experiment}=${arm}`)
  const head = [
    `Request ${request.id}`,
    `${new Date(request.time).toISOString()}, surface ${request.surface}, user ${request.user ?? '–'}, item ${request.item ?? '–'}`,
    `asked with ${request.query.length === 0 ? 'nothing' : request.query.slice(-10).join(', ')}`,
    `snapshot ${request.snapshot}, ranked by ${ranker ?? 'a snapshot that is gone'}, arranged by ${request.policy}`,
    `experiments: ${arms.length === 0 ? 'none' : arms.join(', ')}`,
  ]
  const lists = items.map(({ item, place, score, propensity, sources, outcomes, features: all }) => {
    const title = `${String(place).padStart(3)}. ${item}   score ${score.toFixed(4)}   propensity ${propensity.toPrecision(3)}`
    const came = outcomes.length > 0 ? `   → ${outcomes.join(', ')}` : ''
    const lines = all.slice(0, features).map(({ feature, value, contribution }) => {
      const added =
        contribution === null ? '' : `${contribution < 0 ? '−' : '+'}${Math.abs(contribution).toFixed(4)}`
      return `       ${added.padStart(9)}  ${feature} = ${value === null ? 'missing' : Number(value.toPrecision(5))}`
    })
    return [`${title}${came}`, `       from ${sources.join(', ') || 'no source'}`, ...lines].join('\n')
  })
  return [...head, ranker === null ? '' : `a score starts at ${base.toFixed(4)}`, '', ...lists].join('\n')
}
