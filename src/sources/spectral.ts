/** @file Source `spectral`: what the graph's low frequencies expect beside the query items (Shen et al. 2021, GF-CF). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { type Csr, degree } from '../base/csr.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { fitSpectral } from '../models/spectral.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { type VectorMatrix, vectorAt } from '../vectors/vector-matrix.ts'
import { expansionOptions, fitExpansion, openExpansion } from './expansion.ts'
import { leftOut } from './left-out.ts'
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
  ...expansionOptions(0),
})

interface SpectralColumns {
  /** Row i is √degree(i) · V_i. */
  vectors: VectorMatrix
  /** Beside the rows; 0 for an item without edges. */
  inverseDegrees: Float32Array
  expansion: Csr
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
  async fit(input, { fading, rank, iterations, ...options }) {
    const { graph, seed, threads, progress } = input
    const vectors = await fitSpectral(graph.toItems, { rank, iterations }, seed, threads, progress)
    const inverseDegrees = sharedFloat32(graph.items)
    for (let item = 0; item < graph.items; item++) {
      const edges = degree(graph.toCollections, item)
      if (edges === 0) continue
      inverseDegrees[item] = 1 / edges
      const vector = vectorAt(vectors, item)
      for (let k = 0; k < vector.length; k++) vector[k]! *= Math.sqrt(edges)
    }
    const expansion = await fitExpansion(input, options)
    return packColumns({ vectors, inverseDegrees, expansion, fading } satisfies SpectralColumns)
  },
  open(artefact) {
    const required = [
      'vectors.count',
      'vectors.dim',
      'vectors.values',
      'inverseDegrees',
      'expansion.weights',
      'fading',
    ]
    const columns = unpackColumns<SpectralColumns>(artefact, 'spectral', required)
    const { vectors, inverseDegrees, expansion, fading } = columns
    const search = openSearch(vectors)
    const query = new Float32Array(vectors.dim)
    const ask = openExpansion(expansion, (item, weight) => {
      if (item >= vectors.count) return
      const vector = vectorAt(vectors, item)
      const scale = weight * inverseDegrees[item]!
      for (let k = 0; k < query.length; k++) query[k]! += scale * vector[k]!
    })
    return {
      name: 'spectral',
      followsFromQuery: true,
      heedsCondition: true,
      /** Score of j: √d_j · V_j · Σ_q w_q V_q / √d_q, over the items that ask. */
      propose(request, limit) {
        query.fill(0)
        ask(request, fadedWeights(request, fading))
        return positiveOnes(search(query, limit, leftOut(request, vectors.count)))
      },
    }
  },
}
