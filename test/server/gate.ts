/** @file The states of the gate that `gated-worker.ts` looks at, in the first place of shared memory; the second counts who waits. */

export const GATED_SOURCE = 'text'
export const GATE = { open: 0, closed: 1, exit: 2 }
