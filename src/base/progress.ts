/** @file Progress of long work, reported by whoever does it and drawn by whoever started it. */

/** `task` names the work in a few words; `total` is unknown when undefined. */
export interface Progress {
  start(task: string, total?: number): ProgressTask
}

export interface ProgressTask {
  /** Sets how much is done, in the unit of `total`, and what else can be said of it. */
  update(done: number, measures?: Measures): void
  end(): void
}

/** Whoever works counts; whoever draws has the clock. */
export interface Measures {
  /** Shown as they are: `loss`. */
  figures?: Readonly<Record<string, number>>
  /** Since the task began, shown by the second: `examples`. */
  counts?: Readonly<Record<string, number>>
}

/** @returns "loss 0.312 · 52,143 examples/s"; nothing of the counts before any time has passed */
export function describeMeasures({ figures = {}, counts = {} }: Measures, seconds: number): string {
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${threeDigits(value)}`)
  const rates = Object.entries(counts).map(([name, count]) => `${threeDigits(count / seconds)} ${name}/s`)
  return [...shown, ...(seconds > 0 ? rates : [])].join(' · ')
}

function threeDigits(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

/** For callers that do not want to watch. */
export const silentProgress: Progress = { start: () => ({ update() {}, end() {} }) }
