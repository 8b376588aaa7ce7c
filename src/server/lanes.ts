/** @file Splits a request's sources into lanes of about equal cost (longest processing time first, Graham 1969). */

/**
 * @param names sources to place
 * @param costMs running cost of a source
 * @param count lanes at most, ≥ 1
 * @returns lanes without empty ones; every source is in exactly one
 */
export function planLanes(
  names: readonly string[],
  costMs: (name: string) => number,
  count: number,
): string[][] {
  const lanes = Array.from({ length: Math.min(count, names.length) }, () => ({
    names: [] as string[],
    cost: 0,
  }))
  const dearestFirst = [...names].sort((a, b) => costMs(b) - costMs(a) || (a < b ? -1 : 1))
  for (const name of dearestFirst) {
    const lightest = lanes.reduce((best, lane) => (lane.cost < best.cost ? lane : best))
    lightest.names.push(name)
    lightest.cost += costMs(name)
  }
  return lanes.map((lane) => lane.names)
}

/** A source that takes more than this share of the budget is asked apart. */
const DEAR_SHARE = 0.1

/**
 * What is asked of a lane's worker at once: the cheap sources in one task, cheapest first, then each dear one alone, so
 * that its lateness is nobody else's.
 */
export function batchesOf(
  lane: readonly string[],
  costMs: (name: string) => number,
  budgetMs: number,
): string[][] {
  const isDear = (name: string) => costMs(name) > DEAR_SHARE * budgetMs
  const cheapestFirst = [...lane].sort((a, b) => costMs(a) - costMs(b))
  const cheap = cheapestFirst.filter((name) => !isDear(name))
  return [...(cheap.length > 0 ? [cheap] : []), ...cheapestFirst.filter(isDear).map((name) => [name])]
}
