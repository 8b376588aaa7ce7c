/** @file Train, validation and test: one global time cut, a hold-out of pairs, the given split, or the last sessions. */

import { InvalidOptionError } from '../base/errors.ts'
import { sharedFloat32, sharedFloat64, sharedUint32 } from '../base/shared.ts'
import type { Dataset, Interactions, OtherEvents, Protocol, SplitRule } from './dataset.ts'
import { gather } from './order.ts'
import { selectOthers } from './other-events.ts'
import { idKeys, inTestBucket, inValidationBucket } from './pair-hash.ts'
import { sessionCount } from './sessions.ts'

export interface Split {
  /** Catalog, users and collections are those of the whole dataset; `now` is the moment of the cut. */
  train: Dataset
  test: Interactions
  protocol: Protocol
}

/** A second hash takes one pair in so many out of train: few, so that what is learned on the rest holds for all of it. */
const VALIDATION_BUCKETS = 10

/** The name under which every figure of a split is reported. */
export function protocolOf(split: SplitRule): Protocol {
  if (split.kind === 'temporal') return 'temporal'
  return split.kind === 'sessions' ? 'sessions, temporal' : 'hold-out, unordered'
}

/**
 * Cuts a dataset by its own rule:
 * - temporal: test is every interaction at or after the `fraction` quantile of all times (linear interpolation);
 * - hold-out: the pairs that `inTestBucket` picks;
 * - given: what the dataset marks as test;
 * - sessions: the last 1 − `fraction` of the sessions, in the order in which they begin.
 *
 * @throws InvalidOptionError when the rule needs times, sessions or marks that the dataset does not have
 */
export function splitDataset(dataset: Dataset): Split {
  const { interactions, split } = dataset
  const protocol = protocolOf(split)
  if (split.kind === 'temporal') return { ...cutByTime(dataset, split.fraction), protocol }
  if (split.kind === 'sessions') return { ...cutBySession(dataset, split.fraction), protocol }
  if (split.kind === 'hold-out') {
    return { ...partitionPairs(dataset, inTestBucket, split.buckets), protocol }
  }
  const { heldOut } = dataset
  if (!heldOut?.includes(1)) {
    throw new InvalidOptionError('split', split.kind, 'a dataset whose events are marked as test')
  }
  return {
    ...partition(dataset, heldOut.subarray(0, interactions.length), dataset.now, dataset.others),
    protocol,
  }
}

/**
 * Cuts validation out of a train half by the same kind of rule: the last fifth of its interactions by time (the
 * `fraction` quantile of the times in train), a second hash for unordered data, the last of its sessions.
 */
export function carveValidation(train: Dataset): { train: Dataset; validation: Interactions } {
  const { split } = train
  if (split.kind === 'temporal' || split.kind === 'sessions') {
    const cut = split.kind === 'temporal' ? cutByTime : cutBySession
    const { train: rest, test } = cut(train, split.fraction)
    return { train: rest, validation: test }
  }
  const { train: rest, test } = partitionPairs(train, inValidationBucket, VALIDATION_BUCKETS)
  return { train: rest, validation: test }
}

/**
 * The quantile of ascending values as numpy's default defines it: linear between the two nearest ranks.
 *
 * @param fraction in [0, 1]
 */
export function linearQuantile(ascending: ArrayLike<number>, fraction: number): number {
  const position = fraction * (ascending.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, ascending.length - 1)
  const step = ascending[above] - ascending[below]
  const part = position - below
  // Counting from the nearer end keeps the result inside the two values, as numpy does.
  return part < 0.5 ? ascending[below] + step * part : ascending[above] - step * (1 - part)
}

/** The interactions at the given rows, in that order. */
export function selectInteractions(interactions: Interactions, rows: Uint32Array): Interactions {
  const length = rows.length
  return {
    length,
    user: gather(interactions.user, rows, sharedUint32(length)),
    item: gather(interactions.item, rows, sharedUint32(length)),
    time: interactions.time && gather(interactions.time, rows, sharedFloat64(length)),
    weight: gather(interactions.weight, rows, sharedFloat32(length)),
    session: gather(interactions.session, rows, sharedUint32(length)),
  }
}

function cutByTime(dataset: Dataset, fraction: number) {
  const { time, length } = dataset.interactions
  if (!time) throw new InvalidOptionError('split', 'temporal', 'a dataset with times', 'use a hold-out')
  // Events without a time stand first (−Infinity); the quantile is over the times that there are.
  const timed = time.subarray(firstAtOrAfter(time, -Number.MAX_VALUE))
  const cut = timed.length === 0 ? Number.NaN : linearQuantile(timed, fraction)
  const isTest = new Uint8Array(length)
  for (let k = 0; k < length; k++) isTest[k] = time[k] >= cut ? 1 : 0
  return partition(dataset, isTest, cut, othersBefore(dataset.others, cut))
}

/** An event outside any session counts as a session of its own. */
function cutBySession(dataset: Dataset, fraction: number) {
  const { session, time, length } = dataset.interactions
  const seen = new Uint8Array(sessionCount(dataset.interactions) + 1)
  const begins: number[] = []
  for (let k = 0; k < length; k++) {
    if (session[k] !== 0 && seen[session[k]]) continue
    seen[session[k]] = 1
    begins.push(k)
  }
  if (begins.length === length) {
    throw new InvalidOptionError('split', 'sessions', 'a dataset with sessions of more than one event')
  }
  // Sessions are numbered in the order of their beginnings, ties included (see numberSessions).
  begins.sort((a, b) => (time ? time[a] - time[b] : a - b) || session[a] - session[b])
  const trainSessions = Math.floor(begins.length * fraction)
  const isTestSession = new Uint8Array(seen.length)
  const isTest = new Uint8Array(length)
  for (const row of begins.slice(trainSessions)) {
    isTest[row] = 1
    if (session[row] !== 0) isTestSession[session[row]] = 1
  }
  for (let k = 0; k < length; k++) if (isTestSession[session[k]]) isTest[k] = 1
  const first = begins[trainSessions]
  const now = time && first !== undefined ? time[first] : dataset.now
  return partition(dataset, isTest, now, othersBefore(dataset.others, now))
}

/** What is not known to lie before the cut is left out: it could tell of what comes after. */
function othersBefore(others: OtherEvents, cut: number): OtherEvents {
  return selectOthers(others, (row) => others.time !== null && others.time[row] < cut)
}

/** Takes the pairs of a bucket out of train, whatever the kind of their events. */
function partitionPairs(
  dataset: Dataset,
  inBucket: (user: number, item: number, buckets: number) => boolean,
  buckets: number,
) {
  const isTest = pairs(dataset, dataset.interactions, inBucket, buckets)
  const others = pairs(dataset, dataset.others, inBucket, buckets)
  return partition(
    dataset,
    isTest,
    dataset.now,
    selectOthers(dataset.others, (row) => others[row] === 0),
  )
}

/** @returns 1 where the row's pair is in the bucket */
function pairs(
  { users, catalog }: Dataset,
  { length, user, item }: Pick<Interactions, 'length' | 'user' | 'item'>,
  inBucket: (user: number, item: number, buckets: number) => boolean,
  buckets: number,
): Uint8Array {
  const userKeys = idKeys(users.users.ids)
  const itemKeys = idKeys(catalog.items.ids)
  const isTest = new Uint8Array(length)
  for (let k = 0; k < length; k++) {
    isTest[k] = inBucket(userKeys[user[k]], itemKeys[item[k]], buckets) ? 1 : 0
  }
  return isTest
}

function partition(
  dataset: Dataset,
  isTest: Uint8Array,
  now: number,
  others: OtherEvents,
): { train: Dataset; test: Interactions } {
  let tests = 0
  for (let k = 0; k < isTest.length; k++) tests += isTest[k]
  const testRows = new Uint32Array(tests)
  const trainRows = new Uint32Array(isTest.length - tests)
  for (let k = 0, test = 0, train = 0; k < isTest.length; k++) {
    if (isTest[k]) testRows[test++] = k
    else trainRows[train++] = k
  }
  const interactions = selectInteractions(dataset.interactions, trainRows)
  return {
    train: { ...dataset, interactions, others, heldOut: null, now },
    test: selectInteractions(dataset.interactions, testRows),
  }
}

/** First position in an ascending array whose value is ≥ `bound`. */
function firstAtOrAfter(ascending: Float64Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < bound) low = middle + 1
    else high = middle
  }
  return low
}
