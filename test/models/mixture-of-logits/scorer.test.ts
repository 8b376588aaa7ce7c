import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { openScorer } from '../../../src/models/mixture-of-logits/exhaustive.ts'
import { mixtureGraph } from '../../../src/models/mixture-of-logits/graph.ts'
import { MixtureScorer } from '../../../src/models/mixture-of-logits/scorer.ts'
import { sideAt, sidesOf } from '../../../src/models/mixture-of-logits/sides.ts'
import { vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'
import { randomLeaves } from '../../nn/random-leaves.ts'
import { logitsOf, type MixtureSize, randomMixture, slowScore } from './random-mixture.ts'

const sizes: fc.Arbitrary<MixtureSize> = fc.record({
  vectors: fc.integer({ min: 1, max: 6 }),
  width: fc.constantFrom(4, 8, 20),
  hidden: fc.integer({ min: 1, max: 9 }),
  items: fc.integer({ min: 1, max: 40 }),
  first: fc.constant(4),
  temperature: fc.constantFrom(0.05, 0.3, 1),
})

const close = (actual: number, expected: number) =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-4 * Math.max(1, Math.abs(expected)),
    `${actual} for ${expected}`,
  )

test('the kernel scores as the formula says, whatever the sizes', () => {
  fc.assert(
    fc.property(fc.nat(), sizes, (seed, size) => {
      const { mixture, users, items } = randomMixture(seed, size)
      const scorer = openScorer(mixture, items)
      const asked = Uint32Array.from({ length: size.items }, (_, k) => size.items - 1 - k)
      for (let user = 0; user < users.vectors.count; user++) {
        const side = sideAt(users, user)
        const scores = scorer.score(side, asked, new Float32Array(size.items))
        asked.forEach((item, k) => {
          close(scores[k]!, slowScore(mixture, side, sideAt(items, item)))
        })
      }
    }),
    { numRuns: 60, seed: 1 },
  )
})

test('no score is above the largest of its logits', () => {
  fc.assert(
    fc.property(fc.nat(), sizes, (seed, size) => {
      const { mixture, users, items } = randomMixture(seed, size)
      const all = Uint32Array.from({ length: size.items }, (_, item) => item)
      const user = sideAt(users, 0)
      const scores = openScorer(mixture, items).score(user, all, new Float32Array(size.items))
      for (const item of all) {
        const most = Math.max(...logitsOf(mixture, user, sideAt(items, item)))
        assert.ok(scores[item]! <= most + 1e-4 * Math.max(1, Math.abs(most)))
      }
    }),
    { numRuns: 40, seed: 2 },
  )
})

test('one vector a side gives the dot product over the temperature', () => {
  const size = { vectors: 1, width: 8, hidden: 3, items: 20, first: 4, temperature: 0.2 }
  const { mixture, users, items } = randomMixture(3, size)
  const all = Uint32Array.from({ length: size.items }, (_, item) => item)
  const user = sideAt(users, 0)
  const scores = openScorer(mixture, items).score(user, all, new Float32Array(size.items))
  for (const item of all) {
    const dot = user.vectors.reduce((sum, value, j) => sum + value * sideAt(items, item).vectors[j]!, 0)
    close(scores[item]!, dot / size.temperature)
  }
})

test('items beyond those that there was room for are scored as all are, more than a block at a time too', () => {
  const size = { vectors: 2, width: 4, hidden: 4, items: 9000, first: 4, temperature: 0.2 }
  const { mixture, users, items } = randomMixture(4, size)
  const late = new MixtureScorer(mixture, 1)
  for (let item = 0; item < size.items; item++) late.put(item, sideAt(items, item))
  const all = Uint32Array.from({ length: size.items }, (_, item) => item)
  const score = (scorer: MixtureScorer) => scorer.score(sideAt(users, 1), all, new Float32Array(size.items))
  const scores = score(late)
  assert.deepEqual(scores, score(openScorer(mixture, items)))
  for (const item of [0, 4095, 4096, 8999])
    assert.equal(scores[item], late.score(sideAt(users, 1), Uint32Array.of(item), new Float32Array(1))[0])
})

test('what is trained is what is served: scores of both stages', async () => {
  const options = { dim: 16, vectors: 4, gateHidden: 5, gateDropout: 0.5, first: 3, firstWeight: 1 }
  const towers = {
    ...{ hidden: 8, dropout: 0, temperature: 0.2, content: 0, attributes: [], logQ: true },
    ...{ hardNegatives: 0, pooling: 'sum' as const, pretrained: false },
  }
  const graph = mixtureGraph({ ...options, ...towers })
  const [users, items] = [2, 6]
  const outputs = {
    scores: graph.scores(false),
    first: graph.firstScores(false),
    user: graph.towers.user(false),
    item: graph.towers.item,
  }
  const leaves = randomLeaves(outputs.first, { users, items })
  Object.assign(leaves.values, randomLeaves(outputs.scores, { users, items }).values)
  const found = await run(outputs, leaves)
  const weight = (name: string) => Float32Array.from(leaves.values[name]!)
  const perceptron = (name: string) => ({
    firstWeight: weight(`mixture/${name}/0/weight`),
    firstBias: weight(`mixture/${name}/0/bias`),
    secondWeight: weight(`mixture/${name}/1/weight`),
    secondBias: weight(`mixture/${name}/1/bias`),
  })
  const sides = (name: 'user' | 'item', count: number) => {
    const matrix = vectorMatrix(count, options.dim)
    matrix.values.set(Float32Array.from(found[name]!.data))
    const weights = { vectors: 4, gate: perceptron(name), first: weight(`first/${name}/weight`) }
    return sidesOf(weights, matrix)
  }
  const [ofUsers, ofItems] = [sides('user', users), sides('item', items)]
  const { dim, vectors } = options
  const pairGate = perceptron('pair')
  weight('mixture/shift').forEach((shift, k) => {
    pairGate.secondBias[k]! += shift
  })
  const mixture = { dim, vectors, temperature: towers.temperature, pairGate }
  const scorer = openScorer(mixture, ofItems)
  const all = Uint32Array.from({ length: items }, (_, item) => item)
  for (let user = 0; user < users; user++) {
    const side = sideAt(ofUsers, user)
    scorer.score(side, all, new Float32Array(items)).forEach((score, item) => {
      close(score, found.scores!.data[user * items + item]!)
      const first = side.first.reduce((sum, value, j) => sum + value * sideAt(ofItems, item).first[j]!, 0)
      close(first / towers.temperature, found.first!.data[user * items + item]!)
    })
  }
})
