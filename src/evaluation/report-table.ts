/** @file The report as rows of text, for the terminal and for Markdown alike. */

import { bestOf, type EvaluationReport, type Figure, protocolText, type Result } from './report.ts'

export interface TextTable {
  /** Names data, protocol and surface: no table may be read without them. */
  title: string
  head: string[]
  rows: string[][]
  /** Columns that hold figures and are set flush right. */
  figures: boolean[]
  /** Says what marks and brackets mean. */
  caption: string
}

const KINDS = { source: 'source', blend: 'blend', baseline: 'baseline', ranker: 'ranker' } as const

/** Every system with its headline figures and intervals; `*` marks the best value of a column. */
export function systemsTable(report: EvaluationReport): TextTable {
  const shownAt = Object.keys(report.results[0]?.metrics ?? {}).filter((name) =>
    /^(coverage|novelty|long-tail)/.test(name),
  )
  const best = new Map(report.headline.map((metric) => [metric, bestOf(report, metric)?.name]))
  const rows = report.results.map(({ name, kind, metrics }) => [
    name,
    KINDS[kind],
    ...report.headline.map((metric) => {
      const mark = best.get(metric) === name ? '*' : ' '
      return `${figureText(metrics[metric]!)}${mark}`
    }),
    metrics['unique-recall'] ? metrics['unique-recall'].value.toFixed(4) : '',
    ...shownAt.map((metric) => plainText(metric, metrics[metric]!.value)),
  ])
  const head = ['system', 'kind', ...report.headline, 'unique recall', ...shownAt]
  return {
    title: `${report.dataset} · ${protocolText(report)} · surface ${report.surface}`,
    head,
    rows,
    figures: head.map((_, column) => column > 1),
    caption: `${people(report)}, ${report.items.toLocaleString('en')} items ranked; ${percent(report.confidence)} intervals, bootstrap over ${unitName(report)} (${report.resamples} resamples); * best of its column; all candidates together hold ${figureText(report.candidateRecall)} of what is relevant`,
  }
}

/** The blend against sources and baselines; then the rankers, when there are any, against the blend. */
export function differencesTables(report: EvaluationReport): TextTable[] {
  const of = (isWanted: (name: string) => boolean) => report.differences.filter(({ name }) => isWanted(name))
  const blend = of((name) => name === 'blend').map(({ other, metrics }) => ({ name: other, metrics }))
  const rankers = of((name) => name !== 'blend')
  const tables = [differencesTable(report, 'blend less', blend)]
  return rankers.length === 0 ? tables : [...tables, differencesTable(report, 'more than the blend', rankers)]
}

function differencesTable(
  report: EvaluationReport,
  what: string,
  differences: readonly Pick<Result, 'name' | 'metrics'>[],
): TextTable {
  const head = [what, ...report.headline]
  return {
    title: `${report.dataset} · ${protocolText(report)} · surface ${report.surface}: paired differences`,
    head,
    rows: differences.map(({ name, metrics }) => [
      name,
      ...report.headline.map((metric) => `${signedText(metrics[metric]!)}${isWin(metrics[metric]!)}`),
    ]),
    figures: head.map((_, column) => column > 0),
    caption: '+ the interval is above zero, − below, ? holds zero',
  }
}

/** Aligned with spaces. */
export function plainTable({ title, head, rows, figures, caption }: TextTable): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        figures[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [title, rule, line(head), rule, ...rows.map(line), rule, caption].join('\n')
}

/** Whom the figures are about: "683 users" or "9,529 requests in 3,514 sessions". */
export function people(report: EvaluationReport): string {
  const users = `${report.users.toLocaleString('en')} ${unitName(report)}`
  return report.requests === report.users
    ? users
    : `${report.requests.toLocaleString('en')} requests in ${users}`
}

export function unitName(report: EvaluationReport): 'users' | 'sessions' {
  return report.protocol === 'sessions, temporal' ? 'sessions' : 'users'
}

export function figureText({ value, low, high }: Figure): string {
  return low === null || high === null
    ? value.toFixed(4)
    : `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`
}

export function signedText({ value, low, high }: Figure): string {
  const signed = (number: number) => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(4)}`
  return low === null || high === null ? signed(value) : `${signed(value)} [${signed(low)}, ${signed(high)}]`
}

function isWin({ low, high }: Figure): string {
  if (low === null || high === null) return ''
  if (low > 0) return ' +'
  return high < 0 ? ' −' : ' ?'
}

/** Novelty is in bits, the others are shares. */
function plainText(metric: string, value: number): string {
  return metric.startsWith('novelty') ? value.toFixed(2) : percent(value)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
