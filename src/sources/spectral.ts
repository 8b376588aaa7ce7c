/** @file Source `spectral`: what the graph's low frequencies expect beside the query items (Shen et al. 2021, GF-CF). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { degree } from '../base/csr.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { fitSpectral } from '../models/spectral.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { type VectorMatrix, vectorAt } from '../vectors/vector-matrix.ts'
import { positiveOnes } from './positive-ones.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const spectralOptions = z.strictObject({
  /** Singular vectors kept: fewer see only what is common, more come close to the data itself. */
  rank: z
    .number()
    .int()
    .min(16)
    .max(512)
    .multipleOf(16)
    .default(256)
    .meta({ tune: { scale: 'log', from: 32, to: 512 } }),
  iterations: z.number().int().min(1).max(100).default(5).meta({ tune: false }),
  /** Time and memory grow with rank × items and rank × users: beyond this the source steps aside. */
  maxItems: z.number().int().min(1).max(1_000_000).default(50_000).meta({ tune: false }),
  fading: fadingOption.default(1),
})

interface SpectralColumns {
  /** Row i is √degree(i) · V_i. */
  vectors: VectorMatrix
  /** Beside the rows; 0 for an item without edges. */
  inverseDegrees: Float32Array
  fading: number
}

export const spectralSource: SourceDefinition<z.infer<typeof spectralOptions>> = {
  name: 'spectral',
  summary: "What the graph's broad patterns expect beside the query items.",
  surfaces: ['related', 'home'],
  options: spectralOptions,
  unsuitable({ graph }, { maxItems }) {
    return graph.items > maxItems
      ? `${graph.items.toLocaleString('en')} items are more than ${maxItems.toLocaleString('en')}`
      : null
  },
  async fit({ graph, seed, threads, progress }, { fading, rank, iterations }) {
    const vectors = await fitSpectral(graph.toItems, { rank, iterations }, seed, threads, progress)
    const inverseDegrees = sharedFloat32(graph.items)
    for (let item = 0; item < graph.items; item++) {
      const edges = degree(graph.toCollections, item)
      if (edges === 0) continue
      inverseDegrees[item] = 1 / edges
      const vector = vectorAt(vectors, item)
      for (let k = 0; k < vector.length; k++) vector[k]! *= Math.sqrt(edges)
    }
    return packColumns({ vectors, inverseDegrees, fading } satisfies SpectralColumns)
  },
  open(artefact) {
    const required = ['vectors.count', 'vectors.dim', 'vectors.values', 'inverseDegrees', 'fading']
    const { vectors, inverseDegrees, fading } = unpackColumns<SpectralColumns>(artefact, 'spectral', required)
    const search = openSearch(vectors)
    const query = new Float32Array(vectors.dim)
    return {
      name: 'spectral',
      followsFromQuery: true,
      /** Score of j: √d_j · V_j · Σ_q w_q V_q / √d_q. */
      propose(request, limit) {
        const weights = fadedWeights(request, fading)
        query.fill(0)
        for (let q = 0; q < request.items.length; q++) {
          const item = request.items[q]!
          if (item >= vectors.count) continue
          const vector = vectorAt(vectors, item)
          const weight = weights[q]! * inverseDegrees[item]!
          for (let k = 0; k < query.length; k++) query[k]! += weight * vector[k]!
        }
        return positiveOnes(search(query, limit, request.items))
      },
    }
  },
}
