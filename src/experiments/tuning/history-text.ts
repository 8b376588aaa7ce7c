/** @file The history of a tuning run for the terminal: a table of trials, and the best so far as a curve. */

import type { Tuned } from '../../cascade/tuned.ts'

type Run = Tuned['run']

/** One line per measurement; those that were the best so far on all requests say what they changed. */
export function historyTable({ history, metric }: Run): string {
  let best = Number.NEGATIVE_INFINITY
  const lines = history.map(({ trial, share, value, seconds, changed }) => {
    const isBest = share === 1 && value > best
    if (isBest) best = value
    const cells = [
      String(trial).padStart(5),
      `${Math.round(share * 100)} %`.padStart(6),
      value.toFixed(5).padStart(10),
      seconds.toFixed(1).padStart(7),
      isBest ? `* ${changesText(changed)}` : '',
    ]
    return cells.join('  ').trimEnd()
  })
  const head = ['trial', ' share', metric.padStart(10), 'seconds', '* best so far, and what it changed'].join(
    '  ',
  )
  return [head, ...lines].join('\n')
}

/** Constants with their values, short enough to read. */
export function changesText(changed: Run['history'][number]['changed']): string {
  const text = Object.entries(changed).map(([name, value]) => `${name} ${valueText(value)}`)
  return text.length === 0 ? 'the constants as they were' : text.join(', ')
}

function valueText(value: number | string | boolean): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)
}

/**
 * Best value on all requests after each measurement, as lines of text.
 *
 * @param width columns of the curve
 * @param height its lines, ≥ 2
 */
export function bestSoFarCurve({ history }: Run, width: number, height: number): string {
  let best = Number.NEGATIVE_INFINITY
  const values = history.map(({ share, value }) => {
    if (share === 1) best = Math.max(best, value)
    return best
  })
  const columns = Math.min(width, values.length)
  // The last value of every column: what was reached by its end.
  const shown = Array.from(
    { length: columns },
    (_, c) => values[Math.ceil(((c + 1) * values.length) / columns) - 1]!,
  )
  const low = shown[0]!
  const range = best - low
  const level = (value: number) => (range === 0 ? 0 : Math.round(((value - low) / range) * (height - 1)))
  const lines = Array.from({ length: height }, (_, k) => {
    const here = height - 1 - k
    const label = (low + (range * here) / (height - 1)).toFixed(5)
    return `${label.padStart(9)} ┤${shown.map((value, c) => strokeAt(level(value), level(shown[c - 1] ?? value), here)).join('')}`
  })
  return [
    ...lines.map((line) => line.trimEnd()),
    `${' '.repeat(10)}└${'─'.repeat(columns)} ${values.length} measurements`,
  ].join('\n')
}

/** The curve's stroke in a column at a level, given where it stands there and where it came from. */
function strokeAt(now: number, before: number, here: number): string {
  if (now === before) return here === now ? '─' : ' '
  if (here === now) return '╭'
  if (here === before) return '╯'
  return here > before && here < now ? '│' : ' '
}
