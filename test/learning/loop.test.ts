/** @file The learning loop on a real store and snapshot: what was served is logged, learned from, gated, activated, explained. */

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { activateSnapshot, activeSnapshot, readManifest } from '../../src/cascade/snapshot.ts'
import { learnFromLog, learnOptions } from '../../src/learning/learn-from-log.ts'
import { readLogRows } from '../../src/learning/log-rows.ts'
import { calibrate } from '../../src/ranking/calibration/calibration.ts'
import { openRecommender } from '../../src/server/open-recommender.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type Club, fittedClub } from '../server/reading-club.ts'

const NOW = 1_707_700_000_000
const REQUESTS = 400
const shelfOf = (id: string) => Number(id.slice('book-'.length)) % 4

let club: Club
let store: Store
before(async () => {
  club = await fittedClub()
  store = openStore(club.storePath)
})
after(async () => {
  store.close()
  await club.remove()
})

const context = (dryRun = false, now = NOW) => ({
  snapshotFolder: club.snapshotFolder,
  keep: 5,
  threads: 2,
  seed: 1,
  progress: silentProgress,
  now,
  dryRun,
})
const options = learnOptions.parse({
  leastRequests: 20,
  rankerOptions: { minDataInLeaf: 20, numIterations: 40, learningRate: 0.2 },
})

/** Readers want what stands on the shelf of the page's book, which no source and no blend knows. */
async function serveReaders(from: number, count: number): Promise<void> {
  const recommender = await openRecommender(store, { now: () => NOW })
  const random = createRandom(from + 1)
  for (let k = from; k < from + count; k++) {
    const item = `book-${random.below(119)}`
    const user = `member-${k % 60}`
    const { items } = await recommender.related(item, { user, requestId: `request-${k}`, limit: 15 })
    const clicked = items.filter(({ id }) => random.float() < (shelfOf(id) === shelfOf(item) ? 0.6 : 0.02))
    store.appendEvents(
      clicked.map(({ id }) => ({
        id: null,
        time: NOW,
        user,
        item: id,
        kind: 'click',
        value: null,
        session: null,
        context: { requestId: `request-${k}` },
      })),
    )
  }
  await recommender.close()
}

test('a ranker learns from the log what the blend cannot know, and is activated', async () => {
  const before = await activeSnapshot(club.snapshotFolder)
  await serveReaders(0, REQUESTS)
  assert.equal(store.counts().requests, REQUESTS)

  const dry = await learnFromLog(store, 'related', options, context(true))
  assert.deepEqual(dry.failed, [])
  assert.equal(await activeSnapshot(club.snapshotFolder), before)

  const report = await learnFromLog(store, 'related', options, context())
  assert.equal(report.requests, REQUESTS)
  assert.ok(report.comparison!.difference.low > 0.1, JSON.stringify(report.comparison))
  assert.equal(report.activated, true)
  assert.equal(await activeSnapshot(club.snapshotFolder), report.active)
  const { rankers } = await readManifest(club.snapshotFolder, report.active)
  assert.equal(rankers.related?.ranker, 'trees')
  assert.ok(report.reliability!.normalisedEntropy < 0.9, JSON.stringify(report.reliability))
  assert.ok(report.reliability!.calibrationError < 0.12)
  assert.deepEqual(rankers.related?.calibration, report.ranker.calibration)
})

test('what was logged is what is computed again, bit for bit', async () => {
  // The requests of the first snapshot are passed over now that another one is active.
  await serveReaders(REQUESTS, 30)
  const { skew } = await learnFromLog(store, 'related', { ...options, skewSample: 30 }, context(true))
  assert.equal(skew.requests, 30)
  assert.deepEqual(skew.features, [])
  // The counters have counted since.
  assert.ok(skew.passedOver.includes('counters.item.clicks.7d'), skew.passedOver.join())
})

test('the served order is the new one, and is explained to the last bit of every score', async () => {
  const recommender = await openRecommender(store, { now: () => NOW })
  const answer = await recommender.related('book-30', { requestId: 'explained', limit: 15 })
  const first = answer.items.slice(0, 5).filter(({ id }) => shelfOf(id) === shelfOf('book-30'))
  assert.ok(first.length >= 4, answer.items.map(({ id }) => id).join())
  const probabilities = new Float32Array(answer.items.length)
  const scores = Float32Array.from(answer.items, ({ score }) => score)
  calibrate(recommender.snapshot.rankers.related!.calibration!, scores, probabilities)
  assert.deepEqual(
    answer.items.map(({ probability }) => probability),
    Array.from(probabilities),
  )
  assert.ok(probabilities[0] > 0.3 && probabilities[14] < 0.15, probabilities.join())
  const explanation = await recommender.explain('explained')
  assert.equal(explanation.ranker, 'trees')
  explanation.items.forEach((item, place) => {
    assert.equal(item.item, answer.items[place].id)
    assert.equal(item.propensity, 1)
    const sum = item.features.reduce(
      (total, { contribution }) => total + (contribution ?? 0),
      explanation.base,
    )
    assert.ok(Math.abs(sum - item.score) < 1e-4, `${sum} for ${item.score}`)
  })
  const strongest = explanation.items[0].features.slice(0, 3).map(({ feature }) => feature)
  assert.ok(
    strongest.some((feature) => feature.startsWith('tags-words')),
    strongest.join(),
  )
  await recommender.close()
})

test('going back to an earlier snapshot brings back its order', async () => {
  const folder = club.snapshotFolder
  const newest = await activeSnapshot(folder)
  const [oldest] = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort()
  await activateSnapshot(folder, oldest)
  const recommender = await openRecommender(store, { now: () => NOW })
  const { items } = await recommender.related('book-30', { limit: 5 })
  assert.ok(items.filter(({ id }) => shelfOf(id) === shelfOf('book-30')).length < 4)
  assert.equal((await readFile(join(folder, 'current'), 'utf8')).trim(), oldest)
  await recommender.close()
  await activateSnapshot(folder, newest)
})

test('too little traffic activates nothing', async () => {
  const report = await learnFromLog(store, 'related', { ...options, leastRequests: 10_000 }, context())
  assert.equal(report.activated, false)
  assert.match(report.failed[0], /10000 are needed/)
})

test('rows of the log hold the features as they were served, and which items were wanted', () => {
  const rows = readLogRows(store, { surface: 'related', positive: {}, requests: 10 })
  assert.equal(rows.offsets.length - 1, 10)
  const last = store.newestRequest('related')!
  const width = rows.names.length
  const start = rows.offsets[9]
  last.request.shown.items.forEach((_, place) => {
    const logged = last.request.shown.values.subarray(place * (width - 1), (place + 1) * (width - 1))
    const row = rows.values.subarray((start + place) * width, (start + place + 1) * width)
    assert.deepEqual(row.subarray(0, width - 1), logged)
    assert.equal(row[width - 1], Math.fround(Math.log1p(place)))
  })
})
