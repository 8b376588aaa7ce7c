/** @file Walks the queries of the benchmark, in its own thread or in a worker. */

import { parentPort } from 'node:worker_threads'
import { serveTasks } from '../src/base/worker-pool.ts'
import type { ItemGraph } from '../src/graph/item-graph.ts'
import { RandomWalk, type WalkOptions } from '../src/graph/random-walk.ts'

export interface WalkShared {
  graph: ItemGraph
  options: WalkOptions
}

/** @returns a function that walks from each of the items in turn and counts the steps made */
export function openWalks({ graph, options }: WalkShared): (queries: Uint32Array) => number {
  const walk = new RandomWalk(graph, options.steps)
  return (queries) => {
    let steps = 0
    for (const query of queries) {
      const request = { items: Uint32Array.of(query), weights: [1] }
      steps += walk.walk(request, { ...options, seed: query }).steps
    }
    return steps
  }
}

if (parentPort) serveTasks(openWalks)
