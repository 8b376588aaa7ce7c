/** @file Histories and session sequences against plain maps. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { rowOf } from '../../src/base/csr.ts'
import { historiesOf } from '../../src/data/histories.ts'
import { firstOfEachPair } from '../../src/data/repeats.ts'
import { numberSessions, sessionSequences } from '../../src/data/sessions.ts'
import { interactionsOf } from './dataset-of.ts'

const USERS = 5
const ITEMS = 7
const event = fc.record({
  user: fc.nat(USERS - 1),
  item: fc.nat(ITEMS - 1),
  weight: fc.integer({ min: 1, max: 4 }),
})
/** Events at moments 0, 10, 20, … */
const events = fc
  .array(event, { maxLength: 60 })
  .map((list) => list.map((one, k) => ({ ...one, time: k * 10 })))

test('a history has each item once, placed by the latest interaction, with the summed weight', () => {
  fc.assert(
    fc.property(events, (list) => {
      const histories = historiesOf(interactionsOf(list), USERS, ITEMS)
      for (let user = 0; user < USERS; user++) {
        const expected = new Map<number, { weight: number; time: number }>()
        for (const { item, weight, time } of list.filter((one) => one.user === user)) {
          const before = expected.get(item)?.weight ?? 0
          expected.delete(item)
          expected.set(item, { weight: before + weight, time })
        }
        const [start, end] = [histories.offsets[user], histories.offsets[user + 1]]
        assert.deepEqual([...rowOf(histories, user)], [...expected.keys()])
        assert.deepEqual(
          [...histories.weights.subarray(start, end)],
          [...expected.values()].map((one) => one.weight),
        )
        if (histories.times) {
          assert.deepEqual(
            [...histories.times.subarray(start, end)],
            [...expected.values()].map((one) => one.time),
          )
        }
      }
    }),
  )
})

test('of repeated pairs the first stays, a training row before any test row', () => {
  const marked = fc.array(fc.tuple(event, fc.boolean()), { maxLength: 80 })
  fc.assert(
    fc.property(marked, (rows) => {
      const kept = firstOfEachPair(
        {
          user: Uint32Array.from(rows, ([one]) => one.user),
          item: Uint32Array.from(rows, ([one]) => one.item),
        },
        USERS,
        ITEMS,
        Uint8Array.from(rows, ([, test]) => (test ? 1 : 0)),
      )
      const first = new Map<string, number>()
      for (const wanted of [false, true]) {
        rows.forEach(([one, test], row) => {
          const pair = `${one.user} ${one.item}`
          if (test === wanted && !first.has(pair)) first.set(pair, row)
        })
      }
      assert.deepEqual(
        [...kept],
        [...first.values()].sort((a, b) => a - b),
      )
    }),
  )
})

test('sessions are numbered by their first event and keep their items in order, repeats included', () => {
  const interactions = interactionsOf([
    { user: 0, item: 3, time: 1, session: 9 },
    { user: 1, item: 1, time: 2, session: 4 },
    { user: 0, item: 3, time: 2, session: 9 },
    { user: 2, item: 6, time: 3 },
    { user: 1, item: 2, time: 5, session: 4 },
  ])
  numberSessions(interactions)
  assert.deepEqual([...interactions.session], [1, 2, 1, 0, 2])
  const sequences = sessionSequences(interactions, ITEMS)
  assert.deepEqual([...rowOf(sequences, 0)], [3, 3])
  assert.deepEqual([...rowOf(sequences, 1)], [1, 2])
  assert.equal(sequences.rows, 2)
})

test('sessions that begin at the same moment are numbered by their user', () => {
  const interactions = interactionsOf([
    { user: 3, item: 0, time: 7, session: 1 },
    { user: 2, item: 1, time: 7, session: 2 },
  ])
  numberSessions(interactions)
  assert.deepEqual([...interactions.session], [2, 1])
})
