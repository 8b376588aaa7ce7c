/** @file Requests that come together share a scan, get their own answers, and wait no longer than they may. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BatchingOptions, BatchingSearch, type Clock } from '../../src/vectors/batching-search.ts'
import { LocalSearch } from '../../src/vectors/local-search.ts'
import type { Neighbours } from '../../src/vectors/neighbours.ts'
import type { SearchRequest, VectorSearch } from '../../src/vectors/vector-search.ts'
import { randomTable } from './random-table.ts'

/** A clock that is wound by hand. */
class HandClock implements Clock {
  #now = 0
  #calls: { at: number; call: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): void {
    this.#calls.push({ at: this.#now + ms, call })
  }

  wind(ms: number): void {
    this.#now += ms
    const due = this.#calls.filter(({ at }) => at <= this.#now)
    this.#calls = this.#calls.filter(({ at }) => at > this.#now)
    for (const { call } of due) call()
  }
}

/** Answers when it is told to, and keeps what it was asked. */
class HeldSearch implements VectorSearch {
  readonly asked: SearchRequest[] = []
  readonly #waiting: (() => void)[] = []
  readonly #table = randomTable({
    seed: 3,
    format: 'int8',
    metric: 'l2',
    dim: 4,
    rows: 300,
    dead: 0,
    coarse: true,
  }).table
  readonly local = new LocalSearch(this.#table)

  search(request: SearchRequest): Promise<Neighbours[]> {
    this.asked.push(request)
    return new Promise((resolve, reject) =>
      this.#waiting.push(() => {
        try {
          resolve(this.local.search(request))
        } catch (error) {
          reject(error)
        }
      }),
    )
  }

  /** Lets everything that is asked go on, until nothing is. */
  async answer(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      const next = this.#waiting.shift()
      if (next) quiet = 0
      next?.()
      await Promise.resolve()
    }
  }

  async close(): Promise<void> {}
}

function opened(options: Partial<BatchingOptions> = {}) {
  const clock = new HandClock()
  const held = new HeldSearch()
  return { clock, held, batching: new BatchingSearch(held, 4, { clock, ...options }) }
}

const query = (seed: number) => Float32Array.of(seed, -1, seed % 3, 2)
const queriesOf = (asked: SearchRequest[]) => asked.map(({ queries }) => queries.length / 4)

test('requests of one moment are one matrix, and each gets what it asked for', async () => {
  const { clock, held, batching } = opened()
  const requests = [1, 2, 3, 4].map((seed) => ({ queries: query(seed), k: 5 * seed }))
  requests.push({ queries: Float32Array.of(...query(5), ...query(6)), k: 1 })
  const answers = requests.map((request) => batching.search(request))
  assert.deepEqual(queriesOf(held.asked), [])
  clock.wind(0)
  assert.deepEqual(queriesOf(held.asked), [6])
  await held.answer()
  const found = await Promise.all(answers)
  found.forEach((lists, n) => {
    assert.deepEqual(lists, held.local.search(requests[n]))
  })
})

test('while a search runs others gather, and go together when it is done', async () => {
  const { clock, held, batching } = opened({ waitMs: 1000 })
  const first = batching.search({ queries: query(1), k: 3 })
  clock.wind(0)
  const others = [2, 3, 4].map((seed) => batching.search({ queries: query(seed), k: 3 }))
  clock.wind(10)
  assert.deepEqual(queriesOf(held.asked), [1])
  await held.answer()
  await Promise.all([first, ...others])
  assert.deepEqual(queriesOf(held.asked), [1, 3])
})

test('a request that has waited as long as it may goes beside the search that runs', async () => {
  const { clock, held, batching } = opened({ waitMs: 5 })
  batching.search({ queries: query(1), k: 3 })
  clock.wind(0)
  batching.search({ queries: query(2), k: 3 })
  clock.wind(3)
  batching.search({ queries: query(3), k: 3 })
  assert.deepEqual(queriesOf(held.asked), [1])
  clock.wind(2)
  assert.deepEqual(queriesOf(held.asked), [1, 2])
})

test('a full batch waits for nothing', () => {
  const { held, batching } = opened({ mostQueries: 2 })
  for (const seed of [1, 2, 3]) batching.search({ queries: query(seed), k: 3 })
  assert.deepEqual(queriesOf(held.asked), [2])
})

test('other filters, bitmaps and sizes of k are other scans', async () => {
  const { clock, held, batching } = opened()
  const allowed = Uint32Array.of(0xffff)
  const requests: SearchRequest[] = [
    { queries: query(1), k: 3 },
    { queries: query(2), k: 3, filter: { attribute: 'price', from: 10 } },
    { queries: query(3), k: 3, filter: { attribute: 'price', from: 10 } },
    { queries: query(4), k: 3, allowed },
    { queries: query(5), k: 4, allowed },
    { queries: query(6), k: 3, allowed: Uint32Array.of(0xffff) },
    { queries: query(7), k: 50_000 },
  ]
  const answers = requests.map((request) => batching.search(request))
  clock.wind(0)
  assert.deepEqual(queriesOf(held.asked), [1, 2, 2, 1, 1])
  await held.answer()
  for (const [n, lists] of (await Promise.all(answers)).entries())
    assert.deepEqual(lists, held.local.search(requests[n]))
})

test('a request that does not fit fails alone', async () => {
  const { clock, held, batching } = opened()
  const good = batching.search({ queries: query(1), k: 3 })
  const bad = batching.search({ queries: Float32Array.of(1, 2, Number.NaN, 4), k: 3 })
  clock.wind(0)
  const refused = assert.rejects(bad, { code: 'invalid-option' })
  await held.answer()
  await refused
  assert.equal((await good)[0].items.length, 3)
  await assert.rejects(batching.search({ queries: new Float32Array(5), k: 3 }), { code: 'invalid-option' })
})
