/**
 * @file The circle of trust: the collections that personalised PageRank from the query finds nearest (Gupta et al. 2013,
 * "WTF: The Who to Follow Service at Twitter", section 5).
 */

import { degree } from '../base/csr.ts'
import { topK } from '../base/top-k.ts'
import type { ItemGraph } from './item-graph.ts'
import { walkSideBySide } from './side-by-side.ts'
import { allocateSteps, maxDegree } from './step-allocation.ts'
import { VisitCounts } from './visit-counts.ts'
import { LANES, WalkLanes } from './walk-lanes.ts'

export interface CircleOptions {
  /** Steps of the walk, over all query items. */
  steps: number
  restartProbability: number
  /** Collections in the circle at most. */
  circle: number
  /** Edges of the circle at most: of large collections fewer are taken, so that time stays bounded. */
  edges: number
  /** See `allocateSteps`. */
  evenness: number
  seed: number
}

/** Best first, ties by number. */
export interface Circle {
  collections: Uint32Array
  /** Share of the walk that came through each, 1 in sum. */
  shares: Float64Array
}

/** Finds circles in one graph; buffers serve all requests. One request at a time. */
export class CircleOfTrust {
  readonly #graph: ItemGraph
  readonly #maxDegree: number
  readonly #maxSteps: number
  readonly #lanes: WalkLanes
  readonly #counts: VisitCounts

  /** @param maxSteps largest budget of a request */
  constructor(graph: ItemGraph, maxSteps: number) {
    this.#graph = graph
    this.#maxSteps = maxSteps
    this.#maxDegree = maxDegree(graph)
    this.#lanes = new WalkLanes(graph, Math.ceil(maxSteps / LANES), { collectionsToo: true })
    this.#counts = new VisitCounts(graph.collections, 1)
  }

  /** @param query items with their weights, > 0; those that the graph does not know are left out */
  find(query: { items: Uint32Array; weights: ArrayLike<number> }, options: CircleOptions): Circle {
    const { toCollections, toItems, items } = this.#graph
    const degrees = Uint32Array.from(query.items, (item) => (item < items ? degree(toCollections, item) : 0))
    const budget = Math.min(options.steps, this.#maxSteps)
    const steps = allocateSteps(degrees, query.weights, this.#maxDegree, budget, options.evenness)
    this.#lanes.seed(options.seed, 0)
    const { restartProbability } = options
    const rounds = walkSideBySide(this.#lanes, query.items, steps, { restartProbability, bias: null })
    this.#counts.add(this.#lanes.collectionTrail!, 0, rounds * LANES, 1, 0)
    const { items: collections, visits } = this.#counts.take()
    let edges = 0
    const best = topK(visits, options.circle).filter((k) => {
      edges += degree(toItems, collections[k]!)
      return edges <= options.edges
    })
    const total = best.reduce((sum, k) => sum + visits[k]!, 0)
    return {
      collections: best.map((k) => collections[k]!),
      shares: Float64Array.from(best, (k) => visits[k]! / total),
    }
  }
}
