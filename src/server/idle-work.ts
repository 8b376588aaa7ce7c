/** @file Work that can wait, done when nobody else does: a step at a time, while no task has come for a while. */

/** Times as long as a step took. */
const REST = 2
/** A worker that was asked for something this long ago has nothing to do. */
const IDLE_MS = 5

export interface IdleWork {
  /** Says that a task came in: what can wait, waits. */
  interrupt(): void
}

/**
 * Goes on with `steps` until they end. Rests twice as long as each step took, so that others find the processor free, and
 * a task waits for one step at most.
 *
 * @param clock in milliseconds
 */
export function workWhenIdle(steps: Iterator<void>, clock: () => number): IdleWork {
  let lastTask = Number.NEGATIVE_INFINITY
  // A thread that has nothing else to wait for may end.
  const later = (ms: number) => setTimeout(next, ms).unref()
  function next(): void {
    const start = clock()
    if (start - lastTask < IDLE_MS) later(IDLE_MS)
    else if (!isOver(steps)) later(REST * (clock() - start))
  }
  later(0)
  return {
    interrupt() {
      lastTask = clock()
    },
  }
}

/** Makes a step. One that fails ends the work, not the thread: whoever asks for the same is told of it. */
function isOver(steps: Iterator<void>): boolean {
  try {
    return steps.next().done === true
  } catch {
    return true
  }
}
