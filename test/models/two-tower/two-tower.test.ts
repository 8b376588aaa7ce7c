import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { openQuery } from '../../../src/models/two-tower/query.ts'
import { makeTowers } from '../../../src/models/two-tower/towers.ts'
import { type DotProductOptions, fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { openUserTower } from '../../../src/models/two-tower/user-tower.ts'
import { emitModel } from '../../../src/nn/onnx/emit.ts'
import { initialWeights } from '../../../src/nn/weights.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'
import { run } from '../../nn/check-gradients.ts'

const TOPICS = 6
/** As many as are counted when the training decides whether it got better. */
const PER_TOPIC = 100
const ITEMS = TOPICS * PER_TOPIC
const USERS = 900
const options: DotProductOptions = {
  dim: 16,
  hidden: 32,
  dropout: 0,
  pooling: 'sum',
  interests: 1,
  pretrained: false,
  temperature: 0.1,
  logQ: true,
  mixedNegatives: true,
  hardNegatives: 0,
  batch: 50,
  candidates: 512,
  queryItems: 20,
  targets: 8,
  hiddenIds: 0.2,
  epochs: 15,
  patience: 15,
  rate: 0.003,
  tableRate: 0.02,
}

/** Each user keeps to one topic; the last item of each topic is nobody's. */
function topicalHistories() {
  const random = createRandom(1)
  const from: number[] = []
  const to: number[] = []
  for (let user = 0; user < USERS; user++) {
    const own = new Set<number>()
    while (own.size < 20) own.add((user % TOPICS) * PER_TOPIC + random.below(PER_TOPIC - 1))
    for (const item of own) {
      from.push(user)
      to.push(item)
    }
  }
  return csrFromEdges(USERS, ITEMS, { from, to })
}

/** One direction a topic, and noise. */
function topicalContent() {
  const random = createRandom(2)
  const content = vectorMatrix(ITEMS, 8)
  for (let item = 0; item < ITEMS; item++) {
    const vector = vectorAt(content, item)
    for (let j = 0; j < 8; j++) vector[j] = 0.1 * random.normal()
    vector[Math.floor(item / PER_TOPIC)]! += 1
  }
  return content
}

const topicOf = (item: number) => Math.floor(item / PER_TOPIC)

/** Items of the topic among the best PER_TOPIC for a user who has three of its items. */
function found(model: Awaited<ReturnType<typeof fitTwoTower>>, topic: number): number[] {
  const query = openQuery(model)([topic * PER_TOPIC, topic * PER_TOPIC + 1, topic * PER_TOPIC + 2], null, [])
  const scores = Array.from({ length: ITEMS }, (_, item) =>
    vectorAt(model.items, item).reduce((sum, value, j) => sum + value * query[j]!, 0),
  )
  return Array.from({ length: ITEMS }, (_, item) => item)
    .sort((a, b) => scores[b]! - scores[a]!)
    .slice(0, PER_TOPIC)
}

const fit = (content: ReturnType<typeof topicalContent> | null) =>
  fitTwoTower(
    { histories: topicalHistories(), isOrdered: false, attributes: [], content, ids: true },
    options,
    1,
    1,
    silentProgress,
  )

test('users find the items of their topic, with content also those that nobody had', async () => {
  const [withContent, withoutContent] = [await fit(topicalContent()), await fit(null)]
  for (let topic = 0; topic < TOPICS; topic++) {
    const inTopic = (items: number[]) => items.filter((item) => topicOf(item) === topic).length
    assert.ok(inTopic(found(withContent, topic)) >= 0.9 * PER_TOPIC, 'with content')
    assert.ok(inTopic(found(withoutContent, topic)) >= 0.7 * PER_TOPIC, 'without content')
    const fresh = topic * PER_TOPIC + PER_TOPIC - 1
    assert.ok(found(withContent, topic).includes(fresh), 'an item that nobody had')
  }
})

test('a request is embedded as the graph embeds it', async () => {
  const { user } = makeTowers({ ...options, content: 0, attributes: [] })
  const output = user(false)
  const weights = initialWeights([output], 3)
  const history = Array.from({ length: options.dim }, (_, k) => Math.sin(1 + k))
  const values = {
    query: history,
    ...Object.fromEntries([...weights].map(([name, own]) => [name, [...own]])),
  }
  assert.ok(emitModel({ output }).inputs.length > 1)
  const graph = await run({ output }, { values, dims: { users: 1 } })
  const embed = openUserTower({
    dim: options.dim,
    hidden: options.hidden,
    firstWeight: weights.get('user/0/weight')!,
    firstBias: weights.get('user/0/bias')!,
    secondWeight: weights.get('user/1/weight')!,
    secondBias: weights.get('user/1/bias')!,
  })
  const own = embed(Float32Array.from(history))
  own.forEach((value, j) => {
    assert.ok(Math.abs(value - graph.output!.data[j]!) < 1e-5)
  })
})
