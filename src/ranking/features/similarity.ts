/**
 * @file Features of single query items and a candidate: the sources sum over all query items, these look at the last one
 * and at the closest.
 */

import { unpackColumns } from '../../base/columns.ts'
import type { Csr } from '../../base/csr.ts'
import { innerProduct, lengthOf, type VectorTable, vectorAt } from '../../vectors/vector-table.ts'
import type { FeatureGroup, FeatureWriter, OpenFeatures } from './feature-group.ts'

/** Newest query items that are looked at one by one. */
const LOOKED_AT = 20

/** A measure of how close a candidate is to one query item; `start` is told the query item first. */
interface Closeness {
  name: string
  /** Closeness of the query item to each of the rows, into `out`. */
  closeness(query: number, items: Uint32Array, out: Float32Array): void
}

export const similarityFeatures: FeatureGroup = {
  family: 'similarity',
  summary:
    'How close the candidate is to the last query item, to the closest one, and to the newest ones on average.',
  columns: (open) =>
    measuresOf(open).flatMap(({ name }) => [`${name}.last`, `${name}.closest`, `${name}.lately`]),
  open(open): FeatureWriter {
    const measures = measuresOf(open)
    return ({ items, request }, { values, width, column }) => {
      const query = request.items.subarray(Math.max(0, request.items.length - LOOKED_AT))
      const close = new Float32Array(items.length)
      const best = new Float32Array(items.length)
      const sum = new Float32Array(items.length)
      measures.forEach((measure, m) => {
        best.fill(query.length === 0 ? Number.NaN : Number.NEGATIVE_INFINITY)
        sum.fill(query.length === 0 ? Number.NaN : 0)
        close.fill(Number.NaN)
        for (let q = 0; q < query.length; q++) {
          measure.closeness(query[q], items, close)
          for (let row = 0; row < items.length; row++) {
            if (close[row] > best[row]) best[row] = close[row]
            sum[row] += close[row]
          }
        }
        for (let row = 0, at = column + m * 3; row < items.length; row++, at += width) {
          values[at] = close[row]
          values[at + 1] = best[row]
          values[at + 2] = sum[row] / query.length
        }
      })
    }
  },
}

/** The artefacts that say how close two single items are: tables of vectors, lists of neighbours, words. */
function measuresOf({ artefacts, sources, data }: OpenFeatures): Closeness[] {
  const measures: Closeness[] = []
  for (const name of sources) {
    const artefact = artefacts[name]
    if (!artefact) continue
    if ('vectors.values' in artefact.arrays) {
      measures.push(cosines(name, unpackColumns<{ vectors: VectorTable }>(artefact, name, []).vectors))
    } else if ('rows.offsets' in artefact.arrays) {
      measures.push(neighbours(name, unpackColumns<{ rows: Csr }>(artefact, name, []).rows))
    } else if ('forward.offsets' in artefact.arrays) {
      measures.push(sharedWords(name, unpackColumns<{ forward: Csr }>(artefact, name, []).forward))
    }
  }
  if (data.tags.targets.length > 0) measures.push(sharedWords('tags', data.tags))
  return measures
}

function cosines(name: string, vectors: VectorTable): Closeness {
  const inverse = Float32Array.from(
    { length: vectors.count },
    (_, row) => 1 / (lengthOf(vectorAt(vectors, row)) || 1),
  )
  return {
    name,
    closeness(query, items, out) {
      if (query >= vectors.count) {
        out.fill(0)
        return
      }
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        out[row] =
          item < vectors.count ? innerProduct(vectors, query, item) * inverse[query] * inverse[item] : 0
      }
    },
  }
}

/** The neighbour's weight, 0 for items that are not among the kept neighbours. */
function neighbours(name: string, rows: Csr): Closeness {
  const weightOf = new Float32Array(rows.columns)
  return {
    name,
    closeness(query, items, out) {
      const start = query < rows.rows ? rows.offsets[query] : 0
      const end = query < rows.rows ? rows.offsets[query + 1] : 0
      for (let k = start; k < end; k++) weightOf[rows.targets[k]] = rows.weights![k]
      for (let row = 0; row < items.length; row++)
        out[row] = items[row] < rows.columns ? weightOf[items[row]] : 0
      for (let k = start; k < end; k++) weightOf[rows.targets[k]] = 0
    },
  }
}

/** Cosine of two items' rows of weighted words (or of plain tags). */
function sharedWords(name: string, rows: Csr): Closeness {
  const weightAt = (k: number) => (rows.weights ? rows.weights[k] : 1)
  const inverse = new Float32Array(rows.rows)
  for (let item = 0; item < rows.rows; item++) {
    let squares = 0
    for (let k = rows.offsets[item]; k < rows.offsets[item + 1]; k++) squares += weightAt(k) ** 2
    inverse[item] = squares > 0 ? 1 / Math.sqrt(squares) : 0
  }
  const weightOf = new Float32Array(rows.columns)
  return {
    name: `${name}-words`,
    closeness(query, items, out) {
      const start = query < rows.rows ? rows.offsets[query] : 0
      const end = query < rows.rows ? rows.offsets[query + 1] : 0
      for (let k = start; k < end; k++) weightOf[rows.targets[k]] = weightAt(k) * inverse[query]
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        let sum = 0
        if (item < rows.rows) {
          for (let k = rows.offsets[item]; k < rows.offsets[item + 1]; k++)
            sum += weightAt(k) * weightOf[rows.targets[k]]
          sum *= inverse[item]
        }
        out[row] = sum
      }
      for (let k = start; k < end; k++) weightOf[rows.targets[k]] = 0
    },
  }
}
