import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { aggregated, embedAll, embedAlone, layerWeights } from '../../../src/models/graph-sage/embed.ts'
import { fitGraphSage, type GraphSageOptions } from '../../../src/models/graph-sage/graph-sage.ts'
import { sageLayer, trainingGraph } from '../../../src/models/graph-sage/tower.ts'
import { input } from '../../../src/nn/tensor.ts'
import { initialWeights, type Weights } from '../../../src/nn/weights.ts'
import { searchExact } from '../../../src/vectors/exact-search.ts'
import { lengthOf, normalise, vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { checkGradients } from '../../nn/check-gradients.ts'

const COMMUNITIES = 8
const PER_COMMUNITY = 25
const ITEMS = COMMUNITIES * PER_COMMUNITY
const communityOf = (item: number) => Math.floor(item / PER_COMMUNITY)

const options: GraphSageOptions = {
  dim: 16,
  hidden: 32,
  dropout: 0,
  temperature: 0.2,
  layers: 1,
  logQ: true,
  pairs: 64,
  sampled: 4,
  hiddenIds: 0.2,
  batches: 300,
  rate: 0.003,
  tableRate: 0.02,
  maxCollectionSize: 100,
}

/** Collections keep to a community; the last item of each is in none. */
function communityCollections() {
  const random = createRandom(1)
  const from: number[] = []
  const to: number[] = []
  for (let collection = 0; collection < 400; collection++) {
    const own = new Set<number>()
    while (own.size < 6) own.add((collection % COMMUNITIES) * PER_COMMUNITY + random.below(PER_COMMUNITY - 1))
    for (const item of own) {
      from.push(collection)
      to.push(item)
    }
  }
  return csrFromEdges(400, ITEMS, { from, to })
}

/** Six neighbours of the own community each, the items that nobody had too; a few edges lead astray. */
function communityNeighbours() {
  const random = createRandom(2)
  const edges = Array.from({ length: ITEMS }, (_, item) => {
    const own = new Set<number>()
    while (own.size < 5) {
      const other = communityOf(item) * PER_COMMUNITY + random.below(PER_COMMUNITY - 1)
      if (other !== item) own.add(other)
    }
    own.add((item + PER_COMMUNITY) % ITEMS)
    return Array.from(own, (other) => ({
      item,
      other,
      weight: communityOf(other) === communityOf(item) ? 1 : 0.2,
    }))
  }).flat()
  return csrFromEdges(ITEMS, ITEMS, {
    from: edges.map(({ item }) => item),
    to: edges.map(({ other }) => other),
    weights: edges.map(({ weight }) => weight),
  })
}

for (const layers of [1, 2]) {
  test(`items find their community, and nobody's items with informative neighbours do: ${layers} hops`, async () => {
    const given = {
      collections: communityCollections(),
      neighbours: communityNeighbours(),
      content: null,
      ids: true,
    }
    const { items } = await fitGraphSage(given, { ...options, layers }, 1, 1, silentProgress)
    const share = (item: number) => {
      const found = searchExact(items, vectorAt(items, item), PER_COMMUNITY - 2, [item]).items
      return found.filter((other) => communityOf(other) === communityOf(item)).length / found.length
    }
    const cold = Array.from({ length: COMMUNITIES }, (_, k) => (k + 1) * PER_COMMUNITY - 1)
    const warm = Array.from({ length: ITEMS }, (_, item) => item).filter((item) => !cold.includes(item))
    const mean = (asked: number[]) => asked.reduce((sum, item) => sum + share(item), 0) / asked.length
    assert.ok(mean(warm) > 0.95, `warm ${mean(warm)}`)
    assert.ok(mean(cold) > 0.9, `cold ${mean(cold)}`)
    for (const item of [0, ...cold]) assert.ok(Math.abs(lengthOf(vectorAt(items, item)) - 1) < 1e-5)
  })
}

test('the gradients of the whole training graph are those of finite differences', async () => {
  const small = { ...options, dim: 3, hidden: 4, layers: 2 }
  const { loss } = trainingGraph(small, 2, 2)
  const random = createRandom(3)
  const numbers = (count: number) => Array.from({ length: count }, () => random.normal())
  const weights = initialWeights([loss], 4)
  await checkGradients(loss, {
    values: {
      items: numbers(5 * 3),
      content: numbers(5 * 2),
      'level/1/self': [0, 1, 2, 3, 4],
      'level/1/neighbours': [1, 2, 0, 4, 4],
      'level/1/row-of': [0, 0, 1, 3, 4],
      'level/1/weights': [0.3, 0.7, 1, 1, 1],
      'level/2/self': [0, 1, 2, 3],
      'level/2/neighbours': [4, 2, 3],
      'level/2/row-of': [0, 1, 1],
      'level/2/weights': [1, 0.4, 0.6],
      logQ: numbers(2),
      ...Object.fromEntries(Array.from(weights, ([name, values]) => [name, Array.from(values)])),
    },
    dims: { n0: 5, n1: 5, e1: 5, e2: 3 },
  })
})

/** x + a + W₂ᵀ silu(W₁ᵀ [x, a] + b₁) + b₂, number by number. */
function layerReference(weights: Weights, level: number, x: number[], a: number[]): number[] {
  const both = [...x, ...a]
  const of = (name: string) => weights.get(`layer/${level}/${name}`)!
  const inner = Array.from(of('0/bias'), (bias, k) => {
    const z = both.reduce((sum, value, j) => sum + value * of('0/weight')[j * options.hidden + k]!, bias)
    return z / (1 + Math.exp(-z))
  })
  return Array.from(of('1/bias'), (bias, k) => {
    const out = inner.reduce((sum, value, j) => sum + value * of('1/weight')[j * options.dim + k]!, bias)
    return x[k]! + a[k]! + out
  })
}

test('all items are embedded as the formula says, layer by layer; an item alone as among all others', async () => {
  const layers = 2
  const shape = ['n', options.dim]
  const outputs = [1, 2].map((level) =>
    sageLayer(options, level)(input(`self/${level}`, shape), input(`neighbours/${level}`, shape), false),
  )
  const random = createRandom(6)
  const weights = initialWeights(outputs, 5)
  for (const [name, values] of weights)
    if (name.endsWith('bias')) for (let k = 0; k < values.length; k++) values[k] = random.normal()
  const rows = vectorMatrix(3, options.dim)
  for (let k = 0; k < rows.values.length; k++) rows.values[k] = random.normal()
  // The first hears of both others, the second of the first, the third of nobody.
  const neighbours = csrFromEdges(3, 3, { from: [0, 0, 1], to: [1, 2, 0], weights: [1, 3, 2] })
  const mixed = (x: number[][]) => [
    x[1]!.map((value, j) => 0.25 * value + 0.75 * x[2]![j]!),
    x[0]!,
    x[0]!.map(() => 0),
  ]
  let expected = [0, 1, 2].map((item) => Array.from(vectorAt(rows, item)))
  for (const level of [1, 2])
    expected = expected.map((x, item) => layerReference(weights, level, x, mixed(expected)[item]!))
  const all = await embedAll(rows, neighbours, { ...options, layers }, weights, 1)
  const distance = (vector: Float32Array, item: number) =>
    lengthOf(normalise(Float32Array.from(expected[item]!)).map((value, j) => value - vector[j]!))
  for (const item of [0, 1, 2])
    assert.ok(distance(vectorAt(all, item), item) < 1e-5, `${distance(vectorAt(all, item), item)}`)
  assert.ok(distance(embedAlone(vectorAt(rows, 2).slice(), layerWeights(weights, layers)), 2) < 1e-5)
})

test('neighbours count by their weights, and those of an item without any count nothing', () => {
  const x = vectorMatrix(3, 2)
  x.values.set([1, 0, 0, 1, 4, 4])
  const neighbours = csrFromEdges(3, 3, { from: [2, 2, 0], to: [0, 1, 2], weights: [1, 3, 5] })
  assert.deepEqual(Array.from(aggregated(x, neighbours).values), [4, 4, 0, 0, 0.25, 0.75])
})

test('content finds an item that nobody had and that has no neighbours', async () => {
  const random = createRandom(7)
  const content = vectorMatrix(ITEMS, COMMUNITIES)
  for (let item = 0; item < ITEMS; item++) {
    const vector = vectorAt(content, item)
    for (let j = 0; j < vector.length; j++) vector[j] = 0.1 * random.normal()
    vector[communityOf(item)]! += 1
    normalise(vector)
  }
  const whole = communityNeighbours()
  const kept = Array.from({ length: ITEMS }, (_, item) => item).filter(
    (item) => (item + 1) % PER_COMMUNITY !== 0,
  )
  const edges = kept.flatMap((item) =>
    Array.from({ length: whole.offsets[item + 1]! - whole.offsets[item]! }, (_, k) => ({
      item,
      at: whole.offsets[item]! + k,
    })),
  )
  const neighbours = csrFromEdges(ITEMS, ITEMS, {
    from: edges.map(({ item }) => item),
    to: edges.map(({ at }) => whole.targets[at]!),
    weights: edges.map(({ at }) => whole.weights![at]!),
  })
  const given = { collections: communityCollections(), neighbours, content, ids: true }
  const { items } = await fitGraphSage(given, options, 1, 1, silentProgress)
  for (let community = 0; community < COMMUNITIES; community++) {
    const item = (community + 1) * PER_COMMUNITY - 1
    const found = searchExact(items, vectorAt(items, item), 20, [item]).items
    const own = found.filter((other) => communityOf(other) === community).length
    assert.ok(own >= 18, `${own} of 20 for community ${community}`)
  }
})
