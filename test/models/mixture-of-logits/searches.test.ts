import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { bestOfAll, openScorer } from '../../../src/models/mixture-of-logits/exhaustive.ts'
import { sideAt } from '../../../src/models/mixture-of-logits/sides.ts'
import { averaged, combined, perEmbedding } from '../../../src/models/mixture-of-logits/top-k/candidates.ts'
import { ComponentTables } from '../../../src/models/mixture-of-logits/top-k/component-tables.ts'
import { exactTopK } from '../../../src/models/mixture-of-logits/top-k/two-pass.ts'
import { TwoStageSearch } from '../../../src/models/mixture-of-logits/two-stage-search.ts'
import { logitsOf, type MixtureSize, type RandomMixture, randomMixture } from './random-mixture.ts'

const sizes: fc.Arbitrary<MixtureSize> = fc.record({
  vectors: fc.integer({ min: 1, max: 5 }),
  width: fc.constantFrom(4, 8),
  hidden: fc.constant(4),
  items: fc.integer({ min: 1, max: 300 }),
  first: fc.constant(8),
  temperature: fc.constantFrom(0.05, 0.5),
})

const allOf = (size: MixtureSize) => Uint32Array.from({ length: size.items }, (_, item) => item)

function bruteForce({ mixture, users, items }: RandomMixture, size: MixtureSize, k: number) {
  return bestOfAll(openScorer(mixture, items), sideAt(users, 0), allOf(size), k)
}

test('two passes always give the exact top-k', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      sizes,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (seed, size, k, first) => {
        const model = randomMixture(seed, size)
        const tables = new ComponentTables(model.items.vectors, size.vectors)
        const scorer = openScorer(model.mixture, model.items)
        const { items, scores } = exactTopK(
          tables,
          scorer,
          size.temperature,
          sideAt(model.users, 0),
          k,
          first,
        )
        tables.close()
        assert.deepEqual({ items, scores }, bruteForce(model, size, k))
      },
    ),
    { numRuns: 60, seed: 1 },
  )
})

test('the candidates of a search are the best by what it looks at', () => {
  fc.assert(
    fc.property(fc.nat(), sizes, fc.integer({ min: 1, max: 20 }), (seed, size, n) => {
      const { mixture, users, items } = randomMixture(seed, size)
      const tables = new ComponentTables(items.vectors, size.vectors)
      const user = sideAt(users, 0)
      const logits = Array.from(allOf(size), (item) => logitsOf(mixture, user, sideAt(items, item)))
      const best = (score: (item: number) => number) =>
        Array.from(allOf(size))
          .sort((a, b) => score(b) - score(a))
          .slice(0, n)
      const pairs = Array.from({ length: size.vectors ** 2 }, (_, pair) => pair)
      const byPair = new Set(pairs.flatMap((pair) => best((item) => logits[item]![pair]!)))
      const byMean = new Set(best((item) => pairs.reduce((sum, pair) => sum + logits[item]![pair]!, 0)))
      const ascending = (set: Set<number>) => [...set].sort((a, b) => a - b)
      assert.deepEqual([...perEmbedding(tables, user.vectors, n)], ascending(byPair))
      assert.deepEqual([...averaged(tables, user.vectors, n)], ascending(byMean))
      const both = ascending(new Set([...byPair, ...byMean]))
      assert.deepEqual([...combined(tables, user.vectors, n, n)], both)
      tables.close()
    }),
    { numRuns: 30, seed: 2 },
  )
})

test('two stages that let all survive are exact, without what is excluded', () => {
  fc.assert(
    fc.property(fc.nat(), sizes, fc.integer({ min: 0, max: 40 }), (seed, size, k) => {
      const model = randomMixture(seed, size)
      const search = new TwoStageSearch(model.mixture, model.items, size.items)
      const user = sideAt(model.users, 0)
      const excluded = allOf(size).filter((item) => item % 3 === seed % 3)
      const all = bruteForce(model, size, size.items)
      const kept = [...all.items].filter((item) => !excluded.includes(item)).slice(0, k)
      assert.deepEqual(search.search(user, k).items, all.items.slice(0, k))
      assert.deepEqual([...search.search(user, k, excluded).items], kept)
      search.close()
    }),
    { numRuns: 30, seed: 3 },
  )
})

test('survivors are the best of the first stage, those that came later too', () => {
  const size = { vectors: 2, width: 8, hidden: 4, items: 200, first: 16, temperature: 0.2 }
  const { mixture, users, items } = randomMixture(5, size)
  const search = new TwoStageSearch(mixture, items, 20)
  const user = sideAt(users, 0)
  const first = (item: number) =>
    sideAt(items, item).first.reduce((sum, value, j) => sum + value * user.first[j]!, 0)
  const order = [...allOf(size)].sort((a, b) => first(b) - first(a))
  const survivors = search.survivors(user)
  assert.equal(survivors.length, 20)
  // Rounded to 8 bits, neighbours at the edge may change places.
  assert.ok(order.slice(0, 15).every((item) => survivors.includes(item)))
  const others = search.survivors(user, search.survivors(user))
  assert.equal(others.length, 20)
  assert.ok(order.slice(25, 35).every((item) => others.includes(item)))
  const late = { ...sideAt(items, 0), first: user.first.slice() }
  search.put(300, late)
  assert.ok(search.survivors(user).includes(300))
  assert.ok(search.search(user, 20).items.includes(300))
  search.close()
})
