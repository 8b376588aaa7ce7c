/**
 * @file Tails and quantiles of the distributions that tests need, all from the incomplete gamma function
 * (Press et al. 2007, Numerical Recipes, section 6.2: the series below a + 1, Lentz's continued fraction above).
 */

const PRECISION = 1e-16
const ITERATIONS = 10_000
/** Lanczos's coefficients for g = 7, n = 9 (Godfrey 2001); relative error below 1e-14 for x ≥ ½. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = LANCZOS[0] as number
  for (let k = 1; k < LANCZOS.length; k++) sum += LANCZOS[k]! / (x - 1 + k)
  const base = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum)
}

/** Q(a, x) = Γ(a, x) / Γ(a), the share of a gamma distribution of shape a > 0 above x ≥ 0. */
export function gammaTail(a: number, x: number): number {
  if (x <= 0) return 1
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x)
}

/** Probability that a χ² variable with so many degrees of freedom is ≥ x. */
export function chiSquareTail(x: number, degrees: number): number {
  return gammaTail(degrees / 2, x / 2)
}

/** Probability that a standard normal variable is ≤ x. */
export function normalCdf(x: number): number {
  const tail = 0.5 * gammaTail(0.5, (x * x) / 2)
  return x > 0 ? 1 - tail : tail
}

/** Probability that a standard normal variable is at least as far from 0 as z, on either side. */
export function twoSidedP(z: number): number {
  return gammaTail(0.5, (z * z) / 2)
}

/** The x with `normalCdf(x) = p`, 0 < p < 1: a rough start (Shore 1982) and Newton's steps on the logarithm. */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0
  if (p > 0.5) return -normalQuantile(1 - p)
  // Below ½ ln Φ is concave and increasing, so that Newton's steps from the left come nearer and never jump over far.
  let x = -Math.sqrt(-2 * Math.log(2 * p))
  for (let step = 0; step < 60; step++) {
    const cdf = normalCdf(x)
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
    const move = (Math.log(cdf) - Math.log(p)) * (cdf / density)
    x -= move
    if (Math.abs(move) < 1e-15 * Math.max(1, Math.abs(x))) break
  }
  return x
}

/** ln of the probability of `k` successes in `n` trials that succeed one time in two. */
export function logFairBinomial(k: number, n: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) - n * Math.LN2
}

/** Σ x^k Γ(a) / Γ(a + 1 + k), so that P(a, x) is the scale times it. */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let k = 1; k < ITERATIONS; k++) {
    term *= x / (a + k)
    sum += term
    if (term < sum * PRECISION) break
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let k = 1; k < ITERATIONS; k++) {
    const numerator = -k * (k - a)
    b += 2
    d = 1 / nonZero(numerator * d + b, tiny)
    c = nonZero(b + numerator / c, tiny)
    const change = d * c
    fraction *= change
    if (Math.abs(change - 1) < PRECISION) break
  }
  return fraction
}

const nonZero = (value: number, tiny: number) => (Math.abs(value) < tiny ? tiny : value)
