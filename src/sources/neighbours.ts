/** @file Sources that keep a list of scored neighbours per item: one way to store and to sum them. */

import type { Artefact } from '../base/array-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import type { Csr } from '../base/csr.ts'
import { fadedWeights } from './query-weights.ts'
import type { Source } from './source.ts'
import { SparseScores } from './sparse-scores.ts'

interface NeighbourColumns {
  rows: Csr
  fading: number
}

/** @param rows items × items with weights */
export function neighbourArtefact(rows: Csr, fading: number): Artefact {
  return packColumns({ rows, fading } satisfies NeighbourColumns)
}

/** Sums the neighbours of the request's items, each row times its query item's faded weight. */
export function openNeighbours(name: string, artefact: Artefact): Source {
  const required = ['rows.offsets', 'rows.targets', 'rows.weights', 'rows.rows', 'fading']
  const { rows, fading } = unpackColumns<NeighbourColumns>(artefact, name, required)
  const scores = new SparseScores(rows.columns)
  return {
    name,
    propose(request, limit) {
      const weights = fadedWeights(request, fading)
      for (let q = 0; q < request.items.length; q++) {
        const item = request.items[q]!
        if (item >= rows.rows) continue
        const end = rows.offsets[item + 1]!
        for (let k = rows.offsets[item]!; k < end; k++)
          scores.add(rows.targets[k]!, weights[q]! * rows.weights![k]!)
      }
      return scores.take(limit, request.items)
    },
  }
}
