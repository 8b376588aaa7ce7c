/** @file The terminal: progress bars on standard error (a line per task when it is not a terminal), and error messages. */

import { SingleBar } from 'cli-progress'
import { LabradorError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'

/** Progress as bars; `quiet` draws nothing. */
export function terminalProgress(quiet = false): Progress {
  if (quiet) return { start: () => ({ update() {}, end() {} }) }
  return process.stderr.isTTY ? { start: startBar } : { start: startLine }
}

function startBar(task: string, total?: number) {
  const bar = new SingleBar({
    format: total
      ? '{task} {bar} {percentage}% · {value}/{total} · {eta_formatted} left'
      : '{task} · {value}',
    hideCursor: true,
    stream: process.stderr,
  })
  bar.start(total ?? 0, 0, { task: task.padEnd(36) })
  return { update: (done: number) => bar.update(done), end: () => bar.stop() }
}

function startLine(task: string) {
  const started = performance.now()
  return {
    update() {},
    end() {
      console.error(`${task} · ${((performance.now() - started) / 1000).toFixed(1)} s`)
    },
  }
}

/** Prints what a user can act on; the stack only for errors that nobody foresaw. */
export function reportError(error: unknown): void {
  if (error instanceof LabradorError) console.error(`labrador: ${error.message}`)
  else console.error('labrador: unexpected error, please report it:', error)
}
