/** @file Progress of long work, reported by whoever does it and drawn by whoever started it. */

/** `task` names the work in a few words; `total` is unknown when undefined. */
export interface Progress {
  start(task: string, total?: number): ProgressTask
}

export interface ProgressTask {
  /** Sets how much is done, in the unit of `total`. */
  update(done: number): void
  end(): void
}

/** For callers that do not want to watch. */
export const silentProgress: Progress = { start: () => ({ update() {}, end() {} }) }
