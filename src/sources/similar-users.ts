/** @file Source `similar-users`: items of the people and collections most like the query (user-based nearest neighbours). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { degree } from '../base/csr.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'
import { SparseScores } from './sparse-scores.ts'

export const similarUsersOptions = z.strictObject({
  /** Most similar users or collections that have a say. */
  neighbours: z
    .number()
    .int()
    .min(1)
    .max(5000)
    .default(200)
    .meta({ tune: { scale: 'log', from: 20, to: 2000 } }),
  /** A neighbour of cosine s has s^sharpness of a say. */
  sharpness: z
    .number()
    .min(0)
    .max(10)
    .default(2)
    .meta({ tune: { from: 0.5, to: 6 } }),
  /** Of an item in more collections than this, an even sample is looked at. */
  maxCollectionsPerItem: z.number().int().min(1).default(20_000),
  fading: fadingOption.default(0.98),
})

type Options = z.infer<typeof similarUsersOptions>

export const similarUsersSource: SourceDefinition<Options> = {
  name: 'similar-users',
  summary: 'Items of the people and collections most like the query.',
  surfaces: ['related', 'home'],
  options: similarUsersOptions,
  fit: async (_input, options) => packColumns(options),
  open(artefact, { graph }) {
    const options = unpackColumns<Options>(artefact, 'similar-users', Object.keys(similarUsersOptions.shape))
    const { toCollections, toItems } = graph
    const overlaps = new SparseScores(graph.collections)
    const scores = new SparseScores(graph.items)
    return {
      name: 'similar-users',
      followsFromQuery: true,
      propose(request, limit) {
        const weights = fadedWeights(request, options.fading)
        for (let q = 0; q < request.items.length; q++) {
          const item = request.items[q]!
          if (item >= graph.items) continue
          const end = toCollections.offsets[item + 1]!
          const stride = Math.ceil(degree(toCollections, item) / options.maxCollectionsPerItem)
          for (let k = toCollections.offsets[item]!; k < end; k += stride) {
            const collection = toCollections.targets[k]!
            overlaps.add(collection, weights[q]! / Math.sqrt(degree(toItems, collection)))
          }
        }
        const nearest = overlaps.take(options.neighbours, [])
        for (let n = 0; n < nearest.items.length; n++) {
          const collection = nearest.items[n]!
          const say = nearest.scores[n]! ** options.sharpness
          const end = toItems.offsets[collection + 1]!
          for (let k = toItems.offsets[collection]!; k < end; k++) scores.add(toItems.targets[k]!, say)
        }
        return scores.take(limit, request.items)
      },
    }
  },
}
