/** @file Which events are positive, and how much each counts: one declared rule per store. */

import { EVENT_KINDS, type EventKind } from '../store/records.ts'

/** The rule as it stands in a store's meta; what is left out falls back to `DEFAULT_WEIGHTS`. */
export interface PositiveRule {
  /** Weight per kind of event; 0 = not positive. */
  weights?: Partial<Record<EventKind, number>>
  /** Ratings below are not positive; ratings without a value are. No bound when left out. */
  minimumRating?: number
}

/**
 * A purchase says more than a save, a save more than a look. Impressions say nothing about liking, and hiding says
 * the opposite. The steps are ours (any increasing ones would do); datasets with one kind of event use weight 1.
 */
export const DEFAULT_WEIGHTS: Readonly<Record<EventKind, number>> = {
  impression: 0,
  click: 1,
  view: 1,
  save: 2,
  purchase: 3,
  rating: 1,
  hide: 0,
}

/** Weight by kind code, length EVENT_KINDS.length. */
export function kindWeights(rule: PositiveRule): Float32Array {
  return Float32Array.from(EVENT_KINDS, (kind) => rule.weights?.[kind] ?? DEFAULT_WEIGHTS[kind])
}

/**
 * @param weights from `kindWeights`
 * @param kind position in EVENT_KINDS
 * @param value NaN when the event has none
 * @returns weight > 0 for a positive event, else 0
 */
export function positiveWeight(
  weights: Float32Array,
  minimumRating: number | undefined,
  kind: number,
  value: number,
): number {
  const belowBound = kind === RATING && minimumRating !== undefined && value < minimumRating
  return belowBound ? 0 : weights[kind]
}

const RATING = EVENT_KINDS.indexOf('rating')
