/** @file Leaves rows out of a search. */

/** @returns bits of the first `count` rows that are not among the excluded, as `SearchRequest.allowed` wants them */
export function allBut(excluded: ArrayLike<number>, count: number): Uint32Array {
  const bits = new Uint32Array(Math.ceil(count / 32)).fill(0xffffffff)
  for (let n = 0; n < excluded.length; n++) bits[excluded[n]! >>> 5]! &= ~(1 << (excluded[n]! & 31))
  return bits
}
