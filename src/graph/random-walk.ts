/** @file Pixie random walks over the item–collection graph (Eksombatchai et al. 2018, sections 3.1 and 3.2). */

import { degree } from '../base/csr.ts'
import type { ItemGraph } from './item-graph.ts'
import { walkSideBySide } from './side-by-side.ts'
import { allocateSteps, maxDegree } from './step-allocation.ts'
import { VisitCounts } from './visit-counts.ts'
import { LANES, type LaneOptions, WalkLanes } from './walk-lanes.ts'

export interface WalkOptions extends LaneOptions {
  /** Over all query items; `allocateSteps` shares them out. */
  steps: number
  /** See `allocateSteps`. */
  evenness: number
  /** A query item's walk ends when so many items have been visited so often; null walks all its steps. */
  enough: { items: number; visits: number } | null
  seed: number
}

export interface WalkResult {
  /** Ascending. */
  items: Uint32Array
  /** (Σ_q v_q^(1/boost))^boost beside `items`; query items are among them. */
  visits: Float32Array
  /** Steps walked: at most the budget, fewer after stopping early. */
  steps: number
}

/** Steps of a lane between two looks at whether enough has been seen. */
const ROUNDS = 64
/** Query items with so many steps walk on their own: counting them in the order of walking is faster. */
const ALONE = 8192

/** Walks over one graph; buffers are allocated once and serve all requests. One request at a time. */
export class RandomWalk {
  readonly #graph: ItemGraph
  readonly #maxDegree: number
  readonly #maxSteps: number
  readonly #lanes: WalkLanes
  readonly #counts: VisitCounts

  /**
   * @param maxSteps largest budget of a request
   * @param boost of items reached from several query items: 2 as Pixie does, 1 not at all; see `VisitCounts`
   */
  constructor(graph: ItemGraph, maxSteps: number, boost = 2) {
    this.#graph = graph
    this.#maxSteps = maxSteps
    this.#lanes = new WalkLanes(graph, Math.max(ROUNDS, Math.ceil(maxSteps / LANES)))
    this.#counts = new VisitCounts(graph.items, boost)
    this.#maxDegree = maxDegree(graph)
  }

  /**
   * @param query items with their weights, > 0; those that the graph does not know (yet) are left out
   * @returns nothing visited when no query item has an edge
   */
  walk(query: { items: Uint32Array; weights: ArrayLike<number> }, options: WalkOptions): WalkResult {
    const { toCollections, items } = this.#graph
    const degrees = Uint32Array.from(query.items, (item) => (item < items ? degree(toCollections, item) : 0))
    const budget = Math.min(options.steps, this.#maxSteps)
    const allocated = allocateSteps(degrees, query.weights, this.#maxDegree, budget, options.evenness)
    this.#lanes.seed(options.seed, 0)
    // Fewer steps than this can never be enough, so such walks run side by side.
    const stoppable = options.enough ? options.enough.items * options.enough.visits : ALONE
    let steps = 0
    for (let q = 0; q < allocated.length; q++) {
      if (allocated[q]! < Math.min(stoppable, ALONE)) continue
      steps += this.#walkUntilEnough(query.items[q]!, allocated[q]!, options)
      allocated[q] = 0
    }
    steps += this.#walkSideBySide(query.items, allocated, options)
    return { ...this.#counts.take(), steps }
  }

  /** All lanes walk from one item. @returns steps made */
  #walkUntilEnough(item: number, steps: number, options: WalkOptions): number {
    const lanes = this.#lanes
    const counts = this.#counts
    const enoughItems = options.enough?.items ?? Number.POSITIVE_INFINITY
    const enoughVisits = options.enough?.visits ?? 0
    counts.nextWalk()
    lanes.placeAll(item)
    let walked = 0
    while (walked < steps && counts.often < enoughItems) {
      const wanted = Math.min(steps - walked, ROUNDS * LANES)
      lanes.advance(Math.ceil(wanted / LANES), 0, options)
      counts.add(lanes.trail, 0, wanted, 1, enoughVisits)
      walked += wanted
    }
    return walked
  }

  /** The small walks of many query items. @returns steps made */
  #walkSideBySide(queries: Uint32Array, steps: Uint32Array, options: WalkOptions): number {
    const rounds = walkSideBySide(this.#lanes, queries, steps, options)
    let step = 0
    for (let q = 0; q < steps.length; q++) {
      if (steps[q] === 0) continue
      this.#counts.nextWalk()
      for (let left = steps[q]!; left > 0; ) {
        const lane = Math.floor(step / rounds)
        const round = step - lane * rounds
        const count = Math.min(left, rounds - round)
        this.#counts.add(this.#lanes.trail, round * LANES + lane, count, LANES, 0)
        step += count
        left -= count
      }
    }
    return step
  }
}
