/** @file The pool against the executor without threads, and what it does when a thread is slow, full or dead. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { UnavailableError } from '../../src/base/errors.ts'
import { type CascadeRequest, type CascadeResult, namesOf } from '../../src/cascade/cascade.ts'
import { localExecutor } from '../../src/cascade/local-executor.ts'
import { readSnapshot, type Snapshot } from '../../src/cascade/snapshot.ts'
import { type Happened, queryOf } from '../../src/ranking/counters/live-counters.ts'
import { type PoolOptions, poolExecutor } from '../../src/server/pool-executor.ts'
import { GATE, GATED_SOURCE } from './gate.ts'
import { fittedClub } from './reading-club.ts'

const club = await fittedClub()
after(() => club.remove())
const name = '20240211-000000-000'
const snapshot = () => readSnapshot(club.snapshotFolder, name)
/** Long enough for a busy machine to answer within, where nothing is held up. */
const BUDGET_MS = 1000
const PATIENT = { related: 60_000, home: 60_000 }
const clock = () => performance.now()

function requestFor(item: number, surface: 'related' | 'home' = 'related'): CascadeRequest {
  return {
    request: {
      surface,
      items: Uint32Array.of(item),
      weights: Float32Array.of(1),
      times: Float64Array.of(Number.NaN),
      user: -1,
      region: 0,
      language: 0,
      segment: 0,
      time: 1_707_000_000_000,
      seed: 1,
    },
    limit: 20,
    seen: new Uint32Array(0),
    filters: [],
    requestId: null,
    record: false,
    useRanker: true,
    boost: false,
    arm: 0,
  }
}
const listed = ({ items, scores, sourceMasks, candidates, missing }: CascadeResult) => ({
  items: [...items],
  scores: [...scores],
  sourceMasks,
  candidates,
  missing,
})

/** A list that was shown three times, and whose last item was saved each time. */
function happenedWith(items: Uint32Array, surface: 'related' | 'home' = 'related'): Happened[] {
  const { request } = requestFor(7, surface)
  const about = { arm: 0, query: queryOf(request), time: request.time }
  const last = items[items.length - 1]!
  return [0, 1, 2].flatMap((): Happened[] => [
    { kind: 'shown', surface, items, ...about },
    { kind: 'acted', item: last, action: 'save', ...about },
  ])
}

/** A pool whose text source can be held up. */
async function gatedPool(options: Partial<PoolOptions> = {}) {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const shared = await snapshot()
  const lost: Error[] = []
  const onLost = Promise.withResolvers<Error>()
  const executor = await poolExecutor({ ...shared, ...{ gate } } as Snapshot, {
    workers: 2,
    budgetMs: PATIENT,
    module: new URL('./gated-worker.ts', import.meta.url),
    onWorkerLost(error) {
      lost.push(error)
      onLost.resolve(error)
    },
    ...options,
  })
  const set = (state: number) => {
    Atomics.store(gate, 0, state)
    Atomics.notify(gate, 0)
  }
  /** Waits until so many threads have stood at the gate. */
  const waiting = async (count: number) => {
    for (let seen = 0; seen < count; seen = Atomics.load(gate, 1)) {
      await Atomics.waitAsync(gate, 1, seen).value
    }
  }
  return { executor, set, waiting, lost, firstLost: onLost.promise }
}

test('the pool answers what the executor without threads answers', async () => {
  const pool = await poolExecutor(await snapshot(), {
    workers: 2,
    budgetMs: PATIENT,
    onWorkerLost: assert.fail,
  })
  const local = localExecutor(await snapshot(), clock)
  try {
    for (const surface of ['related', 'home'] as const) {
      for (const item of [0, 1, 7, 60, 118]) {
        const request = requestFor(item, surface)
        assert.deepEqual(listed(await pool.run(request)), listed(await local.run(request)))
      }
    }
    assert.deepEqual(await pool.search('quiet harb', 10), await local.search('quiet harb', 10))
    const many = Array.from({ length: 40 }, (_, item) => requestFor(item))
    const together = await Promise.all(many.map((request) => pool.run(request)))
    for (const [k, request] of many.entries()) {
      assert.deepEqual(listed(together[k]!), listed(await local.run(request)))
    }
    assert.equal(pool.load, 0)
  } finally {
    await pool.close()
  }
})

test('the pool counts what the executor without threads counts', async () => {
  const pool = await poolExecutor(await snapshot(), {
    workers: 2,
    budgetMs: PATIENT,
    onWorkerLost: assert.fail,
  })
  const local = localExecutor(await snapshot(), clock)
  try {
    const request = { ...requestFor(7), limit: 50, boost: true, record: true }
    const { items, scores } = await local.run(request)
    for (const executor of [pool, local]) await executor.count(happenedWith(items))
    const counted = await local.run(request)
    assert.notDeepEqual(counted.scores, scores)
    const many = await Promise.all(Array.from({ length: 8 }, () => pool.run(request)))
    for (const answer of many) {
      assert.deepEqual(listed(answer), listed(counted))
      assert.deepEqual(answer.recorded, counted.recorded)
    }
  } finally {
    await pool.close()
  }
})

test('a source over its budget is named, and the others answer without it', async () => {
  const { executor, set, waiting } = await gatedPool({ budgetMs: { related: BUDGET_MS } })
  try {
    set(GATE.closed)
    const first = executor.run(requestFor(7))
    await waiting(1)
    const without = await first
    const late = without.missing.map(({ source }) => source)
    assert.ok(late.includes(GATED_SOURCE))
    assert.match(without.missing[0]!.reason, /1000 ms/)
    assert.ok(without.items.length > 0)
    assert.ok(
      [...without.sourceMasks].every((mask) =>
        namesOf(mask, without.sourceNames).every((name) => !late.includes(name)),
      ),
    )
    set(GATE.open)
    // The lane that was held up is done when everything after it has been answered.
    await executor.changeItems([{ index: 0, hidden: false, attributes: {} }])

    // By now the pool knows who is slow and asks it apart: nobody else is late on its account.
    set(GATE.closed)
    const second = executor.run(requestFor(7))
    await waiting(2)
    assert.deepEqual(
      (await second).missing.map(({ source }) => source),
      [GATED_SOURCE],
    )
  } finally {
    set(GATE.open)
    await executor.close()
  }
})

test('when no source answers in time the request is refused, not answered with nothing', async () => {
  const { executor, set } = await gatedPool({ budgetMs: { related: BUDGET_MS }, workers: 1 })
  try {
    set(GATE.closed)
    await assert.rejects(executor.run(requestFor(7)), UnavailableError)
  } finally {
    set(GATE.open)
    await executor.close()
  }
})

test('requests beyond the load that workers can hold are turned away, the others answered', async () => {
  const { executor, set, waiting } = await gatedPool({
    maxLoad: 2,
    budgetMs: { related: 60_000 },
    workers: 1,
  })
  try {
    set(GATE.closed)
    const held = [executor.run(requestFor(1))]
    await waiting(1)
    held.push(executor.run(requestFor(2)))
    await assert.rejects(
      executor.run(requestFor(3)),
      (error) => error instanceof UnavailableError && error.status === 503,
    )
    await assert.rejects(executor.search('harbour', 5), UnavailableError)
    set(GATE.open)
    for (const { items } of await Promise.all(held)) assert.ok(items.length > 0)
    assert.ok((await executor.run(requestFor(3))).items.length > 0)
  } finally {
    set(GATE.open)
    await executor.close()
  }
})

test('a worker that dies is replaced, and the new one knows what came after the snapshot', async () => {
  const { executor, set, lost, firstLost } = await gatedPool({ workers: 1 })
  try {
    const live = { index: 120, title: 'Zanzibar', text: '', tags: [], category: '', region: '', language: '' }
    await executor.addItems([{ ...live, createdAt: 1_706_900_000_000 }])
    await executor.changeItems([{ index: 60, hidden: true, attributes: {} }])
    const { items } = await executor.run(requestFor(0, 'home'))
    await executor.count(happenedWith(items, 'home'))
    const boosted = { ...requestFor(0, 'home'), boost: true }
    const before = await executor.run(boosted)
    assert.notDeepEqual(listed(before), listed(await executor.run(requestFor(0, 'home'))))
    set(GATE.exit)
    await assert.rejects(executor.run(requestFor(0, 'home')), UnavailableError)
    await firstLost
    set(GATE.open)
    assert.equal(lost.length, 1)
    assert.deepEqual(listed(await executor.run(boosted)), listed(before))
    assert.deepEqual([...(await executor.search('zanzibar', 5)).items], [120])
    const all = await executor.run({ ...requestFor(0, 'home'), limit: 500 })
    assert.ok(all.items.includes(120) && !all.items.includes(60))
  } finally {
    await executor.close()
  }
})

test('a snapshot that workers cannot open is an error at the start, not a loop of dying threads', async () => {
  const damaged = await snapshot()
  damaged.search = { arrays: {}, meta: {} }
  await assert.rejects(poolExecutor(damaged, { workers: 2, onWorkerLost: assert.fail }), UnavailableError)
})
