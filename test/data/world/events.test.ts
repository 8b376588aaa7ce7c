/** @file What happens in a simulated world: in time order, exactly as much as asked, never before its time, and true. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/base/random.ts'
import { tellEvents } from '../../../src/data/world/events.ts'
import { STYLES } from '../../../src/data/world/items.ts'
import { periodOf, type WorldOptions } from '../../../src/data/world/options.ts'
import { affinity, complementOf, sequelOf, taste, topicOf } from '../../../src/data/world/truth.ts'
import { createWorld, type World } from '../../../src/data/world/world.ts'
import { EVENT_KINDS } from '../../../src/store/records.ts'

interface Told {
  user: number
  item: number
  kind: (typeof EVENT_KINDS)[number]
  time: number
  session: number
}

/** All events as records: for small worlds. */
function told(world: World): Told[] {
  const events: Told[] = []
  for (const batch of tellEvents(world)) {
    for (let k = 0; k < batch.length; k++) {
      events.push({
        user: batch.user[k],
        item: batch.item[k],
        kind: EVENT_KINDS[batch.kind[k]],
        time: batch.time[k],
        session: batch.session[k],
      })
    }
  }
  return events
}

const world = createWorld({ items: 1500, users: 800, events: 40_000, seed: 5 })
const events = told(world)
const clicks = events.filter(({ kind }) => kind === 'click')

/** A fingerprint of all columns of the events. */
function fingerprint(options: Partial<WorldOptions>): string {
  const hash = createHash('sha256')
  for (const { length, user, item, kind, time, session } of tellEvents(createWorld(options))) {
    for (const column of [user, item, kind, time, session]) hash.update(column.subarray(0, length))
  }
  return hash.digest('hex')
}

test('the same seed tells the same events, another seed others', () => {
  const options = { items: 300, users: 100, events: 20_000 }
  const first = fingerprint({ ...options, seed: 1 })
  assert.equal(fingerprint({ ...options, seed: 1 }), first)
  assert.notEqual(fingerprint({ ...options, seed: 2 }), first)
})

test('times ascend within the period, no item is touched before it is there, no user comes before joining', () => {
  const { start, end } = periodOf(world.options)
  events.forEach(({ user, item, time }, k) => {
    assert.ok(k === 0 || time >= events[k - 1].time)
    assert.ok(Number.isSafeInteger(time) && time >= start && time <= end)
    assert.ok(time >= world.items.createdAt[item], `item ${item}`)
    assert.ok(time >= world.users.joinedAt[user], `user ${user}`)
    assert.equal(world.items.hidden[item], 0)
  })
})

/** The smallest world, and everything at an extreme. */
const tiny = {
  items: 1,
  users: 1,
  events: 0,
  days: 1,
  itemsAtStart: 0,
  usersAtStart: 0,
  hidden: 1,
  feedShare: 1,
  itemsPerVisit: 20,
  seed: 0,
}

test('worlds of every size tell exactly what was asked, the smallest too', () => {
  const sizes = fc.record({
    items: fc.integer({ min: 1, max: 60 }),
    users: fc.integer({ min: 1, max: 30 }),
    events: fc.integer({ min: 0, max: 400 }),
    days: fc.double({ min: 0.01, max: 30, noNaN: true }),
    itemsAtStart: fc.constantFrom(0, 0.5, 1),
    usersAtStart: fc.constantFrom(0, 1),
    hidden: fc.constantFrom(0, 1),
    feedShare: fc.constantFrom(0, 1),
    itemsPerVisit: fc.constantFrom(1, 20),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(sizes, (options) => {
      const small = createWorld(options)
      const all = told(small)
      assert.equal(all.length, options.events)
      for (let k = 0; k < all.length; k++) {
        assert.ok(all[k].time >= small.items.createdAt[all[k].item])
        assert.ok(k === 0 || all[k].time >= all[k - 1].time)
      }
    }),
    { numRuns: 60, seed: 1, examples: [[{ ...tiny, events: 50 }]] },
  )
})

test('people touch what they like: affinity is far above that of chance, and purchases are clicks first', () => {
  const random = createRandom(1)
  let liked = 0
  let drawn = 0
  for (const { user, item, time } of clicks) {
    liked += affinity(world, user, item, time)
    drawn += affinity(world, random.below(world.users.count), item, time)
  }
  assert.ok(liked > 8 * drawn, `${liked / clicks.length} against ${drawn / clicks.length}`)
  const clicked = new Set(clicks.map(({ user, item, session }) => `${user} ${item} ${session}`))
  for (const { user, item, session, kind } of events) {
    if (kind !== 'impression') assert.ok(clicked.has(`${user} ${item} ${session}`))
  }
})

test('tastes drift: what people take late fits their tastes of then better than those of the start', () => {
  const { start, end } = periodOf(world.options)
  const late = clicks.filter(({ time }) => time > start + 0.8 * (end - start))
  const fit = (moment: (time: number) => number) =>
    late.reduce(
      (sum, { user, item, time }) => sum + taste(world, user, topicOf(world, item), moment(time)),
      0,
    )
  assert.ok(fit((time) => time) > 1.2 * fit(() => start))
  const still = createWorld({ ...world.options, drift: 0 })
  for (let user = 0; user < 100; user++) {
    for (let topic = 0; topic < still.topics.count; topic++)
      assert.equal(taste(still, user, topic, start), taste(still, user, topic, end))
  }
})

test('looks decide: people take items in styles that they like far more often than others', () => {
  const liked = clicks.filter(({ user, item }) => world.items.style[item] === world.users.style[user])
  assert.ok(liked.length / clicks.length > 1.8 / STYLES, `${liked.length / clicks.length}`)
})

test('regions and languages: foreign items are rarely taken, a language nobody reads hardly ever', () => {
  const { items, users } = world
  const foreign = clicks.filter(
    ({ user, item }) => items.region[item] && items.region[item] !== users.region[user],
  )
  const unread = clicks.filter(
    ({ user, item }) => items.language[item] && items.language[item] !== users.language[user],
  )
  const share = (part: unknown[]) => part.length / clicks.length
  assert.ok(share(foreign) < 0.3, `${share(foreign)} foreign`)
  assert.ok(share(unread) < 0.1, `${share(unread)} unread`)
})

test('within a visit most clicks stay with one topic, across visits of different people they do not', () => {
  const pairs = clicks.slice(1).map((click, k) => [clicks[k], click] as const)
  let within = 0
  let stays = 0
  let across = 0
  let meets = 0
  const last = new Map<number, number>()
  for (const { session, item } of clicks) {
    const before = last.get(session)
    if (before !== undefined) {
      within++
      if (topicOf(world, before) === topicOf(world, item)) stays++
    }
    last.set(session, item)
  }
  for (const [a, b] of pairs) {
    if (a.user === b.user) continue
    across++
    if (topicOf(world, a.item) === topicOf(world, b.item)) meets++
  }
  assert.ok(stays / within > 0.6, `${stays / within}`)
  assert.ok(meets / across < 0.1, `${meets / across}`)
})

test('complements are bought right after, sequels clicked right after, as often as planted', () => {
  const rates = { complement: [0, 0], sequel: [0, 0] }
  const next = new Map<number, Told>()
  for (const event of [...events].reverse()) {
    const after = next.get(event.session)
    const complement = complementOf(world, event.item)
    if (event.kind === 'purchase' && complement !== null) {
      rates.complement[0]++
      if (after?.item === complement) rates.complement[1]++
    }
    const sequel = sequelOf(world, event.item)
    if (event.kind === 'click' && sequel !== null && after?.item !== event.item) {
      rates.sequel[0]++
      if (after?.item === sequel) rates.sequel[1]++
    }
    next.set(event.session, event)
  }
  const rate = ([all, followed]: number[]) => followed / all
  assert.ok(rate(rates.complement) > 0.4, `${rate(rates.complement)}`)
  assert.ok(rate(rates.sequel) > 0.08, `${rate(rates.sequel)}`)
  const apart = clicks.filter(({ item }) => complementOf(world, item) !== null)
  for (const { item } of apart)
    assert.notEqual(topicOf(world, complementOf(world, item)!), topicOf(world, item))
})

test('popularity is long-tailed: a tenth of the items gets most clicks, and yet most items get some', () => {
  const counts = new Uint32Array(world.items.count)
  for (const { item } of clicks) counts[item]++
  const descending = Uint32Array.from(counts).sort().reverse()
  const head = descending.subarray(0, descending.length / 10).reduce((sum, count) => sum + count, 0)
  assert.ok(head / clicks.length > 0.4, `${head / clicks.length}`)
  assert.ok(descending.filter((count) => count > 0).length > 0.8 * world.items.count)
})

test('evenings are busier than nights', () => {
  const byHour = new Uint32Array(24)
  for (const { time } of events) byHour[new Date(time).getUTCHours()]++
  assert.ok(byHour[20] > 5 * byHour[3])
})

test('batches are of bounded size and written over, so memory does not grow with the events', () => {
  const seen = new Set<unknown>()
  for (const batch of tellEvents(createWorld({ items: 50, users: 20, events: 30_000 }))) {
    seen.add(batch.item.buffer)
    assert.ok(batch.length <= 8192)
  }
  assert.equal(seen.size, 1)
})
