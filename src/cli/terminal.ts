/** @file The terminal: progress bars on standard error (a line per task when it is not a terminal), and error messages. */

import { SingleBar } from 'cli-progress'
import { LabradorError } from '../base/errors.ts'
import { describeMeasures, type Measures, type Progress, type ProgressTask } from '../base/progress.ts'
import { explained } from '../base/system-faults.ts'

/** Progress as bars; `quiet` draws nothing. */
export function terminalProgress(quiet = false): Progress {
  if (quiet) return { start: () => ({ update() {}, end() {} }) }
  return process.stderr.isTTY ? { start: startBar } : { start: startLine }
}

function startBar(task: string, total?: number): ProgressTask {
  const started = performance.now()
  const bar = new SingleBar({
    format: total
      ? '{task} {bar} {percentage}% · {value}/{total} · {eta_formatted} left{measures}'
      : '{task} · {value}{measures}',
    hideCursor: true,
    stream: process.stderr,
  })
  bar.start(total ?? 0, 0, { task: task.padEnd(36), measures: '' })
  return {
    update(done, measures) {
      bar.update(done, { measures: measured(measures, started) })
    },
    end: () => bar.stop(),
  }
}

function startLine(task: string): ProgressTask {
  const started = performance.now()
  let last: Measures | undefined
  return {
    update(_, measures) {
      last = measures
    },
    end() {
      console.error(`${task} · ${secondsSince(started).toFixed(1)} s${measured(last, started)}`)
    },
  }
}

const secondsSince = (started: number) => (performance.now() - started) / 1000

const measured = (measures: Measures | undefined, started: number) =>
  measures ? ` · ${describeMeasures(measures, secondsSince(started))}` : ''

/** Prints what a user can act on; the stack only for errors that nobody foresaw. */
export function reportError(thrown: unknown): void {
  const error = explained(thrown)
  if (error instanceof LabradorError) console.error(`labrador: ${error.message}`)
  else console.error('labrador: unexpected error, please report it:', error)
}
