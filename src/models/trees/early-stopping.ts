/** @file Stops boosting when a metric has not improved for some trees. */

export interface EarlyStopping {
  /** Takes the metric after one more tree. */
  isOver(metric: number): boolean
  /** Trees at the best metric so far. */
  best(): number
}

/** @param rounds trees without improvement that are allowed; 0 = any number */
export function earlyStopping(rounds: number, higherIsBetter: boolean): EarlyStopping {
  let trees = 0
  let best = 0
  let bestMetric = Number.NaN
  return {
    isOver(metric) {
      trees++
      const improved = higherIsBetter ? metric > bestMetric : metric < bestMetric
      if (trees === 1 || improved) {
        best = trees
        bestMetric = metric
      }
      return rounds > 0 && trees - best >= rounds
    },
    best: () => best,
  }
}
