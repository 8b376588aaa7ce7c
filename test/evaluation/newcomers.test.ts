/** @file Requests that say nothing: what is learned from those who come back must not decide what newcomers see. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { explainRequest } from '../../src/cascade/explain.ts'
import { fitSnapshot } from '../../src/cascade/fit-snapshot.ts'
import { localExecutor } from '../../src/cascade/local-executor.ts'
import { Recommender } from '../../src/cascade/recommender.ts'
import { splitDataset } from '../../src/data/split.ts'
import { evaluate } from '../../src/evaluation/evaluate.ts'
import { newcomerTasks } from '../../src/evaluation/protocol.ts'
import { listOf, NOBODY } from '../../src/evaluation/tasks.ts'
import type { RequestRecord } from '../../src/store/records.ts'
import { datasetOf, type TestEvent } from '../data/dataset-of.ts'

const DAYS = 50
const DAY_MS = 86_400_000
const REGULARS = 60
const CLUBS = 3
const HITS = 20
const CLUB_ITEMS = 60
const ARRIVALS = 30

/**
 * Regulars take up what their club likes, never a hit; every day others come, take up some hits, and are not seen again. So
 * popularity speaks against an item for whoever comes back, and for it with newcomers.
 */
function visits(): TestEvent[] {
  const random = createRandom(4)
  const events: TestEvent[] = []
  for (let day = 0; day < DAYS; day++) {
    const time = 1e12 + day * DAY_MS
    for (let user = 0; user < REGULARS; user++) {
      const item = HITS + (user % CLUBS) * CLUB_ITEMS + random.below(CLUB_ITEMS)
      events.push({ user, item, time: time + user * 1000 })
    }
    for (let k = 0; k < ARRIVALS; k++) {
      const user = REGULARS + day * ARRIVALS + k
      for (let taken = 0; taken < 4; taken++) {
        const item = Math.floor(random.float() ** 2 * HITS)
        events.push({ user, item, time: time + (REGULARS + k) * 1000 + taken })
      }
    }
  }
  return events
}

const dataset = datasetOf(
  visits(),
  { kind: 'temporal', fraction: 0.8 },
  { users: REGULARS + DAYS * ARRIVALS, items: HITS + CLUBS * CLUB_ITEMS },
)
const options = {
  sources: ['co-occurrence', 'popular'],
  surface: 'home',
  threads: 2,
  seed: 1,
  progress: silentProgress,
} as const

test('newcomers get at least what popularity gives them, and who comes back no less than before', async () => {
  const report = await evaluate(dataset, { ...options, newcomers: true, resamples: 100 })
  const found = (name: string) => report.results.find((one) => one.name === name)!.metrics['ndcg@10'].value
  assert.ok(found('popular') > 0.3, String(found('popular')))
  assert.ok(found('blend') >= found('popular'), `${found('blend')} ${found('popular')}`)
  assert.match(report.notes.join(' '), /came for the first time/)
  const back = await evaluate(dataset, { ...options, resamples: 100 })
  const { value, low } = back.differences.find(({ other }) => other === 'popular')!.metrics['ndcg@10']
  assert.ok(value > 0 && low! > 0)
})

test('a stranger is shown hits, and the explanation adds up to the score', async () => {
  const snapshot = await fitSnapshot(dataset, { ...options, eventPosition: 0, now: 0 })
  const { weights, sources, newcomerWeights } = snapshot.blends.home!
  const popular = sources.indexOf('popular')
  assert.ok(weights[popular] < 0 && newcomerWeights![popular] > 0, `${weights} ${newcomerWeights}`)
  assert.equal(snapshot.blends.related?.newcomerWeights, undefined)
  const logged: RequestRecord[] = []
  const log = {
    putItems: async () => ({ added: 0, updated: 0, repeated: 0 }),
    appendEvents: async () => ({ added: 0, updated: 0, repeated: 0 }),
    appendRequests: async (requests: readonly RequestRecord[]) => void logged.push(...requests),
    findRequest: async () => undefined,
  }
  const executor = localExecutor(snapshot, () => 0)
  const recommender = new Recommender({ snapshot, executor, log, now: () => 0 })
  const { items } = await recommender.home('stranger', { limit: 10, requestId: 'first' })
  assert.ok(
    items.every(({ id }) => Number(id) < HITS),
    items.map(({ id }) => id).join(),
  )
  const { items: explained } = explainRequest({ request: logged[0], outcomes: [] }, snapshot)
  for (const { score, features } of explained) {
    const sum = features.reduce((total, { contribution }) => total + (contribution ?? 0), 0)
    assert.ok(Math.abs(sum - score) < 1e-5, `${sum} ${score}`)
  }
  const regular = await recommender.home('0', { limit: 10 })
  assert.ok(regular.items.every(({ id }) => Number(id) >= HITS))
})

test('tasks of newcomers hold who came for the first time, with all they took and no query; few are filled up', () => {
  const split = splitDataset(dataset)
  const asked = { surface: 'home', queryItems: 100, fading: 1, maxUnits: 1000, seed: 1 } as const
  const tasks = newcomerTasks(split, asked)
  const before = new Set(split.train.interactions.user)
  assert.ok(tasks.length >= 290 && tasks.population === tasks.units)
  for (let task = 0; task < tasks.length; task++) {
    assert.equal(listOf(tasks.query, task).length, 0)
    assert.equal(tasks.user[task], task % 2 === 0 ? tasks.user[task] : NOBODY)
    assert.ok(task % 2 === 1 || !before.has(tasks.user[task]))
  }
  // Without newcomers: those who come back, asked for as though nobody knew them.
  const isRegular = (user: number) => user < REGULARS
  const rows = Array.from(split.test.user.keys()).filter((row) => isRegular(split.test.user[row]))
  const test = datasetOf(
    rows.map((row) => ({
      user: split.test.user[row],
      item: split.test.item[row],
      time: split.test.time![row],
    })),
    dataset.split,
    { users: REGULARS, items: HITS + CLUBS * CLUB_ITEMS },
  ).interactions
  const others = newcomerTasks({ ...split, test }, asked)
  assert.equal(others.length, REGULARS)
  for (let task = 0; task < others.length; task++) {
    assert.equal(listOf(others.query, task).length, 0)
    assert.ok(listOf(others.seen, task).length > 0)
  }
})
