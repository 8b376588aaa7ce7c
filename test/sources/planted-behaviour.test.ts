/** @file Planted behaviour: what the sources that learn from events find, and what the others cannot. */

import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { createRandom, type Random, shuffle } from '../../src/base/random.ts'
import { splitDataset } from '../../src/data/split.ts'
import { complementOf, topicOf } from '../../src/data/world/truth.ts'
import { datasetOf, type TestEvent } from '../data/dataset-of.ts'
import { worldDataset } from '../data/world-dataset.ts'
import { openOn, proposed, sourcesThat } from './open-on.ts'
import { requestFor } from './requests.ts'

const TEMPORAL = { kind: 'temporal', fraction: 0.8 } as const
const HOUR_MS = 60 * 60 * 1000
const LEARN_FROM_PAIRS = [
  'co-occurrence',
  'transition',
  'similar-users',
  'random-walk',
  'ease',
  'ease-strong',
]

/** One visit per list of items: each by a user of its own unless `userOf` says whose it is. */
function visits(lists: readonly (readonly number[])[], userOf = (visit: number) => visit): TestEvent[] {
  return lists.flatMap((items, visit) =>
    items.map((item, k) => ({
      user: userOf(visit),
      item,
      time: visit * HOUR_MS + k * 1000,
      session: visit + 1,
    })),
  )
}

test('complements across topics are found by what is learned from pairs, not by words, pictures or popularity', async () => {
  const { world, dataset, remove } = await worldDataset({
    items: 300,
    users: 5000,
    events: 30_000,
    topics: 15,
    collections: 0,
    feedShare: 0,
    itemsPerVisit: 1.5,
    purchaseRate: 0.4,
    complementRate: 0.9,
  })
  after(remove)
  const { train } = splitDataset(dataset)
  const sources = await openOn(train)
  const pairs = boughtTogether(8)
  assert.ok(pairs.length > 20)
  const shareFound = (name: string) => {
    const found = pairs.filter(([item, complement]) => {
      const request = requestFor([item], { time: train.now, region: 1, segment: 1 })
      return proposed(sources, name, request, 10).includes(complement)
    })
    return found.length / pairs.length
  }
  for (const name of LEARN_FROM_PAIRS) assert.ok(shareFound(name) > 0.9, `${name}: ${shareFound(name)}`)
  for (const name of ['text', 'visual', 'fresh', 'popular', 'popular-region', 'popular-category']) {
    assert.ok(shareFound(name) < 0.25, `${name}: ${shareFound(name)}`)
  }
  assert.ok(shareFound('text') < 0.03, `text: ${shareFound('text')}`)

  /** Pairs of which the second was taken directly after the first so many times. */
  function boughtTogether(times: number): [item: number, complement: number][] {
    const { item, session, length } = train.interactions
    const latest = new Map<number, number>()
    const counts = new Uint32Array(world.items.count)
    for (let k = 0; k < length; k++) {
      const before = latest.get(session[k])
      if (before !== undefined && complementOf(world, before) === item[k]) counts[before]++
      latest.set(session[k], item[k])
    }
    const often = Array.from(counts.keys()).filter((before) => counts[before] >= times)
    return often.map((before) => [before, complementOf(world, before)!])
  }
})

test('from rarely touched items walks reach twice as much of the topic as what meets them directly', async () => {
  const { world, dataset, remove } = await worldDataset({
    items: 1000,
    users: 5000,
    events: 20_000,
    topics: 20,
    collections: 0,
    feedShare: 0,
    itemsPerVisit: 2,
    complementRate: 0,
    sequelRate: 0,
    drift: 0,
  })
  after(remove)
  const { train } = splitDataset(dataset)
  const others = ['co-occurrence', 'transition', 'similar-users', 'popular', 'popular-category']
  const sources = await openOn(train, { sources: ['random-walk', ...others] })
  const people = Array.from({ length: world.items.count }, () => new Set<number>())
  train.interactions.item.forEach((item, k) => {
    people[item].add(train.interactions.user[k])
  })
  const rare = Array.from(people.keys()).filter((item) => people[item].size === 1 || people[item].size === 2)
  assert.ok(rare.length > 100)
  const ofTopic = (name: string) => {
    let found = 0
    for (const item of rare) {
      const list = proposed(sources, name, requestFor([item], { time: train.now }), 20)
      found += list.filter((other) => topicOf(world, other) === topicOf(world, item)).length
    }
    return found / rare.length
  }
  const byWalk = ofTopic('random-walk')
  for (const name of others)
    assert.ok(byWalk > 1.6 * ofTopic(name), `${byWalk} by walk, ${ofTopic(name)} by ${name}`)
})

test('items in the same surroundings that never meet are near each other for item2vec alone', async () => {
  const groups = 20
  const contexts = 30
  const random = createRandom(3)
  const pool = Array.from({ length: contexts }, (_, k) => 2 * groups + k)
  const surroundings = Array.from({ length: groups }, () => shuffle([...pool], random).slice(0, 6))
  // Each visit has one twin of a pair, never both, among some of the items that surround the pair; those are shared
  // by many pairs.
  const lists = Array.from({ length: 2000 }, () => {
    const group = random.below(groups)
    const others = shuffle([...surroundings[group]], random).slice(0, 4)
    return shuffle([2 * group + random.below(2), ...others], random)
  })
  const items = 2 * groups + contexts
  const dataset = datasetOf(visits(lists), TEMPORAL, { users: lists.length, items })
  // So few items that all are frequent: none may be left out for that.
  const sources = await openOn(dataset, { sourceOptions: { item2vec: { subsampling: 0, epochs: 30 } } })
  const twins = Array.from({ length: groups }, (_, group) => 2 * group)
  const found = (name: string, limit: number) =>
    twins.filter((twin) => proposed(sources, name, requestFor([twin]), limit).includes(twin + 1)).length
  // The six surrounding items are near too; the twin comes before some of them, or not at all.
  assert.ok(found('item2vec', 5) >= 0.9 * groups, `${found('item2vec', 5)}`)
  for (const name of sources.keys()) {
    if (name !== 'item2vec') assert.ok(found(name, 5) <= 0.1 * groups, `${name}: ${found(name, 5)}`)
  }
  for (const name of ['co-occurrence', 'transition', 'similar-users'])
    assert.equal(found(name, items), 0, name)
})

test('what comes next is known to the sources that see order, where everybody takes everything', async () => {
  const pairs = 20
  const random = createRandom(5)
  const users = 60
  const lists: number[][] = []
  for (let user = 0; user < users; user++) {
    const order = shuffle(
      Array.from({ length: pairs }, (_, k) => k),
      random,
    )
    for (const pair of order) lists.push([2 * pair, 2 * pair + 1])
  }
  const events = visits(lists, (visit) => Math.floor(visit / pairs))
  const sources = await openOn(datasetOf(events, TEMPORAL, { users, items: 2 * pairs }))
  const found = sourcesThat(sources, ({ name }) => {
    const first = Array.from(
      { length: pairs },
      (_, pair) => proposed(sources, name, requestFor([2 * pair], { time: events.at(-1)!.time }), 1)[0],
    )
    return first.filter((item, pair) => item === 2 * pair + 1).length > 0.9 * pairs
  })
  assert.ok(found.includes('transition'))
  assert.deepEqual(
    found.filter((name) => name !== 'transition' && name !== 'item2vec'),
    [],
  )
})

test('what goes with two items together is found by looking at whole histories, not at pairs', async () => {
  const [x, y, both] = [0, 1, 2]
  const rows = [
    ...Array.from({ length: 30 }, () => [x, 3, 4]),
    ...Array.from({ length: 30 }, () => [y, 5, 6]),
    ...Array.from({ length: 10 }, () => [x, y, both]),
  ]
  const events = visits(shuffle(rows, createRandom(6)))
  const sources = await openOn(datasetOf(events, TEMPORAL, { users: rows.length, items: 7 }))
  const first = (name: string) =>
    proposed(sources, name, requestFor([x, y], { time: events.at(-1)!.time }), 1)[0]
  assert.equal(first('similar-users'), both)
  for (const name of ['co-occurrence', 'ease-strong', 'popular']) assert.notEqual(first(name), both, name)
})

test('a direct partner comes before what is explained by a third item for EASE, for co-occurrence it does not', async () => {
  const [a, b, c, d] = [0, 1, 2, 3]
  const random = createRandom(7)
  // a brings b, b brings c; a brings d too, but less often than b and c together.
  const rows = Array.from({ length: 8000 }, () => {
    const row = [4 + random.below(20)]
    const hasA = random.float() < 0.3
    const hasB = random.float() < (hasA ? 0.9 : 0.05)
    if (hasA) row.push(a)
    if (hasB) row.push(b)
    if (random.float() < (hasB ? 0.9 : 0.05)) row.push(c)
    if (random.float() < (hasA ? 0.5 : 0.05)) row.push(d)
    return row
  })
  const sources = await openOn(datasetOf(visits(rows), TEMPORAL, { users: rows.length, items: 24 }))
  const order = (name: string) =>
    proposed(sources, name, requestFor([a]), 24).filter((item) => item === c || item === d)
  assert.deepEqual(order('ease'), [d, c])
  for (const name of ['co-occurrence', 'transition', 'random-walk', 'popular'])
    assert.deepEqual(order(name), [c, d], name)
})

test('a strong ridge trusts what is common, a weak one what is exact', async () => {
  const [query, exact, common] = [0, 1, 2]
  const rows = [
    ...Array.from({ length: 1000 }, () => [query, exact]),
    ...Array.from({ length: 2000 }, () => [query, common]),
    ...Array.from({ length: 2000 }, (_, k) => [query, 3 + (k % 10)]),
    ...Array.from({ length: 30_000 }, (_, k) => [common, 3 + (k % 10)]),
  ]
  const dataset = datasetOf(visits(shuffle(rows, createRandom(8))), TEMPORAL, {
    users: rows.length,
    items: 13,
  })
  const sources = await openOn(dataset, { sources: ['ease', 'ease-strong'] })
  for (const n of sources.keys())
    console.log(
      n,
      proposed(sources, n, requestFor([query]), 4),
      sources.get(n)!.propose(requestFor([query]), 4).scores,
    )
  assert.equal(proposed(sources, 'ease', requestFor([query]), 1)[0], exact)
  assert.equal(proposed(sources, 'ease-strong', requestFor([query]), 1)[0], common)
})

test('walks keep to the region of the request: the same item leads elsewhere from elsewhere', async () => {
  // Two regions share item 0; people of each take items of their own beside it.
  const random: Random = createRandom(9)
  const rows = Array.from({ length: 400 }, (_, user) => [0, 1 + (user % 2) * 10 + random.below(10)])
  const dataset = datasetOf(visits(rows), TEMPORAL, { users: rows.length, items: 21 })
  dataset.users.region.codes = Uint32Array.from(rows, (_, user) => 1 + (user % 2))
  const sources = await openOn(dataset, { sources: ['co-occurrence', 'random-walk', 'similar-users'] })
  const ownShare = (name: string, region: number) => {
    const list = proposed(sources, name, requestFor([0], { region }), 10)
    return list.filter((item) => Math.floor((item - 1) / 10) === region - 1).length / list.length
  }
  for (const region of [1, 2]) assert.ok(ownShare('random-walk', region) > 0.9, `${region}`)
  for (const name of ['co-occurrence', 'similar-users']) {
    assert.deepEqual(
      proposed(sources, name, requestFor([0], { region: 1 }), 21),
      proposed(sources, name, requestFor([0], { region: 2 }), 21),
    )
  }
})

test('who is looked up to by the whole neighbourhood comes first for wtf alone, without ever meeting the query', async () => {
  const [query, authority] = [0, 1]
  const rows = [
    ...Array.from({ length: 5 }, (_, k) => [query, 2 + k]),
    // What the query meets is in many collections more, and all of these have the authority.
    ...Array.from({ length: 40 }, (_, k) => [2 + (k % 5), authority]),
    ...Array.from({ length: 300 }, (_, k) => [20 + (k % 20), 20 + ((k * 7 + 1) % 20), 40]),
  ]
  const lists = shuffle(rows, createRandom(1)).map((row) => Array.from(new Set(row)))
  const events = visits(lists)
  // Walks that go far and scores that leave the query behind: the defaults are tuned to stay nearer.
  const wtf = { restartProbability: 0.5, hubRestart: 0.2, itemExponent: 0.3 }
  const dataset = datasetOf(events, TEMPORAL, { users: rows.length, items: 41 })
  const sources = await openOn(dataset, { sourceOptions: { wtf } })
  const request = requestFor([query], { time: events.at(-1)!.time })
  const finders = sourcesThat(sources, ({ name }) => proposed(sources, name, request, 1)[0] === authority)
  assert.deepEqual(finders, ['wtf'])
  for (const name of ['co-occurrence', 'transition', 'similar-users'])
    assert.ok(!proposed(sources, name, request, 41).includes(authority), name)
})

test('item2vec knows what lies near words whose items somebody had, and says nothing of others', async () => {
  const random = createRandom(3)
  // Most items are of one kind: the mean leans that way, and what is taken for nothing less the mean the other way.
  const kinds = [
    { from: 0, size: 18 },
    { from: 18, size: 6 },
  ]
  const lists = Array.from({ length: 400 }, (_, visit) => {
    const { from, size } = kinds[visit % 4 === 3 ? 1 : 0]!
    return Array.from({ length: 6 }, () => from + random.below(size))
  })
  const train = datasetOf(visits(lists), TEMPORAL, { users: 400, items: 26 })
  const sourceOptions = { item2vec: { subsampling: 1, dim: 32 } }
  const source = (await openOn(train, { sources: ['item2vec'], sourceOptions })).get('item2vec')!
  const near = (...items: number[]) =>
    source.search!({ items: Uint32Array.from(items), weights: new Float32Array(items.length).fill(1) }, 6)
  for (const { from, size } of kinds) {
    const { items, scores } = near(from, from + 2, 24)
    assert.equal(items.length, 6)
    assert.ok(items.every((item) => item >= from && item < from + size))
    assert.ok(scores[0]! > 0.5 && scores[0]! <= 1, 'the first has its cosine')
  }
  assert.equal(near(24, 25).items.length, 0)
})
