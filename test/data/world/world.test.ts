/** @file The inhabitants of a simulated world: items, their words and pictures, users, collections, all from one seed. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { tellCollections } from '../../../src/data/world/collections.ts'
import { drawImage, IMAGE_SIZE } from '../../../src/data/world/item-image.ts'
import { textWriter } from '../../../src/data/world/item-text.ts'
import { NO_ITEM } from '../../../src/data/world/items.ts'
import { periodOf } from '../../../src/data/world/options.ts'
import { affinity, categoryOf, complementOf, sequelOf, topicOf } from '../../../src/data/world/truth.ts'
import { LANGUAGES, madeUpName, REGIONS, SEGMENTS } from '../../../src/data/world/vocabulary.ts'
import { createWorld, type World } from '../../../src/data/world/world.ts'
import { tokens } from '../../../src/text/tokens.ts'

const world = createWorld({ items: 3000, users: 3000, collections: 400, seed: 3 })
const { items, users } = world

/** Everything that is told about the catalog, in one value. */
function catalogOf(given: World) {
  const textOf = textWriter(given)
  const pixels = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE * 3)
  return {
    columns: [given.items, given.users, given.topics],
    texts: Array.from({ length: given.items.count }, (_, item) => textOf(item)),
    pictures: Array.from({ length: 20 }, (_, item) => {
      drawImage(given, item, pixels)
      return Array.from(pixels)
    }),
    collections: Array.from(tellCollections(given)),
  }
}

const share = (column: ArrayLike<number>, value: number) =>
  Array.from(column).filter((entry) => entry === value).length / column.length

test('the same seed makes the same catalog, another seed another one', () => {
  const options = { items: 120, users: 50, collections: 20 }
  const first = catalogOf(createWorld({ ...options, seed: 1 }))
  assert.deepEqual(catalogOf(createWorld({ ...options, seed: 1 })), first)
  const other = catalogOf(createWorld({ ...options, seed: 2 }))
  for (const part of ['columns', 'texts', 'pictures', 'collections'] as const)
    assert.notDeepEqual(other[part], first[part])
})

test('options that make no world are refused with their name', () => {
  const wrong = [
    ['items', 0],
    ['users', 1.5],
    ['events', -1],
    ['topics', 9999],
    ['days', Number.NaN],
    ['drift', 1.01],
    ['itemsPerVisit', 0],
  ] as const
  for (const [field, value] of wrong) {
    assert.throws(() => createWorld({ items: 10, [field]: value }), { code: 'invalid-option', field })
  }
})

test('regions shrink from the first to the last, and languages go with them', () => {
  const shares = REGIONS.map((_, region) => share(users.region, region + 1))
  shares.forEach((value, k) => {
    assert.ok(Math.abs(value - [0.297, 0.238, 0.19, 0.152, 0.122][k]) < 0.03, `region ${k}: ${value}`)
  })
  assert.ok(Math.abs(share(items.region, 0) - 0.3) < 0.03)
  for (let item = 0; item < items.count; item++) {
    if (items.language[item] > 0) assert.equal(items.region[item] % LANGUAGES.length, items.language[item])
  }
  for (let language = 0; language < LANGUAGES.length; language++)
    assert.ok(share(users.language, language) > 0.1)
  for (let segment = 0; segment < SEGMENTS.length; segment++) assert.ok(share(users.segment, segment) > 0.15)
})

test('half of the items and most users are there at the start, the others come evenly', () => {
  const { start, end } = periodOf(world.options)
  const middle = (start + end) / 2
  const between = (times: Float64Array, from: number, to: number) =>
    times.filter((time) => time > from && time <= to).length / times.length
  assert.ok(Math.abs(between(items.createdAt, 0, start) - 0.5) < 0.04)
  assert.ok(Math.abs(between(items.createdAt, start, middle) - 0.25) < 0.03)
  assert.ok(Math.abs(between(items.createdAt, middle, end) - 0.25) < 0.03)
  assert.ok(Math.abs(between(users.joinedAt, 0, start) - 0.6) < 0.04)
})

test('a few items are hidden, and none of them is a complement', () => {
  const hidden = share(items.hidden, 1)
  assert.ok(hidden > 0 && hidden < 0.02)
  for (const item of items.complement) if (item !== NO_ITEM) assert.equal(items.hidden[item], 0)
})

test('complements join topics and suit the same people, sequels stay with topic and maker and come later', () => {
  let complements = 0
  for (let item = 0; item < items.count; item++) {
    const complement = complementOf(world, item)
    const sequel = sequelOf(world, item)
    if (complement !== null) {
      complements++
      assert.notEqual(topicOf(world, complement), topicOf(world, item))
      assert.equal(items.region[complement], items.region[item])
      assert.equal(items.language[complement], items.language[item])
      assert.ok(items.createdAt[complement] <= items.createdAt[item])
    }
    if (sequel === null) continue
    assert.equal(topicOf(world, sequel), topicOf(world, item))
    assert.equal(items.maker[sequel], items.maker[item])
    assert.ok(items.createdAt[sequel] >= items.createdAt[item])
  }
  assert.ok(complements > 0.2 * items.count)
})

test('affinity is a probability, highest in an interest, in reach and in a look that pleases', () => {
  const { start } = periodOf(world.options)
  for (let user = 0; user < 50; user++) {
    for (let item = 0; item < 200; item++) {
      const value = affinity(world, user, item, start)
      assert.ok(value > 0 && value <= 1)
    }
  }
  const best = Array.from({ length: items.count }, (_, item) => item).sort(
    (a, b) => affinity(world, 0, b, start) - affinity(world, 0, a, start),
  )[0]
  assert.equal(items.style[best], users.style[0])
  assert.ok([0, users.region[0]].includes(items.region[best]))
  assert.equal(topicOf(world, best), users.earlier[0])
})

test('words tell the topic and the category, and no word is shared across languages', () => {
  const textOf = textWriter(world)
  const bags = Array.from({ length: 600 }, (_, item) => {
    const { title, text, tags } = textOf(item)
    return new Set(tokens([title, text, ...tags].join(' ')))
  })
  const shared = { topic: [0, 0], category: [0, 0], other: [0, 0] }
  for (let a = 0; a < bags.length; a++) {
    for (let b = a + 1; b < bags.length; b++) {
      const isForeign = items.language[a] !== items.language[b]
      if (isForeign) continue
      const isTopic = topicOf(world, a) === topicOf(world, b)
      const kind = isTopic ? 'topic' : categoryOf(world, a) === categoryOf(world, b) ? 'category' : 'other'
      shared[kind][0]++
      for (const word of bags[a]) if (bags[b].has(word)) shared[kind][1]++
    }
  }
  const mean = ([pairs, words]: number[]) => words / pairs
  assert.ok(mean(shared.topic) > 2 * mean(shared.category), `${JSON.stringify(shared)}`)
  assert.ok(mean(shared.category) > 2 * mean(shared.other), `${JSON.stringify(shared)}`)
})

test('no two made-up names are the same', () => {
  const names = new Set(Array.from({ length: 300_000 }, (_, k) => madeUpName(k * 23)))
  assert.equal(names.size, 300_000)
})

test('pictures of one style are alike and tell nothing of the topic', () => {
  const pixels = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE * 3)
  const colours = Array.from({ length: 400 }, (_, item) => {
    drawImage(world, item, pixels)
    const mean = [0, 0, 0]
    for (let k = 0; k < pixels.length; k++) mean[k % 3] += pixels[k] / (pixels.length / 3)
    return mean
  })
  const nearest = colours.map((mine, item) => {
    const distances = colours.map((other, k) =>
      k === item ? Number.POSITIVE_INFINITY : Math.hypot(...mine.map((value, c) => value - other[c])),
    )
    return distances.indexOf(Math.min(...distances))
  })
  const agree = (column: ArrayLike<number>) =>
    nearest.filter((other, item) => column[other] === column[item]).length / nearest.length
  assert.ok(agree(items.style) > 0.7, `${agree(items.style)}`)
  assert.ok(agree(items.topic) < 0.2, `${agree(items.topic)}`)
})

test('collections are mostly about one topic, hold distinct items, and nothing that came after them', () => {
  const { start, end } = periodOf(world.options)
  let pure = 0
  let count = 0
  for (const { owner, items: members, topics } of tellCollections(world)) {
    count++
    assert.ok(owner < users.count)
    assert.equal(new Set(members).size, members.length)
    for (const item of members) {
      assert.ok(items.createdAt[item] <= start + 0.3 * (end - start))
      assert.equal(items.hidden[item], 0)
    }
    const within = members.filter((item) => topicOf(world, item) === topics[0]).length
    if (topics.length === 1 && within >= 0.7 * members.length) pure++
  }
  assert.equal(count, 400)
  assert.ok(pure > 0.7 * count && pure < 0.95 * count, `${pure}`)
})
