/**
 * @file Accuracy metrics of one ranked list against one set of relevant items, the single source of truth.
 *
 * A list is judged through its hits: `hits[i] = 1` when the item at rank i + 1 is relevant. `relevant` is the size |G| ≥ 1
 * of the set of relevant items, including those that the list missed. A list shorter than k counts as filled with misses.
 */

import { InvalidOptionError } from '../base/errors.ts'

/** One metric: `better` ranks are earlier ones; every value is in [0, 1]. */
export type ListMetric = (hits: Uint8Array, relevant: number, k: number) => number

/** |L_k ∩ G| / |G|. */
export const recallAt: ListMetric = (hits, relevant, k) => hitsAt(hits, k) / relevant

/** |L_k ∩ G| / min(k, |G|), the convention of the variational autoencoder papers. */
export const truncatedRecallAt: ListMetric = (hits, relevant, k) => hitsAt(hits, k) / Math.min(k, relevant)

/** |L_k ∩ G| / k, also when the list is shorter than k. */
export const precisionAt: ListMetric = (hits, _relevant, k) => hitsAt(hits, k) / k

/** 1 when any relevant item is among the first k. */
export const hitRateAt: ListMetric = (hits, _relevant, k) => (hitsAt(hits, k) > 0 ? 1 : 0)

/** Binary gains, discount 1 / log2(rank + 1), ideal truncated at k. */
export const ndcgAt: ListMetric = (hits, relevant, k) => {
  let gain = 0
  for (let i = 0; i < Math.min(k, hits.length); i++) if (hits[i] === 1) gain += discount(i)
  let ideal = 0
  for (let i = 0; i < Math.min(k, relevant); i++) ideal += discount(i)
  return gain / ideal
}

/** 1 / rank of the first hit, 0 when none is among the first k. */
export const reciprocalRankAt: ListMetric = (hits, _relevant, k) => {
  for (let i = 0; i < Math.min(k, hits.length); i++) if (hits[i] === 1) return 1 / (i + 1)
  return 0
}

/** Σ over hits of the precision at their rank, divided by min(k, |G|). */
export const averagePrecisionAt: ListMetric = (hits, relevant, k) => {
  let found = 0
  let sum = 0
  for (let i = 0; i < Math.min(k, hits.length); i++) if (hits[i] === 1) sum += ++found / (i + 1)
  return sum / Math.min(k, relevant)
}

/** The names that reports use; a mean over requests of `mrr` is the mean reciprocal rank, of `map` the mean AP. */
export const listMetrics: Readonly<Record<string, ListMetric>> = {
  ndcg: ndcgAt,
  recall: recallAt,
  'truncated-recall': truncatedRecallAt,
  mrr: reciprocalRankAt,
  'hit-rate': hitRateAt,
  precision: precisionAt,
  map: averagePrecisionAt,
}

/** A metric with its cutoff, as reports name it: `ndcg@10`. */
export interface MetricAt {
  name: string
  metric: ListMetric
  k: number
}

/** @throws InvalidOptionError when the name is not `METRIC@K` with a known metric and 1 ≤ K ≤ 1000 */
export function metricNamed(name: string): MetricAt {
  const [metric, cutoff] = name.split('@') as [string, string | undefined]
  const k = Number(cutoff)
  if (!Object.hasOwn(listMetrics, metric) || !Number.isInteger(k) || k < 1 || k > 1000) {
    const known = Object.keys(listMetrics).join(', ')
    throw new InvalidOptionError('metric', name, 'METRIC@K with K from 1 to 1000', `metrics: ${known}`)
  }
  return { name, metric: listMetrics[metric]!, k }
}

/**
 * Marks the hits of a ranked list.
 *
 * @param ranked item indices, best first, without repeats
 * @param relevant item indices, ascending
 * @param hits written up to `ranked.length`
 */
export function markHits(ranked: Uint32Array, relevant: Uint32Array, hits: Uint8Array): Uint8Array {
  for (let i = 0; i < ranked.length; i++) hits[i] = contains(relevant, ranked[i]!) ? 1 : 0
  return hits.subarray(0, ranked.length)
}

/** Binary search in ascending values. */
export function contains(ascending: Uint32Array, value: number): boolean {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return ascending[low] === value
}

function hitsAt(hits: Uint8Array, k: number): number {
  let found = 0
  for (let i = 0; i < Math.min(k, hits.length); i++) found += hits[i]!
  return found
}

const discounts = Float64Array.from({ length: 1000 }, (_, i) => 1 / Math.log2(i + 2))
const discount = (i: number) => discounts[i]!
