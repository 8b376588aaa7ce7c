/** @file `labrador stats`: what a store holds, as a table or as JSON. */

import { Command } from 'commander'
import { type Degrees, QUANTILES, type StoreStatistics, storeStatistics } from '../store/statistics.ts'
import { type DataArguments, storeOf, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface StatsArguments extends DataArguments {
  top: string
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador stats --store shop/store.db
  labrador stats --data movielens-1m --top 20
  labrador stats --store shop/store.db --json | jq .kinds`

/** Widest sparkline; longer timelines are summed in groups. */
const MAX_BARS = 60
const BARS = '▁▂▃▄▅▆▇█'

/** The command, to be added to the program. */
export function statsCommand(): Command {
  return new Command('stats')
    .description('Show what a store holds: counts, times, kinds, degrees, catalog.')
    .option('--store <file>', 'a store of your own')
    .option('--data <name>', 'a public dataset by name, or a simulated world')
    .option('--top <n>', 'how many of the items with most events are listed', '10')
    .option('--data-dir <folder...>', 'where datasets are looked for (default: data, then ../shared/data)')
    .option('--json', 'print as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: StatsArguments): Promise<void> {
  const top = wholeNumber('top', given.top, 0, 1000)
  const store = await storeOf(given, terminalProgress(given.quiet))
  try {
    const statistics = storeStatistics(store, top)
    console.log(
      given.json ? JSON.stringify({ store: store.path, ...statistics }, null, 2) : pageOf(statistics),
    )
  } finally {
    store.close()
  }
}

/** The statistics as lines for a terminal. */
export function pageOf(statistics: StoreStatistics): string {
  const { counts, time, kinds, sessions, pairs, items, users, catalog, collections, top, timeline } =
    statistics
  const lines = [
    ...Object.entries(counts).map(([kind, value]) => row(kind, whole(value))),
    row('sessions', whole(sessions)),
    row('distinct pairs', `${whole(pairs.distinct)}, ${percent(pairs.sparsity, 3)} of the matrix is empty`),
    row('collection size', `mean ${collections.meanSize.toFixed(1)}, largest ${whole(collections.largest)}`),
    '',
    row('time', time ? `${time.first} to ${time.last}` : 'no event has a time'),
  ]
  if (time && time.withoutTime > 0) lines.push(row('without time', whole(time.withoutTime)))
  if (timeline.events.length > 0) lines.push(row(`by ${timeline.unit}`, sparkline(timeline.events)))
  lines.push('')
  for (const [kind, value] of Object.entries(kinds).sort((a, b) => b[1] - a[1]))
    lines.push(row(kind, `${whole(value).padStart(13)}  ${percent(value / counts.events).padStart(6)}`))
  lines.push(
    '',
    row(
      'events of',
      ['mean', ...QUANTILES.map(quantileName), 'max'].map((name) => name.padStart(9)).join(''),
    ),
  )
  lines.push(
    row(`${whole(items.withEvents)} items`, degreeCells(items)),
    row(`${whole(users.withEvents)} users`, degreeCells(users)),
  )
  lines.push(
    '',
    row(
      'items with',
      Object.entries(catalog)
        .map(([name, share]) => `${name} ${percent(share)}`)
        .join(' · '),
    ),
  )
  if (top.length > 0) lines.push('', 'items with most events')
  for (const { id, title, events } of top)
    lines.push(`${whole(events).padStart(13)}  ${id}  ${title.slice(0, 70)}`)
  return lines.join('\n')
}

const row = (name: string, value: string) => `${name.padEnd(18)}${value}`
const whole = (value: number) => value.toLocaleString('en')
const percent = (share: number, digits = 1) => `${(share * 100).toFixed(digits)} %`
const quantileName = (quantile: number) => (quantile === 0.5 ? 'median' : `${Math.round(quantile * 100)} %`)

function degreeCells({ mean, quantiles, max }: Degrees): string {
  const cells = [mean.toFixed(1), ...QUANTILES.map((quantile) => whole(quantiles[quantile]!)), whole(max)]
  return cells.map((cell) => cell.padStart(9)).join('')
}

/** Bars of equal spans of time, from empty to the fullest. */
export function sparkline(values: readonly number[]): string {
  const group = Math.ceil(values.length / MAX_BARS)
  const sums: number[] = []
  for (const [at, value] of values.entries()) {
    const bar = Math.floor(at / group)
    sums[bar] = (sums[bar] ?? 0) + value
  }
  const most = Math.max(...sums, 1)
  return sums
    .map((sum) => BARS[Math.min(BARS.length - 1, Math.ceil((sum / most) * (BARS.length - 1)))])
    .join('')
}
