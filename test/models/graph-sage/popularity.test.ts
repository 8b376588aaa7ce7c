import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import { bestPopularity, pageCases } from '../../../src/models/graph-sage/popularity.ts'
import { normalise, vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { datasetOf, type TestEvent } from '../../data/dataset-of.ts'

const TEMPORAL = { kind: 'temporal', fraction: 0.8 } as const

test('a page is the last item of a user who comes back, or the first one of who was never there', () => {
  const event = (user: number, item: number, time: number): TestEvent => ({
    user,
    item,
    time,
    session: user + 1,
  })
  const size = { users: 4, items: 9 }
  const train = datasetOf([event(0, 1, 1), event(0, 2, 2), event(1, 3, 3)], TEMPORAL, size)
  const later = datasetOf(
    [event(0, 2, 4), event(0, 5, 5), event(1, 3, 6), event(2, 6, 7), event(2, 7, 8), event(3, 8, 9)],
    TEMPORAL,
    size,
  )
  const cases = pageCases(train, later.interactions, 10, 1).map(({ asked, hidden, known }) => ({
    asked,
    hidden: Array.from(hidden),
    known: Array.from(known),
  }))
  cases.sort((a, b) => a.asked - b.asked)
  // The second user found nothing new, the last one has no more than the page.
  assert.deepEqual(cases, [
    { asked: 2, hidden: [5], known: [1, 2] },
    { asked: 6, hidden: [7], known: [6] },
  ])
  assert.equal(pageCases(train, later.interactions, 1, 1).length, 1)
})

test('popularity counts where users take what is popular, and not where they take what is alike', () => {
  const [items, dim] = [600, 8]
  const random = createRandom(2)
  const vectors = vectorMatrix(items, dim)
  for (let k = 0; k < vectors.values.length; k++) vectors.values[k] = random.normal()
  for (let item = 0; item < items; item++) normalise(vectorAt(vectors, item))
  const counts = Array.from({ length: items }, (_, item) => (item < 60 ? 1000 : 2))
  const cosine = (a: number, b: number) =>
    vectorAt(vectors, a).reduce((sum, value, j) => sum + value * vectorAt(vectors, b)[j]!, 0)
  const casesOf = (isWanted: (asked: number, item: number) => boolean) =>
    Array.from({ length: 50 }, (_, k) => {
      const asked = 100 + k
      const others = Array.from({ length: items }, (_, item) => item).filter((item) => item !== asked)
      const hidden = Uint32Array.from(others.filter((item) => isWanted(asked, item)))
      return { asked, hidden, known: Uint32Array.of(asked) }
    }).filter(({ hidden }) => hidden.length > 0)
  assert.equal(
    bestPopularity(
      vectors,
      counts,
      casesOf((asked, item) => cosine(asked, item) > 0.7),
    ),
    0,
  )
  const popular = casesOf((asked, item) => item < 60 && cosine(asked, item) > 0)
  assert.ok(bestPopularity(vectors, counts, popular) >= 0.2)
})
