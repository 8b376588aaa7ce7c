/** @file The recommender in one thread: visits, histories, live items, and what a log that fails leaves behind. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { NotFoundError, UnavailableError } from '../../src/base/errors.ts'
import { localExecutor } from '../../src/cascade/local-executor.ts'
import { type DurableLog, Recommender } from '../../src/cascade/recommender.ts'
import { replay } from '../../src/cascade/replay.ts'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import { assign } from '../../src/experiments/assignment.ts'
import { type Experiment, parseExperiments } from '../../src/experiments/declaration.ts'
import type { EventKind, EventRecord, Item, RequestRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { fittedClub } from '../server/reading-club.ts'

const club = await fittedClub()
after(() => club.remove())
const NOW = 1_707_700_000_000
const MINUTE = 60_000

/** A log that keeps everything in memory, or refuses. */
class MemoryLog implements DurableLog {
  readonly events: EventRecord[] = []
  readonly items: Item[] = []
  readonly requests: RequestRecord[] = []
  refuses = false

  async putItems(items: readonly Item[]) {
    if (this.refuses) throw new UnavailableError('the disk is full')
    this.items.push(...items)
    return { added: items.length, updated: 0, repeated: 0 }
  }

  async appendRequests(requests: readonly RequestRecord[]) {
    if (this.refuses) throw new UnavailableError('the disk is full')
    this.requests.push(...requests)
  }

  async findRequest(): Promise<undefined> {}

  async appendEvents(events: readonly EventRecord[]) {
    if (this.refuses) throw new UnavailableError('the disk is full')
    this.events.push(...events)
    return { added: events.length, updated: 0, repeated: 0 }
  }
}

async function openRecommender(experiments: readonly Experiment[] = []) {
  const snapshot = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
  const log = new MemoryLog()
  const executor = localExecutor(snapshot, () => 0)
  return { recommender: new Recommender({ snapshot, executor, log, now: () => NOW, experiments }), log }
}
const event = (user: string, item: string, kind: EventKind = 'click', time = NOW): EventRecord => ({
  id: null,
  time,
  user,
  item,
  kind,
  value: null,
  session: null,
  context: null,
})
const book = (id: string, parts: Partial<Item> = {}): Item => ({
  id,
  title: id,
  text: '',
  tags: [],
  attributes: {},
  image: null,
  createdAt: NOW,
  hidden: false,
  ...parts,
})
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)

test('what a user looked at in this visit has its say in what is related, an older visit has not', async () => {
  const { recommender } = await openRecommender()
  const alone = idsOf(await recommender.related('book-0', { limit: 30 }))
  await recommender.recordEvents([event('old', 'book-1', 'click', NOW - 40 * MINUTE)])
  assert.deepEqual(idsOf(await recommender.related('book-0', { limit: 30, user: 'old' })), alone)
  await recommender.recordEvents([event('now', 'book-1', 'click', NOW - 5 * MINUTE)])
  const both = idsOf(await recommender.related('book-0', { limit: 30, user: 'now' }))
  assert.notDeepEqual(both, alone)
  assert.ok(!both.includes('book-0') && !both.includes('book-1'))
})

test("what is drawn anew follows from a request's id, and from the seed where somebody names one", async () => {
  const snapshot = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
  const draws: (number | undefined)[] = []
  const local = localExecutor(snapshot, () => 0)
  const executor: typeof local = {
    ...local,
    run: (cascade) => {
      draws.push(cascade.request.draw)
      return local.run(cascade)
    },
  }
  const recommender = new Recommender({ snapshot, executor, log: new MemoryLog(), now: () => NOW })
  for (const options of [{ requestId: 'a' }, { requestId: 'b' }, { requestId: 'c', seed: 3 }, {}])
    await recommender.home('user-0', options)
  const [a, b, named, without] = draws
  assert.ok(a !== undefined && b !== undefined && a !== b)
  assert.ok(named === undefined && without === undefined)
})

test('impressions and hides are logged but say nothing about liking', async () => {
  const { recommender, log } = await openRecommender()
  await recommender.recordEvents([event('shy', 'book-3', 'impression'), event('shy', 'book-4', 'hide')])
  assert.equal(log.events.length, 2)
  assert.equal((await recommender.home('shy')).knownUser, false)
  await recommender.recordEvents([event('shy', 'book-3', 'save')])
  assert.equal((await recommender.home('shy')).knownUser, true)
})

test('what a user hides is not recommended to that user again, and to others as before', async () => {
  const { recommender } = await openRecommender()
  const [first] = idsOf(await recommender.related('book-0', { limit: 1, user: 'picky' }))
  await recommender.recordEvents([event('picky', first!, 'hide')])
  assert.ok(!idsOf(await recommender.related('book-0', { limit: 200, user: 'picky' })).includes(first!))
  assert.ok(!idsOf(await recommender.home('picky', { limit: 200 })).includes(first!))
  assert.equal(idsOf(await recommender.related('book-0', { limit: 1, user: 'other' }))[0], first)
  assert.equal(idsOf(await recommender.related('book-0', { limit: 1 }))[0], first)
})

test('what could not be logged has not happened', async () => {
  const { recommender, log } = await openRecommender()
  log.refuses = true
  await assert.rejects(recommender.recordEvents([event('unlucky', 'book-3')]), UnavailableError)
  await assert.rejects(recommender.putItems([book('never')]), UnavailableError)
  assert.equal((await recommender.home('unlucky')).knownUser, false)
  await assert.rejects(recommender.related('never'), NotFoundError)
})

test('an event of an item that is not there names its place, and none of the batch is logged', async () => {
  const { recommender, log } = await openRecommender()
  await assert.rejects(
    recommender.recordEvents([event('u', 'book-3'), event('u', 'ghost')]),
    (error) => error instanceof NotFoundError && error.field === 'events[1].item',
  )
  assert.equal(log.events.length, 0)
})

test('the popular items are those in the most collections, without hidden ones', async () => {
  const { recommender } = await openRecommender()
  const store = openStore(club.storePath)
  const readers = new Map<string, Set<string>>()
  for (const { events } of store.events()) {
    for (const { user, item } of events) readers.set(item, (readers.get(item) ?? new Set()).add(user))
  }
  store.close()
  const popular = recommender.popular(20).map(({ id }) => id)
  const counts = popular.map((id) => readers.get(id)!.size)
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => b - a),
  )
  await recommender.putItems([book(popular[0]!, { hidden: true })])
  assert.deepEqual(
    recommender.popular(19).map(({ id }) => id),
    popular.slice(1),
  )
  await recommender.putItems([book(popular[0]!)])
  assert.equal(recommender.popular(1)[0]!.id, popular[0])
})

test('a changed item shows its new card; a hidden one comes back when it is shown again', async () => {
  const { recommender } = await openRecommender()
  const [first] = idsOf(await recommender.related('book-0', { limit: 1 }))
  await recommender.putItems([book(first!, { title: 'Another title', hidden: true })])
  assert.ok(!idsOf(await recommender.related('book-0', { limit: 100 })).includes(first!))
  assert.equal(recommender.item(first!).title, 'Another title')
  await recommender.putItems([book(first!)])
  assert.equal(idsOf(await recommender.related('book-0', { limit: 1 }))[0], first)
})

test('a new item is found and can be asked about before anybody has touched it', async () => {
  const { recommender } = await openRecommender()
  await recommender.putItems([book('zebra', { title: 'Zebra poetry', tags: ['poetry'] })])
  assert.deepEqual(idsOf({ items: await recommender.search('zeb') }), ['zebra'])
  const { items } = await recommender.related('zebra', { limit: 5 })
  assert.equal(items.length, 5)
  await recommender.recordEvents([event('first', 'zebra')])
  assert.ok(!idsOf(await recommender.home('first', { limit: 100 })).includes('zebra'))
})

test('after a restart the live state is what it was before', async () => {
  const { recommender, log } = await openRecommender()
  await recommender.putItems([book('late', { title: 'Latecomer' }), book('book-9', { hidden: true })])
  await recommender.recordEvents([event('returning', 'book-2'), event('returning', 'late')])
  await recommender.recordEvents([event('returning', 'book-5', 'hide')])
  const answers = async (of: Recommender) => [
    (await of.home('returning', { limit: 100 })).items,
    (await of.related('late', { limit: 100 })).items,
    await of.search('latecomer'),
  ]
  const store = openStore(club.storePath)
  try {
    store.putItems(log.items)
    store.appendEvents(log.events)
    const { recommender: again } = await openRecommender()
    await replay(store, again)
    assert.deepEqual(await answers(again), await answers(recommender))
  } finally {
    store.close()
  }
})

test('a request is logged with the arms of its user, and a nameless one is in none', async () => {
  const experiments = parseExperiments({
    experiments: [
      {
        name: 'with-ranker',
        surfaces: ['related'],
        arms: [
          { name: 'control', share: 0.5, settings: { ranker: false } },
          { name: 'ranked', share: 0.5 },
        ],
      },
      {
        name: 'elsewhere',
        surfaces: ['home'],
        layer: 'home',
        arms: [
          { name: 'a', share: 0.5 },
          { name: 'b', share: 0.5 },
        ],
      },
    ],
  })
  const { recommender, log } = await openRecommender(experiments)
  for (let k = 0; k < 30; k++)
    await recommender.related('book-3', { user: `member-${k}`, requestId: `r${k}` })
  await recommender.related('book-3', { requestId: 'nameless' })
  const arms = log.requests.map((request) => request.arms)
  assert.ok(log.requests.every(({ ranker }) => ranker === 'blend'))
  assert.deepEqual(arms.pop(), {})
  arms.forEach((one, k) => {
    assert.deepEqual(one, { 'with-ranker': assign(experiments[0], `member-${k}`)!.name })
  })
  assert.equal(new Set(arms.map((one) => one['with-ranker'])).size, 2)
})

test('a request without an id is answered and not logged', async () => {
  const { recommender, log } = await openRecommender()
  assert.ok((await recommender.related('book-3')).items.length > 0)
  assert.equal(log.requests.length, 0)
})

test('a list that cannot be logged is answered all the same, and says so', async () => {
  const { recommender, log } = await openRecommender()
  log.refuses = true
  const unlogged = await recommender.related('book-3', { requestId: 'unlogged' })
  assert.equal(unlogged.logged, false)
  assert.ok(unlogged.items.length > 0)
  log.refuses = false
  assert.equal((await recommender.related('book-3', { requestId: 'again' })).logged, true)
  assert.deepEqual(
    log.requests.map(({ id }) => id),
    ['again'],
  )
})
