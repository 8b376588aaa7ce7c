/** @file What each source costs of late, so that lanes can be planned. */

import type { SourceCost } from './messages.ts'

/** Weight of the newest measurement. */
const GAIN = 0.05
/** Assumed of a source that was not measured yet. */
const UNKNOWN_MS = 1
/** A source that took this share of the budget counts at once in full, not a little more each time. */
const SLOW_SHARE = 0.5

export class RunningCosts {
  readonly #ms = new Map<string, number>()

  /** Milliseconds that the source takes. */
  readonly of = (source: string): number => this.#ms.get(source) ?? UNKNOWN_MS

  /** Milliseconds that all of them take together; Infinity while one was not measured yet. */
  total(sources: readonly string[]): number {
    return sources.reduce((sum, source) => sum + (this.#ms.get(source) ?? Number.POSITIVE_INFINITY), 0)
  }

  observe(proposals: readonly SourceCost[], budgetMs: number): void {
    for (const { source, ms } of proposals) {
      const before = this.#ms.get(source) ?? ms
      this.#ms.set(source, ms > budgetMs * SLOW_SHARE ? ms : (1 - GAIN) * before + GAIN * ms)
    }
  }
}
