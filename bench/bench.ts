/** @file What a benchmark is: a file `bench/NAME.bench.ts` whose default export measures and returns rows. */

import { setTimeout } from 'node:timers/promises'
import type { Progress } from '../src/base/progress.ts'

/** One figure. `ratio` ≥ 1 always means that Labrador is the better one; absent when there is no peer. */
export interface BenchRow {
  metric: string
  value: number
  unit: string
  /** What the machine could do at best, measured in the same run, in the same unit. */
  limit?: number
  peer?: string
  peerValue?: number
  ratio?: number
}

export interface BenchContext {
  /** Threads that Labrador and its peers may use. */
  threads: number
  /** Smaller data for a quick look; figures are then not for the documentation. */
  quick: boolean
  /** Only cases whose names contain this; benchmarks without cases take no notice. */
  only?: string
  progress: Progress
  /** Says why a peer is missing; the row then has no ratio. */
  note(sentence: string): void
}

export interface Benchmark {
  summary: string
  run(context: BenchContext): Promise<BenchRow[]>
}

/** Median of at least five timings of `work`, in seconds, after one warm-up. */
export async function medianSeconds(work: () => unknown, repeats = 5): Promise<number> {
  return (await medianSecondsInTurns({ work }, repeats)).work
}

/** The same of several works, one after the other in each round: what the machine does else is then shared by all. */
export function medianSecondsInTurns<Name extends string>(
  works: Record<Name, () => unknown>,
  repeats = 5,
): Promise<Record<Name, number>> {
  const timed = Object.entries<() => unknown>(works).map(([name, work]) => [name, secondsOf(work)])
  return medianInTurns(Object.fromEntries(timed), repeats)
}

/** A work that says how many seconds it took. */
export const secondsOf = (work: () => unknown) => async () => {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/**
 * The same of works that say how long they took, as those of other processes do.
 *
 * @param pause milliseconds after each, in which threads that wait for more work let go of the processor
 */
export async function medianInTurns<Name extends string>(
  works: Record<Name, () => Promise<number>>,
  repeats: number,
  pause = 0,
): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[]
  const seconds = names.map((): number[] => [])
  for (let round = -1; round < repeats; round++)
    for (const [n, name] of names.entries()) {
      const took = await works[name]()
      if (round >= 0) seconds[n]!.push(took)
      if (pause > 0) await setTimeout(pause)
    }
  const median = (all: number[]) => all.sort((a, b) => a - b)[repeats >> 1]!
  return Object.fromEntries(names.map((name, n) => [name, median(seconds[n]!)])) as Record<Name, number>
}
