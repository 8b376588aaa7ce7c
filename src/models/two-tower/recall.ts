/** @file How much of what users take up later is among the model's first items. */

import { Tensor } from 'onnxruntime-node'
import { topK } from '../../base/top-k.ts'
import { openOutputs } from '../../nn/graph-session.ts'
import { matmul } from '../../nn/operators/matmul.ts'
import { input } from '../../nn/tensor.ts'
import { openInterests } from './query.ts'
import type { TowerRows } from './tower-rows.ts'

/** A user with a part of what they like, and the rest to be found. */
export interface RecallCase {
  asked: Uint32Array
  /** At least one. */
  hidden: Uint32Array
  /** Of the user's attributes. */
  codes: readonly number[]
}

const DEPTH = 100
/** Users asked at a time: one row of scores each. */
const BATCH = 64

/** Mean over users of recall among the first 100, without what was asked with. */
export async function meanRecall(
  rows: TowerRows,
  cases: readonly RecallCase[],
  threads: number,
): Promise<number> {
  const { dim, count, values } = rows.items
  const products = matmul(input('queries', ['n', dim]), input('items', [count, dim]), { right: true })
  const session = await openOutputs({ products }, { threads })
  const items = new Tensor('float32', values.subarray(0, count * dim), [count, dim])
  const embed = openInterests(rows)
  let scores = new Float32Array(0)
  let total = 0
  try {
    for (let from = 0; from < cases.length; from += BATCH) {
      const part = cases.slice(from, from + BATCH)
      const vectors = part.flatMap(({ asked, codes }) =>
        embed(asked, null, codes).map((interest) => interest.slice()),
      )
      const queries = new Float32Array(vectors.length * dim)
      vectors.forEach((vector, k) => {
        queries.set(vector, k * dim)
      })
      const asked = new Tensor('float32', queries, [vectors.length, dim])
      if (scores.length !== vectors.length * count) scores = new Float32Array(vectors.length * count)
      await session.run(
        { queries: asked, items },
        { products: new Tensor('float32', scores, [vectors.length, count]) },
      )
      const interests = vectors.length / part.length
      part.forEach((each, k) => {
        const own = scores.subarray(k * interests * count, (k + 1) * interests * count)
        total += recallOf(each, bestOfEach(own, count))
      })
    }
  } finally {
    await session.close()
  }
  return total / Math.max(1, cases.length)
}

/** The best of an item's scores, in place of the first. */
function bestOfEach(scores: Float32Array, items: number): Float32Array {
  const best = scores.subarray(0, items)
  for (let at = items; at < scores.length; at += items)
    for (let item = 0; item < items; item++)
      if (scores[at + item]! > best[item]!) best[item] = scores[at + item]!
  return best
}

/** @param scores of all items; changed */
function recallOf({ asked, hidden }: RecallCase, scores: Float32Array): number {
  for (const item of asked) scores[item] = Number.NEGATIVE_INFINITY
  const wanted = new Set(hidden)
  return topK(scores, DEPTH).filter((item) => wanted.has(item)).length / wanted.size
}
