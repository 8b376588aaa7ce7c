/** @file All lists that can be made of a few candidates. */

/** Every ordered choice of `places` out of `count` candidates. */
export function ordersOf(count: number, places: number): number[][] {
  if (places === 0) return [[]]
  return ordersOf(count, places - 1).flatMap((order) =>
    Array.from({ length: count }, (_, candidate) => candidate)
      .filter((candidate) => !order.includes(candidate))
      .map((candidate) => [...order, candidate]),
  )
}

export function productOf(factors: ArrayLike<number>): number {
  return Array.from(factors).reduce((product, factor) => product * factor, 1)
}
