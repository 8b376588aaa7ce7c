/** @file Features over a fitted club: every group writes all of its columns, alike for every order of the candidates. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openRanking } from '../../../src/cascade/open-ranking.ts'
import { activeSnapshot, readSnapshot, type Snapshot } from '../../../src/cascade/snapshot.ts'
import type { RankingInput } from '../../../src/ranking/features/feature-group.ts'
import type { FeatureSet } from '../../../src/ranking/features/feature-set.ts'
import { selectRows } from '../../../src/ranking/pre-rank.ts'
import { type Club, fittedClub } from '../../server/reading-club.ts'

/** No feature writes this by itself: where it is left, a column was forgotten. */
const UNTOUCHED = -12345.5

let club: Club
let snapshot: Snapshot
let features: FeatureSet
let sources: number
before(async () => {
  club = await fittedClub()
  snapshot = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
  const ranking = openRanking(snapshot, 'related')!
  features = ranking.features
  sources = ranking.blend.sources.length
})
after(() => club.remove())

function inputOf(query: number[], items: number[], time = snapshot.manifest.fittedAt): RankingInput {
  return {
    request: {
      surface: 'related',
      items: Uint32Array.from(query),
      weights: new Float32Array(query.length).fill(1),
      times: new Float64Array(query.length).fill(time - 1000),
      user: 3,
      region: 1,
      language: 1,
      segment: 1,
      time,
      seed: 1,
    },
    items: Uint32Array.from(items),
    blend: Float32Array.from(items, (item) => item / 10),
    shares: new Float32Array(items.length * sources).fill(0.5),
    ranks: Uint16Array.from({ length: items.length * sources }, (_, k) => (k % 3 === 0 ? 0xffff : k % 50)),
  }
}

function written(input: RankingInput): Float32Array {
  const values = new Float32Array(input.items.length * features.names.length).fill(UNTOUCHED)
  features.write(input, values)
  return values
}

const column = (values: Float32Array, name: string) => {
  const at = features.names.indexOf(name)
  assert.ok(at >= 0, name)
  return Array.from(
    { length: values.length / features.names.length },
    (_, row) => values[row * features.names.length + at],
  )
}

test('every column has a name of its own and a family, and is written for every row', () => {
  assert.equal(new Set(features.names).size, features.names.length)
  assert.equal(features.families.length, features.names.length)
  const unknown = snapshot.catalog.title.length + 5
  for (const query of [[], [4], [4, 10, 16], [unknown]]) {
    for (const value of written(inputOf(query, [1, 2, 3, 30, unknown]))) {
      assert.notEqual(value, UNTOUCHED)
      assert.ok(Number.isNaN(value) || Number.isFinite(value), String(value))
    }
  }
})

test('a row depends on its own candidate alone, not on the others or on what was asked before', () => {
  const input = inputOf([4, 10], [9, 2, 77, 30])
  const whole = written(input)
  written(inputOf([50, 51, 52], [9, 2, 77, 30]))
  const order = Uint32Array.of(3, 1)
  const some = written(selectRows(input, order))
  const width = features.names.length
  order.forEach((row, k) => {
    assert.deepEqual(
      some.subarray(k * width, (k + 1) * width),
      whole.subarray(row * width, (row + 1) * width),
    )
  })
})

test('without times and without a query item what cannot be known is missing', () => {
  const values = written(inputOf([], [1, 2], Number.NaN))
  for (const name of ['query.last-count', 'tags-words.closest', 'user.popularity-gap', 'context.hour']) {
    assert.ok(column(values, name).every(Number.isNaN), name)
  }
})

test('affinities and similarities say what they are named after', () => {
  // Books k and k + 6 share the genre, which is a tag and the category; k and k + 12 the shelf too.
  const index = (id: string) => Array.from(snapshot.catalog.title.length ? ids : []).indexOf(id)
  const ids = Array.from({ length: 120 }, (_, k) => `book-${k}`)
  ids.sort((a, b) => (a < b ? -1 : 1))
  const [query, sameGenre, sameBoth, other] = ['book-6', 'book-12', 'book-18', 'book-7'].map(index)
  const values = written(inputOf([query], [sameGenre, sameBoth, other]))
  const alike = column(values, 'tags-words.last')
  assert.ok(Math.abs(alike[0] - 0.5) < 1e-6 && Math.abs(alike[1] - 1) < 1e-6 && alike[2] === 0, alike.join())
  assert.deepEqual(column(values, 'user.category-share'), [1, 1, 0])
  assert.deepEqual(column(values, 'query.items'), new Array(3).fill(Math.fround(Math.log1p(1))))
})
