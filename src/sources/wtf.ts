/** @file Source `wtf`: authorities of the query's circle of trust (Gupta et al. 2013, "Who to Follow at Twitter"). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { degree } from '../base/csr.ts'
import { CircleOfTrust } from '../graph/circle-of-trust.ts'
import { Salsa } from '../graph/salsa.ts'
import { bestCandidates } from './merge.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const wtfOptions = z.strictObject({
  /** Steps of the walk that finds the circle of trust. */
  steps: z
    .number()
    .int()
    .min(100)
    .max(10_000_000)
    .default(20_000)
    .meta({ tune: { scale: 'log', from: 5000, to: 100_000 } }),
  restartProbability: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .meta({ tune: { from: 0.3, to: 0.95 } }),
  /** Collections in the circle. */
  circle: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .meta({ tune: { scale: 'log', from: 50, to: 5000 } }),
  /** Edges of the circle at most, for `related`, where an answer is waited for most often, and for `home`. */
  edges: z.number().int().min(1000).max(10_000_000).default(40_000),
  homeEdges: z.number().int().min(1000).max(10_000_000).default(200_000),
  /** Share of a collection's score that stays what the walk gave it. */
  hubRestart: z.number().min(0).max(1).default(0.6),
  rounds: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(2)
    .meta({ tune: { from: 0, to: 5 } }),
  /** How much of the steps is shared out by weight alone: 0 = by degree, 1 = regardless of degree. */
  evenness: z.number().min(0).max(1).default(0.5),
  /** Scores are divided by degree^itemExponent: 0 favours popular items, 1 rare ones. */
  itemExponent: z.number().min(0).max(1).default(0.3),
  fading: fadingOption.default(1),
})

type Options = z.infer<typeof wtfOptions>

export const wtfSource: SourceDefinition<Options> = {
  name: 'wtf',
  summary: "Authorities of the query's circle of trust.",
  surfaces: ['related', 'home'],
  options: wtfOptions,
  fit: async (_input, options) => packColumns(options),
  open(artefact, { graph }) {
    const options = unpackColumns<Options>(artefact, 'wtf', Object.keys(wtfOptions.shape))
    const circleOfTrust = new CircleOfTrust(graph, options.steps)
    const salsa = new Salsa(graph.toItems)
    return {
      name: 'wtf',
      followsFromQuery: true,
      propose(request, limit) {
        const weights = fadedWeights(request, options.fading)
        const query = { items: request.items, weights }
        const circle = circleOfTrust.find(query, {
          ...options,
          edges: request.surface === 'home' ? options.homeEdges : options.edges,
          seed: request.seed,
        })
        const { items, scores } = salsa.authorities(circle, options)
        const asked = new Set(request.items)
        const ranked = Float32Array.from(items, (item, k) =>
          asked.has(item)
            ? Number.NEGATIVE_INFINITY
            : scores[k]! * degree(graph.toCollections, item) ** -options.itemExponent,
        )
        return bestCandidates(items, ranked, limit)
      },
    }
  },
}
