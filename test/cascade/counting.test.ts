/** @file Counters in serving: what is clicked rises for the next visitor, in its arm only, and a restart forgets nothing. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { countLog } from '../../src/cascade/count-log.ts'
import { actedOn, armNumber, shownBy } from '../../src/cascade/counting.ts'
import { fitStore } from '../../src/cascade/fit-store.ts'
import type { Recommender } from '../../src/cascade/recommender.ts'
import { activateSnapshot, activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { assign } from '../../src/experiments/assignment.ts'
import { parseExperiments } from '../../src/experiments/declaration.ts'
import { readLogRows } from '../../src/learning/log-rows.ts'
import { openLiveCounters } from '../../src/ranking/counters/live-counters.ts'
import { type OpenRecommenderOptions, openRecommender } from '../../src/server/open-recommender.ts'
import type { EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type Club, fittedClub, plainRanking } from '../server/reading-club.ts'

const NOW = 1_707_700_000_000
const LONG = 60

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

const open = (options: OpenRecommenderOptions = {}) => openRecommender(store, { now: () => NOW, ...options })
const indexOf = (item: string) => Number(item.slice('book-'.length))
const acting = (requestId: string, item: string, parts: Partial<EventRecord> = {}): EventRecord => ({
  id: null,
  time: NOW,
  user: `visitor-${requestId}`,
  item,
  kind: 'save',
  value: null,
  session: null,
  context: { requestId },
  ...parts,
})

/** What boosting adds to the score of every item of a page, on one snapshot. */
async function addendsOf(recommender: Recommender, page: string): Promise<Map<string, number>> {
  const plain = await open()
  const without = new Map(
    (await plain.related(page, { limit: LONG })).items.map((one) => [one.id, one.score]),
  )
  const { items } = await recommender.related(page, { limit: LONG })
  return new Map(items.map(({ id, score }) => [id, score - (without.get(id) ?? Number.NaN)]))
}

function assertSameAddends(actual: Map<string, number>, expected: Map<string, number>): void {
  let compared = 0
  for (const [item, addend] of actual) {
    const other = expected.get(item)
    if (Number.isNaN(addend) || other === undefined || Number.isNaN(other)) continue
    compared++
    assert.ok(Math.abs(addend - other) < 1e-4, `${item}: ${addend} for ${other}`)
  }
  assert.ok(compared >= 20, `${compared} items`)
}

const experiments = parseExperiments({
  experiments: [
    {
      name: 'boosting',
      arms: [
        { name: 'one', share: 0.5, settings: { boost: true } },
        { name: 'other', share: 0.5, settings: { boost: true } },
      ],
    },
  ],
})
/** Visitors of an arm whom nobody has seen yet. */
function* visitorsIn(arm: string): Generator<string, never> {
  for (let k = 0; ; k++) if (assign(experiments[0], `guest-${k}`)!.name === arm) yield `guest-${k}`
}

test('what is clicked rises for the next visitor of the page, in the other arm only where arms share', async () => {
  const page = 'book-3'
  const ones = visitorsIn('one')
  const others = visitorsIn('other')
  const apart = await open({ experiments })
  const placeOf = async (recommender: Recommender, user: string, item: string) =>
    (await recommender.related(page, { user, limit: LONG })).items.findIndex(({ id }) => id === item)
  const first = await apart.related(page, { user: ones.next().value, limit: 12 })
  const wanted = first.items[11].id
  const before = await placeOf(apart, others.next().value, wanted)
  assert.equal(before, 11)

  for (let k = 0; k < 8; k++) {
    const user = ones.next().value
    await apart.related(page, { user, requestId: `arm-${k}`, limit: 12 })
    await apart.recordEvents([acting(`arm-${k}`, wanted, { user })])
  }
  const inArm = await placeOf(apart, ones.next().value, wanted)
  assert.ok(inArm >= 0 && inArm < 6, `place ${inArm}`)
  assert.equal(await placeOf(apart, others.next().value, wanted), before)
  const plain = await open()
  assert.equal(await placeOf(plain, 'somebody', wanted), before)

  const shared = await open({ experiments, shareCounters: true })
  assert.ok((await placeOf(shared, others.next().value, wanted)) < 6)
})

test('features of the counters are logged as they stood when the list was made', async () => {
  const page = 'book-20'
  const counters = openLiveCounters(undefined)
  for (const { requests } of store.requests()) {
    for (const { request, outcomes } of requests) {
      const shown = shownBy(request, indexOf)
      const acted = outcomes.flatMap(({ item, kind }) => actedOn(shown, indexOf(item), kind) ?? [])
      counters.count([shown, ...acted])
    }
  }
  const recommender = await open({ experiments })
  const arm = armNumber({ boosting: 'other' })
  const visitors = visitorsIn('other')
  for (let k = 0; k < 5; k++) {
    const user = visitors.next().value
    const { items } = await recommender.related(page, { user, requestId: `logged-${k}`, limit: 10 })
    const { request } = store.getRequest(`logged-${k}`)!
    const { shown } = request
    const names = counters.memBoost.featureNames()
    const from = shown.features.indexOf(names[0])
    assert.deepEqual(shown.features.slice(from, from + names.length), names)
    const width = shown.features.length
    shown.items.forEach((item, row) => {
      const expected = new Float32Array(names.length)
      counters.memBoost.writeFeatures(arm, indexOf(page), indexOf(item), NOW, expected, 0)
      const logged = shown.values.subarray(row * width + from, row * width + from + names.length)
      assert.deepEqual(logged, expected)
    })
    const clicked = items[k].id
    await recommender.recordEvents([acting(`logged-${k}`, clicked, { user })])
    const counted = shownBy(request, indexOf)
    counters.count([counted])
    counters.count([actedOn(counted, indexOf(clicked), 'save')!])
  }
  assert.ok(counters.memBoost.size > 0)
})

test('what boosting added is logged and explained, and the score is the sum', async () => {
  const recommender = await open({ experiments })
  const user = visitorsIn('other').next().value
  const { items } = await recommender.related('book-20', { user, requestId: 'boosted', limit: 10 })
  const explanation = await recommender.explain('boosted')
  let boosted = 0
  explanation.items.forEach(({ features, score }, place) => {
    assert.equal(score, items[place].score)
    const added = features.find(({ feature }) => feature === 'counters.boost')!
    assert.equal(added.contribution, added.value)
    if (added.value !== 0) boosted++
    const sum = features.reduce((total, { contribution }) => total + (contribution ?? 0), explanation.base)
    assert.ok(Math.abs(sum - score) < 1e-4, `${sum} for ${score}`)
  })
  assert.ok(boosted > 0)
  const rows = readLogRows(store, { surface: 'related', positive: {}, requests: 1 })
  assert.ok(rows.names.includes('counters.item.coec.7d') && !rows.names.includes('counters.boost'))
})

test('a click without an impression, and one that was sent twice, count nothing', async () => {
  const page = 'book-40'
  const recommender = await open({ boost: true })
  const { items } = await recommender.related(page, { requestId: 'honest', limit: 10 })
  await recommender.related(page, { requestId: 'honest-again', limit: 10 })
  const more = (await recommender.related(page, { limit: LONG })).items
  const [shown, unshown] = [items[0].id, more[more.length - 1].id]
  assert.ok(!items.some(({ id }) => id === unshown))
  const event = acting('honest', shown, { id: 'once' })
  await recommender.recordEvents([event])
  const once = await addendsOf(recommender, page)
  assert.ok(once.get(shown)! > 0)
  await recommender.recordEvents([event])
  for (let k = 0; k < 3; k++)
    await recommender.recordEvents([acting('honest', unshown), acting('never-asked', shown)])
  assertSameAddends(await addendsOf(recommender, page), once)
})

test('counters are the same after a restart, and after a fit amid traffic', async () => {
  const page = 'book-60'
  const live = await open({ boost: true })
  const visit = async (k: number) =>
    (await live.related(page, { requestId: `kept-${k}`, limit: 15 })).items.map(({ id }) => id)
  const lists = [await visit(0), await visit(1), await visit(2)]
  await live.recordEvents([acting('kept-0', lists[0][4]), acting('kept-1', lists[1][7], { kind: 'click' })])
  assertSameAddends(await addendsOf(await open({ boost: true }), page), await addendsOf(live, page))

  const former = await activeSnapshot(club.snapshotFolder)
  await fitStore(store, {
    snapshotFolder: club.snapshotFolder,
    keep: 3,
    threads: 1,
    seed: 1,
    progress: silentProgress,
    learned: plainRanking(),
    now: NOW,
  })
  const fitted = await activeSnapshot(club.snapshotFolder)
  assert.notEqual(fitted, former)
  assert.ok((await readSnapshot(club.snapshotFolder, fitted)).counters)

  // The server that runs on goes on with its own; what comes now is after the fit, some of it about lists before.
  lists.push(await visit(3))
  await live.recordEvents([
    acting('kept-2', lists[2][9], { kind: 'purchase' }),
    acting('kept-3', lists[3][2]),
  ])
  const restarted = await addendsOf(await open({ boost: true }), page)
  assert.ok(restarted.get(lists[2][9])! > restarted.get(lists[2][0])!)
  await activateSnapshot(club.snapshotFolder, former)
  assertSameAddends(await addendsOf(live, page), restarted)
  await activateSnapshot(club.snapshotFolder, fitted)
})

test('what came after a position of the event log is left for the replay', () => {
  const { items } = loadDataset(store).catalog
  const position = store.lastEventPosition()
  const counted = countLog(store, items, position)
  store.appendEvents([acting('kept-0', store.getRequest('kept-0')!.request.shown.items[0])])
  assert.deepEqual(countLog(store, items, position), counted)
  assert.notDeepEqual(countLog(store, items, position + 1), counted)
})

test('arms have one number together, in whatever order they are named, and nobody has none', () => {
  assert.equal(armNumber({}), 0)
  const number = armNumber({ a: 'x', b: 'y' })
  assert.equal(armNumber({ b: 'y', a: 'x' }), number)
  assert.notEqual(armNumber({ a: 'y', b: 'x' }), number)
  assert.ok(Number.isInteger(number) && number > 0 && number < 2 ** 32)
})
