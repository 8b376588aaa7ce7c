/** @file Source `co-occurrence`: items that share collections with the query items (Liu et al. 2017, section 3.1). */

import { z } from 'zod'
import type { Csr } from '../base/csr.ts'
import { coOccurrence } from '../graph/co-occurrence.ts'
import { neighbourArtefact, openNeighbours } from './neighbours.ts'
import { fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const coOccurrenceOptions = z.strictObject({
  neighbours: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(200)
    .meta({ tune: { scale: 'log', from: 50, to: 1000 } }),
  normalisation: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('power'),
        query: z.number().min(0).max(1),
        item: z.number().min(0).max(1),
        shrinkage: z
          .number()
          .min(0)
          .max(1000)
          .meta({ tune: { from: 0, to: 50 } }),
      }),
      z.strictObject({ kind: z.literal('jaccard') }),
      z.strictObject({ kind: z.literal('lift') }),
      z.strictObject({ kind: z.literal('log-likelihood') }),
    ])
    // Half-way between confidence and cosine: best or near it on all five public datasets (docs/benchmarks.md).
    .default({ kind: 'power', query: 0.5, item: 0.3, shrinkage: 0 }),
  collectionWeighting: z.number().min(0).max(1).default(1),
  maxCollectionSize: z.number().int().min(2).default(5000),
  fading: fadingOption.default(1),
})

export const coOccurrenceSource: SourceDefinition<z.infer<typeof coOccurrenceOptions>> = {
  name: 'co-occurrence',
  summary: 'Items that share collections with the query items.',
  surfaces: ['related', 'home'],
  options: coOccurrenceOptions,
  async fit({ graph, threads }, { fading, ...options }) {
    const rows: Csr = await coOccurrence(graph, options, threads)
    return neighbourArtefact(rows, fading)
  },
  open: (artefact) => openNeighbours('co-occurrence', artefact),
}
