/** @file How much the count of an item adds to its likeness: tried on what users took up after an item's page. */

import { type Csr, rowOf } from '../../base/csr.ts'
import { createRandom, shuffle } from '../../base/random.ts'
import { topK } from '../../base/top-k.ts'
import type { Dataset, Interactions } from '../../data/dataset.ts'
import { historiesOf } from '../../data/histories.ts'
import { innerProducts } from '../../vectors/exact-search.ts'
import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'

/** An item's page, and what its visitor took up later: at least one item that the visitor did not have. */
export interface PageCase {
  asked: number
  hidden: Uint32Array
  /** What the visitor had: not to be found again. */
  known: Uint32Array
}

export const POPULARITIES = [0, 0.05, 0.1, 0.2, 0.3]
/** Between a short list and the many candidates of a source. */
const DEPTH = 50

/** @param most a seeded sample of users when there are more */
export function pageCases(train: Dataset, later: Interactions, most: number, seed: number): PageCase[] {
  const users = train.users.users.ids.length
  const items = train.catalog.items.ids.length
  const before = historiesOf(train.interactions, users, items)
  const after = historiesOf(later, users, items)
  const order = shuffle(
    Uint32Array.from({ length: users }, (_, user) => user),
    createRandom(seed, 1),
  )
  const cases: PageCase[] = []
  for (const user of order) {
    if (cases.length === most) break
    const known = knownOf(before, after, user)
    const hidden = rowOf(after, user).filter((item) => !known.includes(item))
    if (known.length > 0 && hidden.length > 0) cases.push({ asked: known.at(-1)!, hidden, known })
  }
  return cases
}

/** What a user had; where nobody comes back, as in sessions, the first item of those to come. */
function knownOf(before: Csr, after: Csr, user: number): Uint32Array {
  const own = rowOf(before, user)
  return own.length > 0 ? own : rowOf(after, user).slice(0, 1)
}

/**
 * @param items vectors of length 1
 * @param counts how often each item was taken
 * @returns of `POPULARITIES` the one with the best recall, the smallest of equals
 */
export function bestPopularity(
  items: VectorMatrix,
  counts: ArrayLike<number>,
  cases: readonly PageCase[],
): number {
  const found = new Float64Array(POPULARITIES.length)
  const factors = POPULARITIES.map((popularity) =>
    Float32Array.from(counts, (count) => Math.max(1, count) ** popularity),
  )
  const cosines = new Float32Array(items.count)
  const scores = new Float32Array(items.count)
  for (const { asked, hidden, known } of cases) {
    innerProducts(items, vectorAt(items, asked), 0, items.count, cosines)
    const wanted = new Set(hidden)
    factors.forEach((factor, p) => {
      for (let item = 0; item < scores.length; item++) scores[item] = cosines[item]! * factor[item]!
      for (const item of known) scores[item] = Number.NEGATIVE_INFINITY
      found[p]! += topK(scores, DEPTH).filter((item) => wanted.has(item)).length / wanted.size
    })
  }
  return POPULARITIES[topK(found, 1)[0]!]!
}
