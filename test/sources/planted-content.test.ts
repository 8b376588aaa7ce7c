/** @file Planted content: what only words find, and what only pictures find. */

import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { stringColumn } from '../../src/base/string-column.ts'
import type { Dataset } from '../../src/data/dataset.ts'
import { splitDataset } from '../../src/data/split.ts'
import { datasetOf } from '../data/dataset-of.ts'
import { worldDataset } from '../data/world-dataset.ts'
import { openOn, proposed, sourcesThat } from './open-on.ts'
import { requestFor } from './requests.ts'

const ITEMS = 60
const [QUERY, RARE_MATCH, COMMON_MATCH] = [50, 51, 52]

/** Items 0–49 are touched at random; from 50 on nobody has been. */
function touchedWithTitles(titles: readonly string[]): Dataset {
  const random = createRandom(1)
  const events = Array.from({ length: 800 }, (_, k) => ({
    user: random.below(80),
    item: random.below(50),
    time: k * 60_000,
  }))
  const dataset = datasetOf(events, { kind: 'temporal', fraction: 0.8 }, { users: 80, items: ITEMS })
  return { ...dataset, catalog: { ...dataset.catalog, title: stringColumn(titles) } }
}

test('one rare word that two items share joins them for text alone, and counts more than common words', async () => {
  const titles = Array.from({ length: ITEMS }, (_, k) => `plain ${k % 12 === 0 ? 'wooden' : `word${k}`}`)
  titles[QUERY] = 'plain wooden zeppelin'
  titles[RARE_MATCH] = 'a zeppelin over the sea'
  titles[COMMON_MATCH] = 'plain wooden chair'
  const dataset = touchedWithTitles(titles)
  const sources = await openOn(dataset, { sourceOptions: { text: { maxShare: 0.5 } } })
  const finders = sourcesThat(sources, ({ name }) =>
    proposed(sources, name, requestFor([QUERY], { time: dataset.now }), ITEMS).includes(RARE_MATCH),
  )
  assert.deepEqual(finders, ['text'])
  const order = proposed(sources, 'text', requestFor([QUERY]), ITEMS)
  assert.equal(order[0], RARE_MATCH)
  assert.ok(order.includes(COMMON_MATCH))
})

test('words of another language join nothing', async () => {
  const titles = Array.from({ length: ITEMS }, (_, k) => `word${k} plain`)
  titles[QUERY] = 'wooden chair'
  titles[RARE_MATCH] = 'woodeneth chaireth'
  const sources = await openOn(touchedWithTitles(titles), { sources: ['text'] })
  assert.deepEqual(proposed(sources, 'text', requestFor([QUERY]), ITEMS), [])
})

test('a style that only pictures show is found by visual alone, across topics', async () => {
  const { world, dataset, remove } = await worldDataset(
    { items: 400, users: 600, events: 12_000, topics: 10, collections: 100 },
    true,
  )
  after(remove)
  const { train } = splitDataset(dataset)
  const sources = await openOn(train)
  const { style, topic } = world.items
  const alike = (name: string, column: ArrayLike<number>) => {
    let same = 0
    let all = 0
    for (let item = 0; item < 100; item++) {
      const request = requestFor([item], { time: train.now, region: 1, segment: 1, seed: item })
      const list = proposed(sources, name, request, 20)
      same += list.filter((other) => column[other] === column[item]).length
      all += list.length
    }
    return same / all
  }
  assert.ok(alike('visual', style) > 0.9, `${alike('visual', style)}`)
  assert.ok(alike('visual', topic) < 0.3, `${alike('visual', topic)}`)
  const finders = sourcesThat(sources, ({ name }) => alike(name, style) > 0.5)
  assert.deepEqual(finders, ['visual'])
})
