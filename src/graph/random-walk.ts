/** @file Pixie random walks over the item–collection graph (Eksombatchai et al. 2018, sections 3.1 and 3.2). */

import { degree } from '../base/csr.ts'
import type { ItemGraph } from './item-graph.ts'
import { allocateSteps } from './step-allocation.ts'
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
  /** (Σ_q √v_q)² beside `items`; query items are among them. */
  visits: Float32Array
  /** Steps walked: at most the budget, fewer after stopping early. */
  steps: number
}

/** Steps of a lane between two looks at whether enough has been seen. */
const ROUNDS = 64

/** Walks over one graph; buffers are allocated once and serve all requests. One request at a time. */
export class RandomWalk {
  readonly #graph: ItemGraph
  readonly #maxDegree: number
  readonly #maxSteps: number
  readonly #lanes: WalkLanes
  readonly #counts: VisitCounts

  /** @param maxSteps largest budget of a request */
  constructor(graph: ItemGraph, maxSteps: number) {
    this.#graph = graph
    this.#maxSteps = maxSteps
    this.#lanes = new WalkLanes(graph, Math.max(ROUNDS, Math.ceil(maxSteps / LANES)))
    this.#counts = new VisitCounts(graph.items)
    let largest = 0
    for (let i = 0; i < graph.items; i++) largest = Math.max(largest, degree(graph.toCollections, i))
    this.#maxDegree = largest
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
    const stoppable = options.enough ? options.enough.items * options.enough.visits : Number.POSITIVE_INFINITY
    let steps = 0
    for (let q = 0; q < allocated.length; q++) {
      if (allocated[q]! < stoppable) continue
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
    lanes.placeAll(item)
    let walked = 0
    while (walked < steps && counts.often < enoughItems) {
      const wanted = Math.min(steps - walked, ROUNDS * LANES)
      lanes.advance(Math.ceil(wanted / LANES), 0, options)
      counts.add(lanes.trail, 0, wanted, 1, enoughVisits)
      walked += wanted
    }
    counts.endWalk()
    return walked
  }

  /**
   * The steps of all query items in a row are cut into as many equal pieces as there are lanes; a lane goes over to the
   * next query item where its piece does. @returns steps made
   */
  #walkSideBySide(queries: Uint32Array, steps: Uint32Array, options: WalkOptions): number {
    const ends = Uint32Array.from(steps)
    for (let q = 1; q < ends.length; q++) ends[q]! += ends[q - 1]!
    const total = ends.at(-1) ?? 0
    if (total === 0) return 0
    const lanes = this.#lanes
    const rounds = Math.ceil(total / LANES)
    const queryOf = new Uint32Array(LANES)
    /** The round in which each lane goes over; lanes beyond the last piece go on where they are, unheeded. */
    const until = new Uint32Array(LANES)
    let q = 0
    for (let w = 0; w < LANES; w++) {
      const start = Math.min(w * rounds, total - 1)
      while (ends[q]! <= start) q++
      queryOf[w] = q
      lanes.place(w, queries[q]!)
      until[w] = ends[q]! - start
    }
    for (let round = 0; round < rounds; ) {
      let next = rounds
      for (let w = 0; w < LANES; w++) if (until[w]! < next) next = until[w]!
      lanes.advance(next - round, round, options)
      round = next
      for (let w = 0; w < LANES; w++) {
        if (until[w]! > round) continue
        let following = queryOf[w]! + 1
        while (following < ends.length && steps[following] === 0) following++
        if (following === ends.length) {
          until[w] = rounds
          continue
        }
        queryOf[w] = following
        lanes.place(w, queries[following]!)
        until[w] = round + steps[following]!
      }
    }
    this.#countSideBySide(steps, rounds)
    return total
  }

  /** Step s of the row is round s mod `rounds` of lane ⌊s / rounds⌋. */
  #countSideBySide(steps: Uint32Array, rounds: number): void {
    let step = 0
    for (let q = 0; q < steps.length; q++) {
      for (let left = steps[q]!; left > 0; ) {
        const lane = Math.floor(step / rounds)
        const round = step - lane * rounds
        const count = Math.min(left, rounds - round)
        this.#counts.add(this.#lanes.trail, round * LANES + lane, count, LANES, 0)
        step += count
        left -= count
      }
      this.#counts.endWalk()
    }
  }
}
