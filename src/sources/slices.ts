/** @file Slices: ranked lists per code (a region, a category, a segment), stored and read in one way. */

import type { Artefact } from '../base/array-file.ts'
import { packColumns, unpackColumns } from '../base/columns.ts'
import type { Csr } from '../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../base/shared.ts'
import { topK } from '../base/top-k.ts'
import type { Dataset } from '../data/dataset.ts'
import { touchWeight } from '../data/popularity.ts'
import { type Candidates, emptyCandidates } from './candidates.ts'
import type { ResolvedRequest } from './request.ts'
import type { Source } from './source.ts'
import { SparseScores } from './sparse-scores.ts'

export interface SliceOptions {
  /** Items kept per code. */
  length: number
  halfLifeMs: number
}

/** A code of the request, and how much its slice counts. */
export type WeightedCode = readonly [code: number, weight: number]

/**
 * The most popular items of every code, as shares of the code's touches.
 *
 * @param codeOf code of the interaction at a row
 * @param codes number of codes
 */
export function slicesByCode(
  { interactions, catalog, now }: Dataset,
  codeOf: (row: number) => number,
  codes: number,
  options: SliceOptions,
): Csr {
  const items = catalog.items.ids.length
  const byCode = Array.from({ length: codes }, () => new Map<number, number>())
  for (let k = 0; k < interactions.length; k++) {
    const counts = byCode[codeOf(k)]!
    const item = interactions.item[k]!
    counts.set(item, (counts.get(item) ?? 0) + touchWeight(interactions.time, k, now, options.halfLifeMs))
  }
  const lists = byCode.map((counts) => {
    const ascending = Uint32Array.from(counts.keys()).sort()
    let total = 0
    for (const count of counts.values()) total += count
    const shares = Float32Array.from(ascending, (item) => counts.get(item)! / total)
    const best = topK(shares, options.length)
    return { items: best.map((k) => ascending[k]!), shares: Float32Array.from(best, (k) => shares[k]!) }
  })
  const offsets = sharedUint32(codes + 1)
  lists.forEach((list, code) => {
    offsets[code + 1] = offsets[code]! + list.items.length
  })
  const targets = sharedUint32(offsets[codes]!)
  const weights = sharedFloat32(offsets[codes]!)
  lists.forEach((list, code) => {
    targets.set(list.items, offsets[code]!)
    weights.set(list.shares, offsets[code]!)
  })
  return { rows: codes, columns: items, offsets, targets, weights }
}

export function sliceArtefact(slices: Csr): Artefact {
  return packColumns({ slices })
}

/** Sums the slices of the request's codes. */
export function openSlices(
  name: string,
  artefact: Artefact,
  codesOf: (request: ResolvedRequest) => readonly WeightedCode[],
): Source {
  const required = ['slices.rows', 'slices.columns', 'slices.offsets', 'slices.targets', 'slices.weights']
  const { slices } = unpackColumns<{ slices: Csr }>(artefact, name, required)
  const scores = new SparseScores(slices.columns)
  return {
    name,
    propose(request, limit) {
      const codes = codesOf(request)
      const [only] = codes
      if (codes.length === 1 && only![1] === 1) return firstOf(slices, only![0], limit, request.items)
      for (const [code, weight] of codes) {
        if (code >= slices.rows) continue
        for (let k = slices.offsets[code]!; k < slices.offsets[code + 1]!; k++) {
          scores.add(slices.targets[k]!, weight * slices.weights![k]!)
        }
      }
      return scores.take(limit, request.items)
    },
  }
}

/** One slice that counts in full needs no sums: it is in order already. */
function firstOf(slices: Csr, code: number, limit: number, excluded: Uint32Array): Candidates {
  if (code >= slices.rows) return emptyCandidates
  const asked = new Set(excluded)
  const start = slices.offsets[code]!
  const end = slices.offsets[code + 1]!
  const items = new Uint32Array(Math.min(limit, end - start))
  const scores = new Float32Array(items.length)
  let count = 0
  for (let k = start; k < end && count < items.length; k++) {
    if (asked.has(slices.targets[k]!)) continue
    items[count] = slices.targets[k]!
    scores[count++] = slices.weights![k]!
  }
  return { items: items.subarray(0, count), scores: scores.subarray(0, count) }
}
