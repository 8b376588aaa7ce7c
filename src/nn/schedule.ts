/** @file How the learning rate changes over the steps. */

/** The factor of the learning rate in a step, from 1. */
export type Schedule = (step: number) => number

export const constantRate: Schedule = () => 1

/** Rises over `warmup` steps, then falls along half a cosine to `floor` at the last step. */
export function cosine(steps: number, warmup = 0, floor = 0): Schedule {
  return (step) => {
    if (step <= warmup) return step / warmup
    const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup))
    return floor + ((1 - floor) * (1 + Math.cos(Math.PI * done))) / 2
  }
}

/** Rises over `warmup` steps, then falls in a straight line to `floor`. */
export function linearDecay(steps: number, warmup = 0, floor = 0): Schedule {
  return (step) => {
    if (step <= warmup) return step / warmup
    return Math.max(floor, 1 - ((1 - floor) * (step - warmup)) / Math.max(1, steps - warmup))
  }
}
