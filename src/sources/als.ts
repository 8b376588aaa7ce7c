/** @file Source `als`: what factors of who had what expect (Hu, Koren and Volinsky 2008, implicit alternating least squares). */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { fitAls } from '../models/als/als.ts'
import { type LeastSquares, openSolver } from '../models/als/solver.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import type { VectorMatrix } from '../vectors/vector-matrix.ts'
import { leftOut } from './left-out.ts'
import { positiveOnes } from './positive-ones.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'
import { dimOption } from './vector-options.ts'

export const alsOptions = z.strictObject({
  dim: dimOption(256, { from: 32, to: 512 }),
  iterations: z.number().int().min(1).max(100).default(15).meta({ tune: false }),
  /** Of what somebody had, beside 1 of what they had not. */
  confidence: z
    .number()
    .min(1)
    .max(1000)
    .default(10)
    .meta({ tune: { scale: 'log', from: 2, to: 100 } }),
  regularisation: z
    .number()
    .min(1e-6)
    .max(1000)
    .default(0.05)
    .meta({ tune: { scale: 'log', from: 0.01, to: 10 } }),
  fading: fadingOption.default(1),
})

interface AlsColumns extends LeastSquares {
  /** items × dim. */
  vectors: VectorMatrix
  fading: number
}

/** Of conjugate gradients for who asks: of the first 100 on MovieLens-1M 99.98 % are those of the solution. */
const STEPS = 12

export const alsSource: SourceDefinition<z.infer<typeof alsOptions>> = {
  name: 'als',
  summary: 'What people who had the query items want by the factors behind who had what.',
  surfaces: ['related', 'home'],
  options: alsOptions,
  onlyWhenNamed: true,
  async fit({ graph, seed, threads, progress }, { fading, ...options }) {
    const { items, gram } = await fitAls(graph.toItems, options, seed, threads, progress)
    const { confidence, regularisation } = options
    return packColumns({ vectors: items, gram, confidence, regularisation, fading } satisfies AlsColumns)
  },
  open(artefact) {
    const required = [
      'vectors.count',
      'vectors.dim',
      'vectors.values',
      'gram',
      'confidence',
      'regularisation',
      'fading',
    ]
    const { vectors, fading, ...squares } = unpackColumns<AlsColumns>(artefact, 'als', required)
    const search = openSearch(vectors)
    const solve = openSolver(squares, vectors.dim)
    const user = new Float32Array(vectors.dim)
    return {
      name: 'als',
      followsFromQuery: true,
      heedsCondition: true,
      /** Score of j: x · y_j, x the factors of a user who had the query items, each as confidently as it weighs. */
      propose(request, limit) {
        const weights = fadedWeights(request, fading)
        const isKnown = (_: number, k: number) => request.items[k]! < vectors.count
        const known = request.items.filter(isKnown)
        solve(user.fill(0), known, 0, known.length, vectors, STEPS, weights.filter(isKnown))
        return positiveOnes(search(user, limit, leftOut(request, vectors.count)))
      },
    }
  },
}
