/** @file What goes with an item: pages inside visits, against a slow reference, and what a blend learns from them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { VISIT_MS } from '../../src/cascade/surfaces.ts'
import { splitDataset } from '../../src/data/split.ts'
import { evaluate } from '../../src/evaluation/evaluate.ts'
import { learnRanking } from '../../src/evaluation/learn-ranking.ts'
import { tasksOf } from '../../src/evaluation/protocol.ts'
import { listOf } from '../../src/evaluation/tasks.ts'
import { visitTasks } from '../../src/evaluation/visit-tasks.ts'
import { datasetOf, type TestEvent } from '../data/dataset-of.ts'

const TEMPORAL = { kind: 'temporal', fraction: 0.8 } as const
const OPTIONS = { surface: 'related', queryItems: 3, fading: 1, maxUnits: 1000, seed: 1 } as const
const MINUTE = 60_000

test('a page stands in a visit: asked with what came before it, right is what comes after it and is new', () => {
  const event = fc.record({
    user: fc.integer({ min: 0, max: 3 }),
    item: fc.integer({ min: 0, max: 11 }),
    minute: fc.integer({ min: 0, max: 400 }),
  })
  let asked = 0
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 80 }), fc.integer(), (given, seed) => {
      const ordered = given.toSorted((a, b) => a.minute - b.minute)
      const events = ordered.map(({ minute, ...rest }) => ({ ...rest, time: 1e12 + minute * MINUTE }))
      const split = splitDataset(datasetOf(events, TEMPORAL, { users: 4, items: 12 }))
      const trained = new Set(split.train.interactions.item)
      const tasks = visitTasks(split, { ...OPTIONS, seed })
      const perUser = new Map<number, Set<number>>()
      for (let task = 0; task < tasks.length; task++) {
        const user = tasks.user[task]!
        const known = new Set(itemsOf(split.train.interactions, user).map(([item]) => item))
        const taken = distinctLast(itemsOf(split.test, user))
        const page = listOf(tasks.query, task).at(-1)!
        const place = taken.findIndex(([item]) => item === page)
        const time = taken[place]![1]
        assert.ok(trained.has(page))
        const before = taken.slice(0, place + 1).filter(([, then]) => time - then < VISIT_MS)
        const after = taken
          .slice(place + 1)
          .filter(([item, then]) => then - time < VISIT_MS && !known.has(item))
        assert.deepEqual(
          [...listOf(tasks.query, task)],
          before.slice(-3).map(([item]) => item),
        )
        assert.deepEqual(
          [...listOf(tasks.relevant, task)],
          after.map(([item]) => item).sort((a, b) => a - b),
        )
        assert.ok(after.length > 0)
        const seen = new Set(listOf(tasks.seen, task))
        assert.deepEqual(seen, new Set([...known, ...taken.slice(0, place + 1).map(([item]) => item)]))
        assert.equal(tasks.time[task], time)
        const pages = perUser.get(user) ?? new Set()
        assert.ok(!pages.has(page), 'a page of a user is asked for once')
        perUser.set(user, pages.add(page))
      }
      for (let user = 0; user < 4; user++) {
        const known = new Set(itemsOf(split.train.interactions, user).map(([item]) => item))
        const pages = distinctLast(itemsOf(split.test, user)).filter(
          ([item, time], place, all) =>
            trained.has(item) &&
            all.some(([other, then], k) => k > place && then - time < VISIT_MS && !known.has(other)),
        )
        assert.equal(perUser.get(user)?.size ?? 0, Math.min(5, pages.length))
      }
      asked += tasks.length
    }),
  )
  assert.ok(asked > 100, String(asked))
})

/** Visits in which users take up three items of one shelf, a minute apart, and something that everybody takes. */
function shelves(users: number): TestEvent[] {
  const random = createRandom(1)
  const events: TestEvent[] = []
  for (let k = 0; k < 4 * users; k++) {
    const user = random.below(users)
    const shelf = random.below(12)
    const taken = [0, 1, 2].map(() => HITS + shelf * SHELF + random.below(SHELF))
    // A hit or two with every visit, whatever the shelf.
    taken.splice(random.below(4), 0, random.below(HITS))
    taken.forEach((item, place) => {
      events.push({ user, item, time: 1e12 + k * 40 * MINUTE + place * MINUTE })
    })
  }
  return events
}
const HITS = 8
const SHELF = 15
const ITEMS = HITS + 12 * SHELF

test('there are no more requests than were asked for, and the same seed draws the same pages', () => {
  const split = splitDataset(datasetOf(shelves(120), TEMPORAL, { users: 120, items: ITEMS }))
  const all = visitTasks(split, OPTIONS)
  assert.ok(all.length > all.units, 'users have more than one page')
  const few = visitTasks(split, { ...OPTIONS, maxUnits: all.units })
  assert.equal(few.length, few.units)
  assert.equal(few.units, all.units)
  const sample = visitTasks(split, { ...OPTIONS, maxUnits: 10 })
  assert.equal(sample.length, 10)
  assert.equal(sample.population, all.units)
  assert.deepEqual(visitTasks(split, OPTIONS), all)
})

test('where nobody takes up two things in a visit, what comes later is asked for', () => {
  const random = createRandom(1)
  const events = Array.from({ length: 600 }, (_, k) => ({
    user: k % 40,
    item: random.below(30),
    time: 1e12 + k * 60 * MINUTE,
  }))
  const split = splitDataset(datasetOf(events, TEMPORAL, { users: 40, items: 30 }))
  const tasks = tasksOf(split, OPTIONS)
  assert.equal(tasks.protocol, 'temporal')
  assert.ok(tasks.length > 20)
  const visits = splitDataset(datasetOf(shelves(120), TEMPORAL, { users: 120, items: ITEMS }))
  assert.equal(tasksOf(visits, OPTIONS).protocol, 'visits, temporal')
  assert.equal(tasksOf(visits, { ...OPTIONS, surface: 'home' }).protocol, 'temporal')
})

test('a blend learns that what stands on the shelf goes with an item, not what everybody takes', async () => {
  const dataset = datasetOf(shelves(400), TEMPORAL, { users: 400, items: ITEMS })
  const options = {
    sources: ['co-occurrence', 'popular'],
    threads: 2,
    seed: 1,
    progress: silentProgress,
  }
  const learned = await learnRanking(dataset, { ...options, surfaces: ['related'] })
  const { sources, weights } = learned.related!.blend
  const weightOf = (name: string) => weights[sources.indexOf(name)]!
  assert.ok(weightOf('co-occurrence') > 2 * Math.abs(weightOf('popular')), `${sources} ${weights}`)
  const report = await evaluate(dataset, { ...options, surface: 'related', resamples: 100 })
  assert.equal(report.protocol, 'visits, temporal')
  const { low } = report.differences.find(({ other }) => other === 'popular')!.metrics['ndcg@10']!
  assert.ok(low! > 0.05, String(low))
})

interface Columns {
  user: Uint32Array
  item: Uint32Array
  time: Float64Array | null
}

/** Of a user, in the order of the interactions: [item, time]. */
function itemsOf({ user, item, time }: Columns, wanted: number): [number, number][] {
  return Array.from(item, (one, k): [number, number] => [one, time![k]!]).filter((_, k) => user[k] === wanted)
}

/** Of items that come again the last time counts. */
const distinctLast = (taken: [number, number][]) =>
  taken.filter(([item], k) => taken.findLastIndex(([other]) => other === item) === k)
