/** @file An analysis as a table for the terminal, with a small picture of every interval. */

import type { Interval } from '../evaluation/bootstrap.ts'
import { plainTable, type TextTable } from '../evaluation/report-table.ts'
import type { Analysis, Comparison } from './analyse.ts'

/** Characters of a picture; the middle one stands for no difference. */
const WIDTH = 31

/** The analysis as text; a refused one says why and shows no difference. */
export function analysisText(analysis: Analysis): string {
  const { experiment, kind, control, units, sampleRatio, refusal, comparisons } = analysis
  const counts = Object.entries(units).map(([arm, count]) => `${arm} ${count.toLocaleString('en')}`)
  const facts = [
    `${experiment} (${kind}), compared with ${control}: ${counts.join(' · ')} units`,
    `sample ratio: χ² = ${sampleRatio.chiSquare.toFixed(2)}, p = ${shortP(sampleRatio.p)}`,
  ]
  if (refusal !== null) return [...facts, `REFUSED: ${refusal}.`].join('\n')
  return [...facts, '', plainTable(tableOf(analysis, comparisons))].join('\n')
}

function tableOf(
  { experiment, confidence, control }: Analysis,
  comparisons: readonly Comparison[],
): TextTable {
  const percent = `${Math.round(confidence * 100)} %`
  const widest = Math.max(...comparisons.map(reachInErrors))
  const planned = comparisons.some(({ untilPlanned }) => untilPlanned !== null)
  const head = [
    'metric',
    'arm',
    'control mean',
    'arm mean',
    'difference',
    `${percent} interval`,
    'relative',
    'p',
    'p adjusted',
  ]
  if (planned) head.push('p until plan')
  head.push('p always', 'ρ² before', 'picture')
  return {
    title: `${experiment}: every arm less ${control}`,
    head,
    rows: comparisons.map((comparison) => {
      const { metric, role, arm, delta, relative, standardError, cuped } = comparison
      return [
        role === 'primary' ? `${metric} (decides)` : metric,
        arm,
        short(comparison.control.mean),
        short(comparison.treatment.mean),
        signed(delta.value),
        `[${signed(delta.low)}, ${signed(delta.high)}]`,
        relative ? `${signed(relative.value * 100)} %` : '',
        shortP(comparison.p),
        `${shortP(comparison.adjusted)}${comparison.significant ? ' *' : '  '}`,
        ...(comparison.untilPlanned ? [shortP(comparison.untilPlanned.p)] : []),
        shortP(comparison.alwaysValid.p),
        cuped ? (cuped.correlation ** 2).toFixed(2) : '',
        picture(delta, widest * standardError),
      ]
    }),
    figures: head.map((_, column) => column > 1 && column < head.length - 1),
    caption:
      '* significant after adjustment over arms and metrics of the same role; p and the interval are for one look, at a ' +
      'size fixed beforehand; "p always" is for any number of looks; pictures run over ± the widest interval in errors',
  }
}

/** How far the interval reaches from no difference, in standard errors. */
function reachInErrors({ delta, standardError }: Comparison): number {
  return standardError > 0 ? Math.max(Math.abs(delta.low), Math.abs(delta.high)) / standardError : 0
}

/** ├──●──┤ with │ where there is no difference. */
export function picture({ value, low, high }: Interval, most: number): string {
  const middle = (WIDTH - 1) / 2
  const at = (x: number) =>
    most > 0 ? middle + Math.round(Math.max(-1, Math.min(1, x / most)) * middle) : middle
  const cells = new Array<string>(WIDTH).fill(' ')
  cells.fill('─', at(low), at(high))
  cells[middle] = '│'
  cells[at(low)] = '├'
  cells[at(high)] = '┤'
  cells[at(value)] = '●'
  return cells.join('')
}

const short = (value: number) => value.toPrecision(4)
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toPrecision(3)}`
const shortP = (p: number) => (p < 0.0001 ? '<0.0001' : p.toFixed(4))
