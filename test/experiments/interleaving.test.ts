/** @file Tests of interleaving: fair, complete, no preference where there is none, and few sessions where there is one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/base/random.ts'
import { preferenceOf, teamDraft, winnerOf } from '../../src/experiments/interleaving.ts'

const ranking = fc.uniqueArray(fc.nat(20), { maxLength: 12 })

test('a list has no repeats, keeps each ranking’s order within its team, and is as long as can be', () => {
  fc.assert(
    fc.property(ranking, ranking, fc.nat(15), fc.nat(), (first, second, limit, seed) => {
      const { items, teams } = teamDraft(first, second, limit, createRandom(seed))
      const all = new Set([...first, ...second])
      assert.equal(new Set(items).size, items.length)
      assert.equal(items.length, Math.min(limit, all.size))
      for (const [team, given] of [first, second].entries()) {
        const places = [...items].filter((_, k) => teams[k] === team).map((item) => given.indexOf(item))
        assert.ok(places.every((place, k) => place >= 0 && (k === 0 || place > places[k - 1]!)))
      }
    }),
  )
})

test('while both have items left, no team is ever more than one ahead', () => {
  const first = [1, 2, 3, 4, 5, 6]
  const second = [4, 2, 8, 9, 1, 7]
  for (let seed = 0; seed < 200; seed++) {
    const { teams } = teamDraft(first, second, 6, createRandom(seed))
    for (let k = 1; k <= 6; k++) {
      const seconds = teams.subarray(0, k).reduce((a, b) => a + b, 0)
      assert.ok(Math.abs(k - 2 * seconds) <= 1)
    }
  }
})

test('two equal rankings win equally often, and have equally many slots', () => {
  const list = [1, 2, 3, 4, 5]
  const random = createRandom(7)
  const winners: (-1 | 0 | 1)[] = []
  let seconds = 0
  for (let session = 0; session < 50_000; session++) {
    const { items, teams } = teamDraft(list, list, 5, random)
    seconds += teams.reduce((a, b) => a + b, 0)
    const clicked = Array.from(items, () => random.float() < 0.3)
    winners.push(winnerOf(teams, clicked.map(Number)))
  }
  const { share, p, firstWins, secondWins } = preferenceOf(winners)
  assert.ok(Math.abs(share.value - 0.5) < 3 * Math.sqrt(0.25 / (firstWins + secondWins)))
  assert.ok(p > 0.003)
  assert.ok(Math.abs(seconds / 250_000 - 0.5) < 0.005)
})

test('the better ranking is found in sessions that are too few for its click rate', () => {
  // People go down the list and click what they like: the second ranking has its best items first.
  const liking = [0.02, 0.04, 0.06, 0.1, 0.3, 0.4]
  const first = [0, 1, 2, 3, 4, 5]
  const second = [5, 4, 3, 2, 1, 0]
  const random = createRandom(11)
  const click = (items: ArrayLike<number>) =>
    Array.from(items, (item, place) => (random.float() < liking[item]! * 0.8 ** place ? 1 : 0))
  const winners = Array.from({ length: 200 }, () => {
    const { items, teams } = teamDraft(first, second, 6, random)
    return winnerOf(teams, click(items))
  })
  const { share, p } = preferenceOf(winners)
  assert.ok(p < 0.001 && share.low > 0.5, `${p}`)
})

test('the sign test by hand: eight of ten, with half the probability of eight', () => {
  const winners = [...new Array(8).fill(1), ...new Array(2).fill(-1), 0, 0] as (-1 | 0 | 1)[]
  const { p, ties, share } = preferenceOf(winners)
  const choose = [1, 10, 45]
  assert.ok(Math.abs(p - (2 * (choose[0]! + choose[1]!) + choose[2]!) / 1024) < 1e-12)
  assert.equal(ties, 2)
  assert.ok(Math.abs(share.low - 0.4901625) < 1e-6 && Math.abs(share.high - 0.9433178) < 1e-6)
  assert.equal(preferenceOf([]).p, 1)
})
