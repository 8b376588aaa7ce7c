/** @file Source `random-walk`: what walks from the query items come by most often (Eksombatchai et al. 2018, "Pixie"). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { degree } from '../base/csr.ts'
import { type EdgeRuns, edgeRuns } from '../graph/edge-runs.ts'
import type { ItemGraph } from '../graph/item-graph.ts'
import { pruneGraph } from '../graph/prune.ts'
import { RandomWalk } from '../graph/random-walk.ts'
import { bestCandidates } from './merge.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const randomWalkOptions = z.strictObject({
  /** Steps for `related`, where there are one or few query items. */
  steps: z
    .number()
    .int()
    .min(100)
    .max(10_000_000)
    .default(50_000)
    .meta({ tune: { scale: 'log', from: 10_000, to: 200_000 } }),
  /** Steps for `home`, where many query items share them. */
  homeSteps: z
    .number()
    .int()
    .min(100)
    .max(10_000_000)
    .default(150_000)
    .meta({ tune: { scale: 'log', from: 30_000, to: 500_000 } }),
  restartProbability: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .meta({ tune: { from: 0.3, to: 0.95 } }),
  /** How much of the steps is shared out by weight alone: 0 = by degree as Pixie does, 1 = regardless of degree. */
  evenness: z.number().min(0).max(1).default(0.5),
  /** A walk stops early when so many items have been visited so often. */
  enoughItems: z.number().int().min(1).default(2000),
  enoughVisits: z.number().int().min(1).default(4),
  /** Visits are divided by degree^itemExponent: 0 favours popular items, 1 rare ones. */
  itemExponent: z.number().min(0).max(1).default(0.4),
  /** Share of steps that keep to collections of the request's region, where an item has any. */
  regionBias: z.number().min(0).max(1).default(0.5),
  /** Of what is reached from several query items: 2 as Pixie does, 1 not at all. */
  boost: z
    .number()
    .min(1)
    .max(4)
    .default(1.5)
    .meta({ tune: { from: 1, to: 3 } }),
  fading: fadingOption.default(1),
  /** Pixie's δ: an item of degree d keeps ⌈d^δ⌉ edges, those to the collections most about its category. */
  degreeExponent: z
    .number()
    .min(0.1)
    .max(1)
    .default(1)
    .meta({ tune: { from: 0.6, to: 1 } }),
  /** Share of collections, the most mixed ones by category, that walks do not use. */
  droppedEntropyShare: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({ tune: { from: 0, to: 0.3 } }),
})

type Options = z.infer<typeof randomWalkOptions>

interface WalkColumns {
  walking: Omit<Options, 'degreeExponent' | 'droppedEntropyShare'>
  /** Only where collections have codes. */
  runs?: EdgeRuns
  /** Only where it was pruned; walks use the graph of all sources otherwise. */
  graph?: ItemGraph
}

const REQUIRED = ['steps', 'homeSteps', 'restartProbability', 'boost', 'fading'].map(
  (key) => `walking.${key}`,
)

export const randomWalkSource: SourceDefinition<Options> = {
  name: 'random-walk',
  summary: 'What random walks from the query items come by most often.',
  surfaces: ['related', 'home'],
  options: randomWalkOptions,
  async fit({ dataset, graph }, { degreeExponent, droppedEntropyShare, ...walking }) {
    const prunes = degreeExponent < 1 || droppedEntropyShare > 0
    const pruned = prunes
      ? pruneGraph(
          graph,
          { degreeExponent, droppedEntropyShare, maxCollectionSize: Number.POSITIVE_INFINITY },
          dataset.catalog.category.codes,
        )
      : undefined
    const runs = edgeRuns(pruned ?? graph) ?? undefined
    return packColumns({ walking, runs, graph: pruned } satisfies WalkColumns)
  },
  open(artefact, opened) {
    const columns = unpackColumns<WalkColumns>(artefact, 'random-walk', REQUIRED)
    const { walking: options, runs } = columns
    const graph = columns.graph ?? opened.graph
    const { restartProbability, evenness, itemExponent, regionBias } = options
    const walk = new RandomWalk(graph, Math.max(options.steps, options.homeSteps), options.boost)
    const enough = { items: options.enoughItems, visits: options.enoughVisits }
    return {
      name: 'random-walk',
      followsFromQuery: true,
      propose(request, limit) {
        const weights = fadedWeights(request, options.fading)
        const { items, visits } = walk.walk(
          { items: request.items, weights },
          {
            steps: request.surface === 'home' ? options.homeSteps : options.steps,
            restartProbability,
            evenness,
            enough,
            bias: runs ? { runs, code: request.region, probability: regionBias } : null,
            seed: request.seed,
          },
        )
        const asked = new Set(request.items)
        for (let k = 0; k < items.length; k++) {
          const item = items[k]!
          visits[k] = asked.has(item)
            ? Number.NEGATIVE_INFINITY
            : visits[k]! * degree(graph.toCollections, item) ** -itemExponent
        }
        return bestCandidates(items, visits, limit)
      },
    }
  },
}
