/** @file Which half of the users somebody is in: what is fitted on one half is judged on the other. */

/** 0 or 1, by a hash: the same user is in the same half of every period. */
export function halfOf(unit: number): 0 | 1 {
  return ((Math.imul(unit + 1, 0x9e3779b1) >>> 31) & 1) as 0 | 1
}
