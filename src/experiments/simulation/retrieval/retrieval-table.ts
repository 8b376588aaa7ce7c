/** @file Optimistic retrieval as a table: one line a policy. */

import type { Interval } from '../../../evaluation/bootstrap.ts'
import { policyName, type RetrievalLine } from './compare-retrieval.ts'

/** Markdown. */
export function retrievalTable(lines: readonly RetrievalLine[]): string {
  const head = [
    'found by',
    'new among shown',
    'change',
    'clicks a list',
    'change, over worlds',
    'over users',
    'clicks on new, of 1,000 lists',
    'items shown a day',
    'of the new',
  ]
  const rows = lines.map((line, k) => [
    policyName(line.policy),
    percent(line.newShare),
    k === 0 ? '–' : `${signed(line.newShareChange.worlds.value)} ${range(line.newShareChange.worlds)}`,
    line.clicks.toFixed(4),
    k === 0 ? '–' : `${signed(line.clickChange.worlds.value)} ${range(line.clickChange.worlds)}`,
    k === 0 ? '–' : range(line.clickChange.users),
    (1000 * line.newClicks).toFixed(1),
    percent(line.coverage),
    percent(line.newCoverage),
  ])
  const text = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [text(head), `| --- |${' ---: |'.repeat(head.length - 1)}`, ...rows.map(text)].join('\n')
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const signed = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`
const range = ({ low, high }: Interval) => `[${signed(low)}, ${signed(high)}]`
