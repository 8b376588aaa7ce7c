/**
 * @file Beta variables racing for the first places: the probability of an order, by integration on the log-odds scale.
 *
 * P(a₁ > a₂ > … > a_k > all others) = ∫ f(a_k at x) · P(a₁ > … > a_{k−1} > x) · Π_others P(other < x) dx. On log odds the
 * densities are smooth and vanish at both ends, where equal steps integrate almost exactly.
 */

import { probabilityOfCount } from './poisson-binomial.ts'

/** Densities and distributions of all variables on one grid. */
export interface BetaRace {
  count: number
  nodes: number
  step: number
  /** Row-major, variables × nodes. */
  densities: Float64Array
  distributions: Float64Array
}

/** Steps per deviation of the narrowest variable: with cubic integration a relative error below 1e-3. */
const STEPS_PER_DEVIATION = 3
const MOST_NODES = 4096
/** e^−18 is below 1e-7: the mass that is cut off at each end. */
const TAIL = 18

/** @param alphas one per variable, ≥ 1; the same for `betas` */
export function betaRace(alphas: ArrayLike<number>, betas: ArrayLike<number>): BetaRace {
  const count = alphas.length
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let narrowest = Number.POSITIVE_INFINITY
  for (let j = 0; j < count; j++) {
    const a = alphas[j]!
    const b = betas[j]!
    const middle = Math.log(a / b)
    const deviation = Math.sqrt(1 / a + 1 / b)
    // Near the middle the density is normal, far out it falls like e^(−a·distance): the wider of the two bounds.
    low = Math.min(low, middle - 6 * deviation - TAIL / a)
    high = Math.max(high, middle + 6 * deviation + TAIL / b)
    narrowest = Math.min(narrowest, deviation)
  }
  const wanted = Math.ceil(((high - low) / narrowest) * STEPS_PER_DEVIATION)
  const nodes = Math.max(64, Math.min(MOST_NODES, wanted))
  const step = (high - low) / (nodes - 1)
  const race: BetaRace = {
    count,
    nodes,
    step,
    densities: new Float64Array(count * nodes),
    distributions: new Float64Array(count * nodes),
  }
  const logs = logsOf(low, step, nodes)
  for (let j = 0; j < count; j++) fillVariable(race, j, alphas[j]!, betas[j]!, logs)
  return race
}

/**
 * @param order positions of the variables, the largest first
 * @returns for each place, the probability of it given the places before it
 */
export function orderConditionals(race: BetaRace, order: ArrayLike<number>): Float64Array {
  const { count, nodes, densities } = race
  const places = order.length
  if (places === 0) return new Float64Array(0)
  // others[k]: probability that all that are not among the first k + 1 lie below each node.
  const others = new Float64Array(places * nodes)
  const isFirst = new Uint8Array(count)
  for (let k = 0; k < places; k++) isFirst[order[k]!] = 1
  others.fill(1, (places - 1) * nodes)
  for (let j = 0; j < count; j++) if (!isFirst[j]) multiply(others, (places - 1) * nodes, race, j)
  for (let k = places - 2; k >= 0; k--) {
    others.copyWithin(k * nodes, (k + 1) * nodes, (k + 2) * nodes)
    multiply(others, k * nodes, race, order[k + 1]!)
  }
  const propensities = new Float64Array(places)
  /** Probability that the first k lie above each node in their order, over a factor that keeps it near 1. */
  const above = new Float64Array(nodes).fill(1)
  const density = new Float64Array(nodes)
  let before = 1
  for (let k = 0; k < places; k++) {
    const row = order[k]! * nodes
    let mass = 0
    for (let x = 0; x < nodes; x++) {
      density[x] = densities[row + x]! * above[x]!
      mass += density[x]! * others[k * nodes + x]!
    }
    mass *= race.step
    propensities[k] = before > 0 ? Math.min(1, mass / before) : 0
    integrateDown(density, race.step, above)
    const scale = above[0]! > 0 ? 1 / above[0]! : 0
    for (let x = 0; x < nodes; x++) above[x]! *= scale
    before = mass * scale
  }
  return propensities
}

/** Probability that a variable comes at a place, 0 = the largest, whatever the order of the others. */
export function placeProbability(race: BetaRace, variable: number, place: number): number {
  const { count, nodes, step, densities, distributions } = race
  const above = new Float64Array(count)
  const counts = new Float64Array(place + 1)
  let sum = 0
  for (let x = 0; x < nodes; x++) {
    const density = densities[variable * nodes + x]!
    if (density === 0) continue
    for (let j = 0; j < count; j++) above[j] = 1 - distributions[j * nodes + x]!
    sum += step * density * probabilityOfCount(above, variable, place, counts)
  }
  return sum
}

/** ln x and ln(1 − x) at every node. */
function logsOf(low: number, step: number, nodes: number): { x: Float64Array; rest: Float64Array } {
  const x = new Float64Array(nodes)
  const rest = new Float64Array(nodes)
  for (let k = 0; k < nodes; k++) {
    const odds = low + k * step
    const soft = Math.log1p(Math.exp(-Math.abs(odds)))
    x[k] = Math.min(0, odds) - soft
    rest[k] = Math.min(0, -odds) - soft
  }
  return { x, rest }
}

/** Writes density (a Beta's, per unit of log odds) and distribution of one variable, scaled to end at 1. */
function fillVariable(
  { nodes, step, densities, distributions }: BetaRace,
  variable: number,
  a: number,
  b: number,
  logs: { x: Float64Array; rest: Float64Array },
): void {
  const from = variable * nodes
  const peak = a * Math.log(a / (a + b)) + b * Math.log(b / (a + b))
  for (let k = 0; k < nodes; k++) {
    const log = a * logs.x[k]! + b * logs.rest[k]! - peak
    densities[from + k] = log < -50 ? 0 : Math.exp(log)
  }
  let sum = 0
  for (let k = 0; k < nodes; k++) {
    if (k > 0) sum += slice(densities, from, k, nodes)
    distributions[from + k] = sum
  }
  const scale = 1 / sum
  for (let k = from; k < from + nodes; k++) {
    densities[k]! *= scale / step
    distributions[k] = Math.min(1, Math.max(0, distributions[k]! * scale))
  }
}

/** result[k] = ∫ from node k to the last. */
function integrateDown(density: Float64Array, step: number, result: Float64Array): void {
  const nodes = density.length
  result[nodes - 1] = 0
  for (let k = nodes - 1; k > 0; k--) {
    result[k - 1] = Math.max(0, result[k]! + step * slice(density, 0, k, nodes))
  }
}

/** ∫ between nodes k − 1 and k, in steps, of the cubic through four nodes around; 0 beyond the ends. */
function slice(values: Float64Array, from: number, k: number, nodes: number): number {
  const before = k > 1 ? values[from + k - 2]! : 0
  const after = k + 1 < nodes ? values[from + k + 1]! : 0
  return (13 * (values[from + k - 1]! + values[from + k]!) - before - after) / 24
}

function multiply(values: Float64Array, at: number, { nodes, distributions }: BetaRace, variable: number) {
  const row = variable * nodes
  for (let x = 0; x < nodes; x++) values[at + x]! *= distributions[row + x]!
}
