/**
 * @file Features of single query items and a candidate: the sources sum over all query items, these look at the last one
 * and at the closest; and at what the user has touched without liking or having it, which no source looks at.
 */

import { unpackColumns } from '../../base/columns.ts'
import type { Csr } from '../../base/csr.ts'
import { lengthOf, type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'
import type { FeatureGroup, FeatureWriter, OpenFeatures } from './feature-group.ts'

/** Newest query items that are looked at one by one. */
const LOOKED_AT = 10

/** Of a user's other items, so many of the newest count. */
const OTHERS = 100

/** A measure of how close candidates are to given items. */
interface Closeness {
  name: string
  /** Summed closeness of each of the rows to all query items, into `out`. */
  total(query: Uint32Array, items: Uint32Array, out: Float32Array): void
}

export const similarityFeatures: FeatureGroup = {
  family: 'similarity',
  summary:
    'How close the candidate is to the last query item, the closest one, the newest ones, and what else the user touched.',
  columns: (open) =>
    measuresOf(open).flatMap(({ name }) => [
      `${name}.last`,
      `${name}.closest`,
      `${name}.lately`,
      `${name}.others`,
    ]),
  open(open): FeatureWriter {
    const measures = measuresOf(open)
    const { others } = open.data
    return ({ items, request }, { values, width, column }) => {
      const query = request.items.subarray(Math.max(0, request.items.length - LOOKED_AT))
      const other = newestOf(others, request.user)
      const close = new Float32Array(items.length)
      const best = new Float32Array(items.length)
      const sum = new Float32Array(items.length)
      const fromOthers = new Float32Array(items.length)
      measures.forEach((measure, m) => {
        best.fill(query.length === 0 ? Number.NaN : Number.NEGATIVE_INFINITY)
        sum.fill(query.length === 0 ? Number.NaN : 0)
        close.fill(Number.NaN)
        for (let q = 0; q < query.length; q++) {
          measure.total(query.subarray(q, q + 1), items, close)
          for (let row = 0; row < items.length; row++) {
            if (close[row] > best[row]) best[row] = close[row]
            sum[row] += close[row]
          }
        }
        if (other.length > 0) measure.total(other, items, fromOthers)
        else fromOthers.fill(Number.NaN)
        for (let row = 0, at = column + m * 4; row < items.length; row++, at += width) {
          values[at] = close[row]
          values[at + 1] = best[row]
          values[at + 2] = sum[row] / query.length
          values[at + 3] = fromOthers[row] / other.length
        }
      })
    }
  },
}

function newestOf(others: Csr, user: number): Uint32Array {
  if (user < 0 || user >= others.rows) return new Uint32Array(0)
  const end = others.offsets[user + 1]
  return others.targets.subarray(Math.max(others.offsets[user], end - OTHERS), end)
}

/** The artefacts that say how close two single items are: tables of vectors, lists of neighbours, words. */
function measuresOf({ artefacts, sources, data }: OpenFeatures): Closeness[] {
  const measures: Closeness[] = []
  for (const name of sources) {
    const artefact = artefacts[name]
    if (!artefact) continue
    if ('vectors.values' in artefact.arrays) {
      measures.push(cosines(name, unpackColumns<{ vectors: VectorMatrix }>(artefact, name, []).vectors))
    } else if ('rows.offsets' in artefact.arrays) {
      measures.push(neighbours(name, unpackColumns<{ rows: Csr }>(artefact, name, []).rows))
    } else if ('forward.offsets' in artefact.arrays) {
      measures.push(sharedWords(name, unpackColumns<{ forward: Csr }>(artefact, name, []).forward))
    }
  }
  if (data.tags.targets.length > 0) measures.push(sharedWords('tags', data.tags))
  return measures
}

function cosines(name: string, vectors: VectorMatrix): Closeness {
  const { count, dim, values } = vectors
  const inverse = Float32Array.from(
    { length: count },
    (_, row) => 1 / (lengthOf(vectorAt(vectors, row)) || 1),
  )
  const direction = new Float32Array(dim)
  return {
    name,
    total(query, items, out) {
      direction.fill(0)
      for (const item of query) {
        if (item >= count) continue
        for (let j = 0, at = item * dim; j < dim; j++) direction[j] += values[at + j] * inverse[item]
      }
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        let sum = 0
        if (item < count) {
          for (let j = 0, at = item * dim; j < dim; j++) sum += values[at + j] * direction[j]
          sum *= inverse[item]
        }
        out[row] = sum
      }
    },
  }
}

/** The neighbour's weight, 0 for items that are not among the kept neighbours. */
function neighbours(name: string, rows: Csr): Closeness {
  const { offsets, targets, weights } = rows
  const weightOf = new Float32Array(rows.columns)
  return {
    name,
    total(query, items, out) {
      for (const item of query) {
        if (item >= rows.rows) continue
        for (let k = offsets[item]; k < offsets[item + 1]; k++) weightOf[targets[k]] += weights![k]
      }
      for (let row = 0; row < items.length; row++) {
        out[row] = items[row] < rows.columns ? weightOf[items[row]] : 0
      }
      for (const item of query) {
        if (item >= rows.rows) continue
        for (let k = offsets[item]; k < offsets[item + 1]; k++) weightOf[targets[k]] = 0
      }
    },
  }
}

/** Cosine of two items' rows of weighted words (or of plain tags). */
function sharedWords(name: string, rows: Csr): Closeness {
  const { offsets, targets, weights } = rows
  const weightAt = (k: number) => (weights ? weights[k] : 1)
  const inverse = new Float32Array(rows.rows)
  for (let item = 0; item < rows.rows; item++) {
    let squares = 0
    for (let k = offsets[item]; k < offsets[item + 1]; k++) squares += weightAt(k) ** 2
    inverse[item] = squares > 0 ? 1 / Math.sqrt(squares) : 0
  }
  const weightOf = new Float32Array(rows.columns)
  return {
    name: `${name}-words`,
    total(query, items, out) {
      for (const item of query) {
        if (item >= rows.rows) continue
        for (let k = offsets[item]; k < offsets[item + 1]; k++)
          weightOf[targets[k]] += weightAt(k) * inverse[item]
      }
      for (let row = 0; row < items.length; row++) {
        const item = items[row]
        let sum = 0
        if (item < rows.rows) {
          for (let k = offsets[item]; k < offsets[item + 1]; k++) sum += weightAt(k) * weightOf[targets[k]]
          sum *= inverse[item]
        }
        out[row] = sum
      }
      for (const item of query) {
        if (item >= rows.rows) continue
        for (let k = offsets[item]; k < offsets[item + 1]; k++) weightOf[targets[k]] = 0
      }
    },
  }
}
