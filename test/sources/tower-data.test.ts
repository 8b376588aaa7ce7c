/** @file Who judges two towers: users from all over the table, by items that are new to them. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges } from '../../src/base/csr.ts'
import { laterCases } from '../../src/sources/tower-data.ts'

test('few users judge for all of the table, and none who took up nothing new', () => {
  const users = 100
  const everybody = Array.from({ length: users }, (_, user) => user)
  const histories = csrFromEdges(users, 3, { from: everybody, to: everybody.map(() => 0) })
  // Every fourth user took up again what they had, the others something new.
  const later = csrFromEdges(users, 3, {
    from: everybody,
    to: everybody.map((user) => (user % 4 === 0 ? 0 : 1 + (user % 2))),
  })
  const attributes = [{ codes: Uint32Array.from(everybody), values: users }]
  const given = { histories, isOrdered: false, attributes, content: null, ids: true }
  const judges = laterCases(given, later, 10)
  const who = judges.map(({ codes }) => codes[0]!)
  assert.equal(judges.length, 10)
  assert.ok(who.every((user, k) => user % 4 !== 0 && (k === 0 || user > who[k - 1]!)))
  assert.ok(who[0]! < 10 && who[9]! >= 85, String(who))
  assert.ok(judges.every(({ asked, hidden }) => asked[0] === 0 && hidden.length === 1 && hidden[0]! > 0))
  assert.equal(laterCases(given, later, 1000).length, 75)
})
