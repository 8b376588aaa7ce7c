/**
 * @file Query expansion for searches over vectors: an item asks with its neighbours' vectors beside its own ("ANN query
 * expansion", Snapchat, SIGIR 2024).
 *
 * The paper searches an index once for each neighbour with a part of the budget, and scores the union anew. Here every
 * search sees all rows, and the weighted sum of the similarities to several vectors is the similarity to their weighted sum:
 * so one search with the sum gives what many searches and their union would, in full.
 */

import { z } from 'zod'
import { type Csr, csrFromEdges, degree } from '../base/csr.ts'
import { nearestItems } from '../graph/nearest-items.ts'
import type { ResolvedRequest } from './request.ts'
import type { FitInput } from './source.ts'

export interface ExpansionOptions {
  expansion: number
  expansionNeighbours: number
}

/** Fields of a source's options. @param expansion what was measured to be best for the source */
export const expansionOptions = (expansion: number) => ({
  /**
   * An item of so many collections trusts its neighbours as much as its own vector: rare items, whose vectors are noisy, ask
   * with their neighbours above all. 0 asks with the item alone.
   */
  expansion: z
    .number()
    .min(0)
    .max(1e6)
    .default(expansion)
    .meta({ tune: { from: 0, to: 500 } }),
  /** Neighbours that an item asks with. */
  expansionNeighbours: z.number().int().min(1).max(200).default(5).meta({ tune: false }),
})

/**
 * @returns items × items: whom each item asks with, and by which weight. A row sums to expansion / (n + expansion) for an item
 *   of n collections, or is empty when it has no neighbours; what is missing to 1 is the weight of the item's own vector
 */
export async function fitExpansion(
  { graph, threads }: FitInput,
  { expansion, expansionNeighbours: neighbours }: ExpansionOptions,
): Promise<Csr> {
  if (expansion === 0) return csrFromEdges(0, 0, { from: [], to: [], weights: [] })
  const rows = await nearestItems(graph, neighbours, threads)
  const weights = rows.weights!
  for (let item = 0; item < rows.rows; item++) {
    const [start, end] = [rows.offsets[item]!, rows.offsets[item + 1]!]
    let total = 0
    for (let k = start; k < end; k++) total += weights[k]!
    const share = expansion / (degree(graph.toCollections, item) + expansion)
    for (let k = start; k < end; k++) weights[k] = (weights[k]! / total) * share
  }
  return rows
}

/**
 * @param ask adds an item's vector to a query, by a weight
 * @returns adds instead what the item asks with: its own vector and its neighbours', by the same weight together
 */
export function expanded(
  { rows, offsets, targets, weights }: Csr,
  ask: (item: number, weight: number) => void,
): (item: number, weight: number) => void {
  return (item, weight) => {
    let own = 1
    if (item < rows) {
      for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
        own -= weights![k]!
        ask(targets[k]!, weight * weights![k]!)
      }
    }
    ask(item, weight * own)
  }
}

/**
 * Asks with all query items of a request. Neighbours are asked on an item's page only: the many items of a user are an
 * aggregate already, and their neighbours blur it (decision 024).
 */
export function openExpansion(
  rows: Csr,
  ask: (item: number, weight: number) => void,
): (request: ResolvedRequest, weights: ArrayLike<number>) => void {
  const askWidely = expanded(rows, ask)
  return ({ surface, items }, weights) => {
    const add = surface === 'related' ? askWidely : ask
    for (let k = 0; k < items.length; k++) add(items[k]!, weights[k]!)
  }
}
