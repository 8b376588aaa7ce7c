/** @file The feedback loop as a table: one line an arm, one column a seed. */

import { type LoopRun, lateQuality } from './feedback-loop.ts'

export interface LoopLine {
  arm: string
  /** Of each seed, over the last days: expected clicks as a share of those of the best lists. */
  bySeed: number[]
  mean: number
  /** Of the mean over seeds. */
  error: number
  /** Clicks in random order, mean over seeds. */
  randomisedClicks: number
}

/** @param lastDays that count together */
export function loopLines(runs: readonly LoopRun[], lastDays: number): LoopLine[] {
  return [...new Set(runs.map(({ arm }) => arm))].map((arm) => {
    const own = runs.filter((run) => run.arm === arm)
    const bySeed = own.map((run) => lateQuality(run, lastDays))
    const mean = meanOf(bySeed)
    const squares = bySeed.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    const error = bySeed.length > 1 ? Math.sqrt(squares / (bySeed.length - 1) / bySeed.length) : 0
    const clicks = own.map(({ days }) => days.reduce((sum, day) => sum + day.randomisedClicks, 0))
    return { arm, bySeed, mean, error, randomisedClicks: meanOf(clicks) }
  })
}

/** Markdown. */
export function loopTable(runs: readonly LoopRun[], lastDays: number): string {
  const seeds = [...new Set(runs.map(({ seed }) => seed))]
  const lines = loopLines(runs, lastDays).map(({ arm, bySeed, mean, error, randomisedClicks }) => {
    const cells = bySeed.map((value) => value.toFixed(3))
    return `| ${[arm, `${mean.toFixed(3)} ± ${error.toFixed(3)}`, ...cells, Math.round(randomisedClicks)].join(' | ')} |`
  })
  const head = ['trained on', 'mean', ...seeds.map((seed) => `seed ${seed}`), 'randomised clicks']
  return [`| ${head.join(' | ')} |`, `| --- |${' ---: |'.repeat(head.length - 1)}`, ...lines].join('\n')
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
