/** @file Events that are not positive: kept for rankers, and nothing of the test period or the test pairs among them. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { inTestBucket } from '../../src/data/pair-hash.ts'
import { carveValidation, splitDataset } from '../../src/data/split.ts'
import { EVENT_KINDS, type EventKind, type EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Ratings of 1 to 5 and impressions of 40 people and 30 items; ids are their numbers. */
function storeOf(timed: boolean) {
  const store = openStore(join(temporaryFolder('others'), 'store.db'))
  const events: EventRecord[] = []
  for (let user = 0; user < 40; user++) {
    for (let item = 0; item < 30; item++) {
      if ((user * 7 + item * 3) % 4 === 0) continue
      const kind: EventKind = item % 10 === 9 ? 'impression' : 'rating'
      const time = timed ? 1_700_000_000_000 + ((user * 31 + item * 17) % 500) * 1000 : null
      const value = kind === 'rating' ? 1 + ((user + item) % 5) : null
      events.push({
        id: null,
        time,
        user: `${user}`,
        item: `${item}`,
        kind,
        value,
        session: null,
        context: null,
      })
    }
  }
  store.appendEvents(events)
  return store
}
const positive = { minimumRating: 4 }

test('low ratings are among the others, positive events and impressions are not', () => {
  const store = storeOf(true)
  const { interactions, others } = loadDataset(store, { positive })
  const ratings = [...store.events()].flatMap(({ events }) => events).filter(({ kind }) => kind === 'rating')
  assert.equal(interactions.length + others.length, ratings.length)
  assert.ok(others.length > 100)
  assert.ok(others.value.every((value) => value < 4))
  assert.ok(others.kind.every((kind) => EVENT_KINDS[kind] === 'rating'))
  for (let k = 1; k < others.length; k++) assert.ok(others.time![k] >= others.time![k - 1])
  store.close()
})

test('a split by time leaves no later event in train, not even one that is not positive', () => {
  const store = storeOf(true)
  const { train } = splitDataset(loadDataset(store, { positive, split: { kind: 'temporal', fraction: 0.7 } }))
  assert.ok(train.others.length > 0)
  assert.ok(train.others.time!.every((time) => time < train.now))
  const { train: before } = carveValidation(train)
  assert.ok(before.others.length > 0 && before.others.length < train.others.length)
  assert.ok(before.others.time!.every((time) => time < before.now))
  store.close()
})

test('a hold-out of pairs leaves no test pair in train, of whatever kind its event is', () => {
  const store = storeOf(false)
  const dataset = loadDataset(store, { positive, split: { kind: 'hold-out', buckets: 5 } })
  const { train } = splitDataset(dataset)
  assert.ok(train.others.length > 0 && train.others.length < dataset.others.length)
  for (let k = 0; k < train.others.length; k++) {
    // Ids sort as numbers, so that indices are the ids.
    assert.equal(inTestBucket(train.others.user[k], train.others.item[k], 5), false)
  }
  assert.equal(train.others.time, null)
  store.close()
})
