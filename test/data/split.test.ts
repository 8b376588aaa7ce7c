/** @file The split rules against what they say, word by word. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { hashBytes } from '../../src/base/id-table.ts'
import type { Interactions, SplitRule } from '../../src/data/dataset.ts'
import { inTestBucket } from '../../src/data/pair-hash.ts'
import { carveValidation, linearQuantile, splitDataset } from '../../src/data/split.ts'
import { datasetOf, type TestEvent } from './dataset-of.ts'

const SIZES = { users: 40, items: 30 }
const TEMPORAL: SplitRule = { kind: 'temporal', fraction: 0.8 }
const HOLD_OUT: SplitRule = { kind: 'hold-out', buckets: 5 }
const SESSIONS: SplitRule = { kind: 'sessions', fraction: 0.8 }

/** Events in time order; few distinct times, so that ties at the cut are common. */
const timedEvents = fc
  .array(fc.record({ user: fc.nat(39), item: fc.nat(29), time: fc.nat(12) }), { minLength: 1, maxLength: 80 })
  .map((events) => events.toSorted((a, b) => a.time - b.time))

const pairsOf = (interactions: Interactions) =>
  Array.from(interactions.user, (user, k) => `${user} ${interactions.item[k]}`)

test('the quantile is linear between ranks, as numpy computes it', () => {
  // Values of numpy.quantile(a, f), numpy 2.4.6.
  assert.equal(linearQuantile([1, 2, 4], 0.8), 3.2)
  assert.equal(linearQuantile([5], 0.8), 5)
  assert.equal(linearQuantile([0, 10, 20, 30, 1000], 0.8), 224.00000000000017)
  assert.equal(linearQuantile([0.1, 0.7, 0.9, 11.3], 0.62), 0.872)
  assert.equal(linearQuantile([1, 2.4, 7.4], 0.91), 6.500000000000001)
  assert.equal(linearQuantile([3, 3, 3, 9], 0.5), 3)
  assert.equal(linearQuantile([1, 2, 3, 4, 5, 6], 0.8), 5)
})

test('a temporal split has every event at or after the cut in test and every other one in train', () => {
  fc.assert(
    fc.property(timedEvents, (events) => {
      const { train, test: held, protocol } = splitDataset(datasetOf(events, TEMPORAL, SIZES))
      const cut = linearQuantile(
        events.map((event) => event.time),
        0.8,
      )
      assert.equal(protocol, 'temporal')
      assert.equal(train.now, cut)
      assert.deepEqual(
        [...train.interactions.time!],
        events.map((event) => event.time).filter((time) => time < cut),
      )
      assert.deepEqual(
        [...held.time!],
        events.map((event) => event.time).filter((time) => time >= cut),
      )
    }),
  )
})

test('validation is cut out of train by time, so that nothing in it is older than what remains', () => {
  fc.assert(
    fc.property(timedEvents, (events) => {
      const { train } = splitDataset(datasetOf(events, TEMPORAL, SIZES))
      const { train: rest, validation } = carveValidation(train)
      const latest = Math.max(...rest.interactions.time!)
      assert.equal(rest.interactions.length + validation.length, train.interactions.length)
      assert.ok(rest.interactions.length === 0 || validation.length === 0 || latest < validation.time![0])
    }),
  )
})

test('events without a time come first and do not move the cut', () => {
  const events: TestEvent[] = Array.from({ length: 10 }, (_, k) => ({ user: k, item: k, time: k }))
  const untimed = [1, 2, 3].map((user) => ({ user, item: 20, time: Number.NEGATIVE_INFINITY }))
  const { train, test: held } = splitDataset(datasetOf([...untimed, ...events], TEMPORAL, SIZES))
  assert.deepEqual([...held.time!], [8, 9])
  assert.equal(train.interactions.length, 11)
})

test('the hold-out hash is exact in 64 bits', () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 32 - 1),
      fc.nat(2 ** 32 - 1),
      fc.integer({ min: 1, max: 9 }),
      (user, item, buckets) => {
        const sum = BigInt(user) * 2654435761n + BigInt(item) * 40503n
        assert.equal(inTestBucket(user, item, buckets), (sum % 2n ** 32n) % BigInt(buckets) === 0n)
      },
    ),
    { numRuns: 1000 },
  )
})

test('a hold-out takes the pairs whose ids fall into the first bucket, whole numbers as they are, others hashed', () => {
  const ids = Array.from({ length: 40 }, (_, k) => (k % 2 ? `user-${k}` : String(k * 1_000_003)))
  const events = ids.flatMap((_, user) => Array.from({ length: 30 }, (_, item) => ({ user, item })))
  const { train, test: held } = splitDataset(datasetOf(events, HOLD_OUT, { ...SIZES, userIds: ids }))
  const key = (id: string) => {
    const bytes = Buffer.from(id)
    return /^\d+$/.test(id) ? BigInt(id) : BigInt(hashBytes(bytes, 0, bytes.length))
  }
  const expected = events.filter(
    ({ user, item }) => ((key(ids[user]) * 2654435761n + BigInt(item) * 40503n) % 2n ** 32n) % 5n === 0n,
  )
  assert.deepEqual(
    pairsOf(held),
    expected.map(({ user, item }) => `${user} ${item}`),
  )
  assert.equal(train.interactions.length, events.length - expected.length)
})

test('validation of a hold-out is about a tenth of train and unrelated to the test pairs of any user or item', () => {
  const events = Array.from({ length: 200 * 150 }, (_, k) => ({ user: k % 200, item: Math.floor(k / 200) }))
  const { train } = splitDataset(datasetOf(events, HOLD_OUT, { users: 200, items: 150 }))
  const { validation } = carveValidation(train)
  const perUser = new Uint32Array(200)
  for (const user of validation.user) perUser[user]++
  const share = validation.length / train.interactions.length
  assert.ok(share > 0.09 && share < 0.11, `share is ${share}`)
  // 120 training pairs a user on average: 12 expected, and a fair coin would stay within five deviations above it.
  assert.ok(Math.max(...perUser) < 12 + 5 * 3.3)
})

test('a given split follows its marks and refuses a dataset without any', () => {
  const events = [
    { user: 0, item: 0 },
    { user: 0, item: 1 },
    { user: 1, item: 0 },
  ]
  const given: SplitRule = { kind: 'given' }
  const marked = datasetOf(events, given, { ...SIZES, heldOut: Uint8Array.of(0, 1, 0) })
  const { train, test: held, protocol } = splitDataset(marked)
  assert.deepEqual(pairsOf(held), ['0 1'])
  assert.deepEqual(pairsOf(train.interactions), ['0 0', '1 0'])
  assert.equal(protocol, 'hold-out, unordered')
  assert.throws(() => splitDataset(datasetOf(events, given, SIZES)), { code: 'invalid-option' })
})

test('the last fifth of the sessions by their first click is test, whole sessions only', () => {
  const clicks = fc
    .array(fc.record({ session: fc.integer({ min: 1, max: 9 }), item: fc.nat(29), time: fc.nat(15) }), {
      minLength: 1,
      maxLength: 60,
    })
    // A session's user is the session, as in click logs.
    .map((list) =>
      list.map((click) => ({ ...click, user: click.session })).toSorted((a, b) => a.time - b.time),
    )
    .filter((list) => new Set(list.map((click) => click.session)).size < list.length)
  fc.assert(
    fc.property(clicks, (list) => {
      const { train, test: held } = splitDataset(datasetOf(list, SESSIONS, SIZES))
      const first = new Map<number, number>()
      for (const { session, time } of list) first.set(session, Math.min(time, first.get(session) ?? time))
      const order = [...first].sort(([a, at], [b, bt]) => at - bt || a - b).map(([session]) => session)
      const inTrain = new Set(order.slice(0, Math.floor(order.length * 0.8)))
      assert.deepEqual(
        [...train.interactions.user],
        list.filter((click) => inTrain.has(click.session)).map((click) => click.user),
      )
      assert.deepEqual(
        [...held.user],
        list.filter((click) => !inTrain.has(click.session)).map((click) => click.user),
      )
    }),
  )
})

test('a dataset without times cannot be cut by time, one without sessions not by session', () => {
  const events = [
    { user: 0, item: 0 },
    { user: 0, item: 1 },
  ]
  assert.throws(() => splitDataset(datasetOf(events, TEMPORAL, SIZES)), {
    code: 'invalid-option',
    field: 'split',
  })
  assert.throws(() => splitDataset(datasetOf(events, SESSIONS, SIZES)), {
    code: 'invalid-option',
    field: 'split',
  })
})
