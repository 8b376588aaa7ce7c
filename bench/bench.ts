/** @file What a benchmark is: a file `bench/NAME.bench.ts` whose default export measures and returns rows. */

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
  await work()
  const seconds: number[] = []
  for (let k = 0; k < repeats; k++) {
    const start = performance.now()
    await work()
    seconds.push((performance.now() - start) / 1000)
  }
  return seconds.sort((a, b) => a - b)[repeats >> 1]!
}
