/** @file Planted thin areas: new items, regions, segments, categories, the rising and the fading. */

import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import type { Dataset } from '../../src/data/dataset.ts'
import { selectInteractions, splitDataset } from '../../src/data/split.ts'
import { categoryOf, topicOf } from '../../src/data/world/truth.ts'
import { REGIONS, SEGMENTS } from '../../src/data/world/vocabulary.ts'
import type { Source } from '../../src/sources/source.ts'
import { datasetOf, type TestEvent } from '../data/dataset-of.ts'
import { worldDataset } from '../data/world-dataset.ts'
import { openOn, proposed, sourcesThat } from './open-on.ts'
import { requestFor } from './requests.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const ALL = 100_000

const { world, dataset, remove } = await worldDataset(
  { items: 500, users: 1500, events: 30_000, topics: 24, collections: 200 },
  true,
)
after(remove)
const { items, users, topics } = world
const now = splitDataset(dataset).train.now

/** Items of the last days before the cut. */
const newborn = new Set(
  Array.from(items.createdAt.keys()).filter(
    (item) => items.createdAt[item] <= now && items.createdAt[item] > now - 10 * DAY_MS,
  ),
)
/** Training data in which nobody has touched a new item yet. */
const train = untouched(splitDataset(dataset).train, newborn)
const sources = await openOn(train)

function untouched(data: Dataset, without: ReadonlySet<number>): Dataset {
  const { interactions } = data
  const rows = Uint32Array.from(interactions.item.keys()).filter((k) => !without.has(interactions.item[k]))
  return { ...data, interactions: selectInteractions(interactions, rows) }
}

/** Code that a label has in a column of the dataset. */
const codeOf = (column: Uint32Array, rows: ArrayLike<number>, value: number) =>
  column[Array.from(rows).indexOf(value)]

const share = (list: readonly number[], holds: (item: number) => boolean) =>
  list.filter(holds).length / list.length

test('items that nobody has touched are found by their age, their words and their looks, by nothing else', () => {
  assert.ok(newborn.size > 5)
  const requests = Array.from({ length: 100 }, (_, k) =>
    requestFor([k, k + 100, k + 200], {
      time: now,
      region: 1 + (k % 5),
      segment: 1 + (k % 5),
      user: k,
      seed: k,
    }),
  )
  const finders = sourcesThat(sources, (source) =>
    requests.some((request) => source.propose(request, ALL).items.some((item) => newborn.has(item))),
  )
  assert.deepEqual(
    finders.sort(),
    ['fresh', 'text', 'visual'].filter((name) => sources.has(name)),
  )
  const fresh = new Set(proposed(sources, 'fresh', requestFor([], { time: now }), ALL))
  for (const item of newborn) assert.ok(fresh.has(item), `item ${item}`)
})

test('fresh forgets items as they age', () => {
  const later = proposed(sources, 'fresh', requestFor([], { time: now + 30 * DAY_MS }), ALL)
  assert.ok(later.every((item) => !newborn.has(item)))
})

test('words lead from old items to new ones of their topic', () => {
  let found = 0
  let all = 0
  for (const item of newborn) {
    const old = Array.from(items.topic.keys()).find(
      (other) =>
        topicOf(world, other) === topicOf(world, item) &&
        items.language[other] === items.language[item] &&
        !newborn.has(other),
    )
    if (old === undefined) continue
    all++
    if (proposed(sources, 'text', requestFor([old]), 40).includes(item)) found++
  }
  assert.ok(found > 0.8 * all, `${found} of ${all}`)
})

test('regional favourites are found by popular-region alone', () => {
  const codes = REGIONS.map((_, region) => codeOf(train.users.region.codes, users.region, region + 1))
  const answers = (source: Source) =>
    codes.map((region) => Array.from(source.propose(requestFor([], { region, time: now }), 20).items))
  const differ = sourcesThat(
    sources,
    (source) => new Set(answers(source).map((list) => list.join())).size > 1,
  )
  assert.deepEqual(differ, ['popular-region'])
  const everyone = proposed(sources, 'popular', requestFor([]), 20)
  let own = 0
  let common = 0
  answers(sources.get('popular-region')!).forEach((list, region) => {
    const isForeign = (item: number) => items.region[item] !== 0 && items.region[item] !== region + 1
    const isOwn = (item: number) => items.region[item] === region + 1
    assert.ok(share(list, isForeign) < 0.1, `${REGIONS[region]}: ${share(list, isForeign)} foreign`)
    own += share(list, isOwn)
    common += share(everyone, isOwn)
  })
  assert.ok(own > 3 * common, `${own} against ${common}`)
})

test('what a segment leans towards is found by popular-segment alone', () => {
  const codes = SEGMENTS.map((_, segment) => codeOf(train.users.segment.codes, users.segment, segment))
  const answers = (source: Source) =>
    codes.map((segment) => Array.from(source.propose(requestFor([], { segment, time: now }), 20).items))
  const differ = sourcesThat(
    sources,
    (source) => new Set(answers(source).map((list) => list.join())).size > 1,
  )
  assert.deepEqual(differ, ['popular-segment'])
  const everyone = proposed(sources, 'popular', requestFor([]), 20)
  let own = 0
  let common = 0
  answers(sources.get('popular-segment')!).forEach((list, segment) => {
    const leans = (item: number) => topics.ofSegment[segment].includes(categoryOf(world, item))
    own += share(list, leans)
    common += share(everyone, leans)
  })
  assert.ok(own > 1.3 * common, `${own} against ${common}`)
})

test('for an untouched item without words or looks, only popular-category knows what is of its kind', async () => {
  const { catalog } = train
  const blank = datasetOf([], train.split, { users: 1, items: items.count }).catalog
  const bare: Dataset = {
    ...train,
    catalog: { ...catalog, title: blank.title, text: blank.text, tags: blank.tags, image: blank.image },
  }
  const bareSources = await openOn(bare)
  const strangers = Array.from(newborn)
  const finders = sourcesThat(bareSources, ({ name }) => {
    const shares = strangers.map((item) => {
      const list = proposed(bareSources, name, requestFor([item], { time: now, region: 1, segment: 1 }), 20)
      return list.length === 0
        ? 0
        : share(list, (other) => categoryOf(world, other) === categoryOf(world, item))
    })
    return shares.reduce((sum, value) => sum + value, 0) > 0.5 * shares.length
  })
  assert.deepEqual(finders, ['popular-category'])
})

test('what rises is found by recent-popular, what was always touched by popular', async () => {
  const rising = 7
  const fading = 8
  const events: TestEvent[] = []
  for (let hour = 0; hour < 1000; hour++) {
    const time = hour * 60 * 60 * 1000
    events.push({ user: hour % 50, item: 10 + (hour % 10), time })
    if (hour < 700 && hour % 3 === 0) events.push({ user: hour % 50, item: fading, time: time + 1 })
    if (hour >= 980) events.push({ user: hour % 50, item: rising, time: time + 2 })
  }
  const split = { kind: 'temporal', fraction: 0.8 } as const
  const data = { ...datasetOf(events, split, { users: 50, items: 20 }), now: events.at(-1)!.time! }
  const opened = await openOn(data, { sources: ['popular', 'recent-popular', 'fresh'] })
  const order = (name: string) => proposed(opened, name, requestFor([], { time: data.now }), 20)
  assert.equal(order('popular')[0], fading)
  assert.equal(order('recent-popular')[0], rising)
  assert.ok(order('popular').indexOf(rising) > 9)
  assert.ok(order('recent-popular').indexOf(fading) > 9)
})
