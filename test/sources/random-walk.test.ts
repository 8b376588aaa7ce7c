/** @file The sources that walk: what their options do, and what they leave on disk. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import { randomWalkOptions, randomWalkSource } from '../../src/sources/random-walk.ts'
import { wtfOptions, wtfSource } from '../../src/sources/wtf.ts'
import { datasetOf } from '../data/dataset-of.ts'
import { requestFor } from './requests.ts'

const TOPIC = 15
const USERS = 300

/** Users of two topics take 6 items of their own topic each, and item 30, which is popular everywhere. */
function twoTopics() {
  const random = createRandom(4)
  const events = Array.from({ length: USERS }, (_, user) => [
    ...Array.from({ length: 6 }, () => ({ user, item: (user % 2) * TOPIC + random.below(TOPIC) })),
    { user, item: 2 * TOPIC },
  ]).flat()
  const dataset = datasetOf(events, { kind: 'hold-out', buckets: 5 }, { users: USERS, items: 2 * TOPIC + 1 })
  dataset.catalog.category.codes = Uint32Array.from({ length: 2 * TOPIC + 1 }, (_, item) =>
    item === 2 * TOPIC ? 0 : 1 + Math.floor(item / TOPIC),
  )
  return dataset
}

const dataset = twoTopics()
const graph = itemGraphOf(dataset)
const input = { dataset, graph, threads: 1, seed: 1, progress: silentProgress }
const opened = { catalog: dataset.catalog, users: dataset.users, graph }

async function walk(options: object, items: number[] = [3]) {
  const artefact = await randomWalkSource.fit(input, randomWalkOptions.parse(options))
  const { items: found } = randomWalkSource.open(artefact, opened).propose(requestFor(items), 40)
  return { artefact, found: Array.from(found) }
}

test('both walks rank the topic of the query first, and never propose the query', async () => {
  const { found } = await walk({ itemExponent: 1 })
  const artefact = await wtfSource.fit(input, wtfOptions.parse({ itemExponent: 1 }))
  const trusted = Array.from(wtfSource.open(artefact, opened).propose(requestFor([3]), 40).items)
  for (const list of [found, trusted]) {
    assert.ok(
      list.slice(0, TOPIC - 1).every((item) => item < TOPIC),
      `${list}`,
    )
    assert.ok(!list.includes(3))
  }
})

test('the item exponent takes the lead from what is popular everywhere', async () => {
  assert.equal((await walk({ itemExponent: 0 })).found[0], 2 * TOPIC)
  assert.ok((await walk({ itemExponent: 1 })).found.indexOf(2 * TOPIC) >= TOPIC - 1)
})

test('only a pruned graph is kept beside the options', async () => {
  assert.deepEqual(Object.keys((await walk({})).artefact.arrays), [])
  const { artefact, found } = await walk({ degreeExponent: 0.7 })
  const edges = artefact.arrays['graph.toItems.targets']!
  assert.ok(edges.length > 0 && edges.length < 0.4 * graph.toItems.targets.length)
  assert.equal(found.filter((item) => item < TOPIC).length, TOPIC - 1)
})

test('walks over the collections that are about one thing stay with it', async () => {
  // A tenth more users take anything: the most mixed collections, the only way from one topic to the other but item 30.
  const random = createRandom(5)
  const mixed = Array.from({ length: 30 * 6 }, (_, k) => ({
    user: USERS + (k % 30),
    item: random.below(2 * TOPIC),
  }))
  const pure = Array.from({ length: USERS * 6 }, (_, k) => {
    const user = k % USERS
    return { user, item: (user % 2) * TOPIC + random.below(TOPIC) }
  })
  const sizes = { users: USERS + 30, items: 2 * TOPIC + 1 }
  const bridged = datasetOf([...pure, ...mixed], { kind: 'hold-out', buckets: 5 }, sizes)
  bridged.catalog.category.codes = dataset.catalog.category.codes
  const bridgedGraph = itemGraphOf(bridged)
  const reach = async (droppedEntropyShare: number) => {
    const options = randomWalkOptions.parse({ droppedEntropyShare, restartProbability: 0.3 })
    const artefact = await randomWalkSource.fit({ ...input, dataset: bridged, graph: bridgedGraph }, options)
    const source = randomWalkSource.open(artefact, { ...opened, graph: bridgedGraph })
    return Array.from(source.propose(requestFor([3]), 40).items).filter((item) => item >= TOPIC).length
  }
  assert.ok((await reach(0)) > 0)
  assert.equal(await reach(0.1), 0)
})
