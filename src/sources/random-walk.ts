/** @file Source `random-walk`: what walks from the query items come by most often (Eksombatchai et al. 2018, "Pixie"). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { degree } from '../base/csr.ts'
import { type EdgeRuns, edgeRuns } from '../graph/edge-runs.ts'
import { RandomWalk } from '../graph/random-walk.ts'
import { bestCandidates } from './merge.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const randomWalkOptions = z.strictObject({
  steps: z.number().int().min(100).max(10_000_000).default(50_000),
  restartProbability: z.number().min(0).max(1).default(0.5),
  /** How much of the steps is shared out by weight alone: 0 = by degree as Pixie does, 1 = regardless of degree. */
  evenness: z.number().min(0).max(1).default(0),
  /** A walk stops early when so many items have been visited so often. */
  enoughItems: z.number().int().min(1).default(2000),
  enoughVisits: z.number().int().min(1).default(4),
  /** Visits are divided by degree^itemExponent: 0 favours popular items, 1 rare ones. */
  itemExponent: z.number().min(0).max(1).default(0.3),
  /** Share of steps that keep to collections of the request's region, where an item has any. */
  regionBias: z.number().min(0).max(1).default(0.5),
  fading: fadingOption.default(1),
})

type Options = z.infer<typeof randomWalkOptions>

export const randomWalkSource: SourceDefinition<Options> = {
  name: 'random-walk',
  summary: 'What random walks from the query items come by most often.',
  surfaces: ['related', 'home'],
  options: randomWalkOptions,
  fit: async ({ graph }, options) => packColumns({ options, runs: edgeRuns(graph) ?? undefined }),
  open(artefact, { graph }) {
    const required = Object.keys(randomWalkOptions.shape).map((key) => `options.${key}`)
    const { options, runs } = unpackColumns<{ options: Options; runs?: EdgeRuns }>(
      artefact,
      'random-walk',
      required,
    )
    const { steps, restartProbability, evenness, itemExponent, regionBias } = options
    const walk = new RandomWalk(graph, steps)
    const enough = { items: options.enoughItems, visits: options.enoughVisits }
    return {
      name: 'random-walk',
      propose(request, limit) {
        const weights = fadedWeights(request, options.fading)
        const { items, visits } = walk.walk(
          { items: request.items, weights },
          {
            steps,
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
