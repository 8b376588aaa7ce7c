/**
 * @file The feedback loop in the simulated world: rankers that differ only in what they are trained on; and the leak of
 * counters between the arms of an experiment. Writes the figure and the table of `docs/benchmarks/feedback-loop.md`.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../src/base/atomic-file.ts'
import { runCounterLeak } from '../src/experiments/simulation/counter-leak.ts'
import { type LoopRun, runFeedbackLoop } from '../src/experiments/simulation/feedback-loop.ts'
import { linearLearner } from '../src/experiments/simulation/learners.ts'
import { loopChart } from '../src/experiments/simulation/loop-chart.ts'
import { loopLines, loopTable } from '../src/experiments/simulation/loop-table.ts'
import { simulationOptions } from '../src/experiments/simulation/options.ts'
import type { Benchmark, BenchRow } from './bench.ts'

const DOCS = join(import.meta.dirname, '..', 'docs')
const SEEDS = [1, 2, 3, 4, 5]
const LAST_DAYS = 5
const LEAK_REQUESTS = 20_000

const benchmark: Benchmark = {
  summary: 'The feedback loop and the leak of counters, in the simulated world; quality, not speed.',
  async run({ quick, progress, note }) {
    const options = simulationOptions.parse(quick ? { days: 6, requestsPerDay: 2000, judged: 300 } : {})
    const seeds = quick ? SEEDS.slice(0, 1) : SEEDS
    const runs = await runFeedbackLoop(options, seeds, linearLearner, progress)
    const leak = leakTable(seeds)
    if (quick) note('quick: the documentation is left as it is')
    else await writeDocs(runs, leak.text)
    return [...loopLines(runs, LAST_DAYS).map(loopRow), ...leak.rows]
  },
}

export default benchmark

function loopRow({ arm, mean }: { arm: string; mean: number }): BenchRow {
  return { metric: `quality, trained on ${arm}`, value: mean, unit: 'of the best lists', limit: 1 }
}

function leakTable(seeds: readonly number[]): { text: string; rows: BenchRow[] } {
  const settings = { 'per-arm': 'counters per arm', shared: 'counters shared' } as const
  const lines = ['| counters | control | treatment | measured effect |', '| --- | ---: | ---: | ---: |']
  const rows: BenchRow[] = []
  for (const setting of ['per-arm', 'shared'] as const) {
    const outcomes = seeds.map((seed) => runCounterLeak(setting, LEAK_REQUESTS, seed))
    const mean = (arm: 'control' | 'treatment') =>
      outcomes.reduce((sum, outcome) => sum + outcome[arm], 0) / outcomes.length
    const [control, treatment] = [mean('control'), mean('treatment')]
    const effect = treatment / control - 1
    const name = settings[setting]
    lines.push(
      `| ${name} | ${control.toFixed(4)} | ${treatment.toFixed(4)} | ${(100 * effect).toFixed(2)} % |`,
    )
    rows.push({ metric: `effect of exploring, ${name}`, value: effect, unit: 'of the control' })
  }
  return { text: lines.join('\n'), rows }
}

/** Puts the figures between their marks. */
async function writeDocs(runs: readonly LoopRun[], leak: string): Promise<void> {
  await writeFileAtomic(join(DOCS, 'images', 'feedback-loop.svg'), loopChart(runs))
  const page = join(DOCS, 'benchmarks', 'feedback-loop.md')
  let text = await readFile(page, 'utf8')
  for (const [mark, table] of [
    ['loop', loopTable(runs, LAST_DAYS)],
    ['leak', leak],
  ] as const) {
    const between = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- /${mark} -->)`)
    text = text.replace(between, `$1\n${table}\n\n$2`)
  }
  await writeFileAtomic(page, text)
}
