/**
 * @file CUPED (Deng et al. 2013): takes out of a metric what was known of each unit before the experiment. Y' = Y − θ(X − X̄)
 * has the same mean difference and 1 − ρ² of the variance.
 */

/** What was taken out. */
export interface CupedFit {
  /** cov(Y, X) ÷ var(X) within arms; 0 when X does not vary. */
  theta: number
  /** ρ of Y and X within arms: the variance that is left is 1 − ρ². */
  correlation: number
}

/**
 * @param after values per arm, replaced by the adjusted ones
 * @param before values of the same units from before they were exposed
 */
export function adjustByPrePeriod(after: readonly Float64Array[], before: readonly Float64Array[]): CupedFit {
  let cross = 0
  let squaresBefore = 0
  let squaresAfter = 0
  let sum = 0
  let units = 0
  for (const [arm, y] of after.entries()) {
    const x = before[arm]!
    const meanX = mean(x)
    const meanY = mean(y)
    for (let unit = 0; unit < y.length; unit++) {
      const dx = x[unit]! - meanX
      const dy = y[unit]! - meanY
      cross += dx * dy
      squaresBefore += dx * dx
      squaresAfter += dy * dy
      sum += x[unit]!
    }
    units += y.length
  }
  const theta = squaresBefore > 0 ? cross / squaresBefore : 0
  const centre = sum / units
  for (const [arm, y] of after.entries())
    for (let unit = 0; unit < y.length; unit++) y[unit]! -= theta * (before[arm]![unit]! - centre)
  const product = squaresBefore * squaresAfter
  return { theta, correlation: product > 0 ? cross / Math.sqrt(product) : 0 }
}

function mean(values: Float64Array): number {
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += values[k]!
  return sum / values.length
}
