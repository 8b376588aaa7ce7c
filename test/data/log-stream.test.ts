/** @file Batches from the event log against a slow reference, resumed trainings, and a law that only a corrected loss finds. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { InvalidOptionError } from '../../src/base/errors.ts'
import { idAt } from '../../src/base/id-table.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { LogStream, type LogStreamOptions } from '../../src/data/log-stream.ts'
import type { PositiveRule } from '../../src/data/positive.ts'
import { inAdvance, type TrainBatch } from '../../src/nn/batches.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { sampledSoftmax } from '../../src/nn/losses/sampled-softmax.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { logQSampler } from '../../src/nn/sampling/log-q-sampler.ts'
import { StreamingFrequency } from '../../src/nn/sampling/streaming-frequency.ts'
import { linearDecay } from '../../src/nn/schedule.ts'
import { input } from '../../src/nn/tensor.ts'
import { Trainer } from '../../src/nn/trainer.ts'
import type { EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import {
  correlationWithLaw,
  drawItem,
  ITEMS,
  law,
  scoresOf,
  slopeOnPopularity,
  USERS,
} from '../nn/losses/popular-law.ts'
import { temporaryFolder } from './folder.ts'
import { storeOfLog } from './log-training.ts'

const run = promisify(execFile)

type Logged = Pick<EventRecord, 'user' | 'item' | 'time' | 'kind' | 'value'>
interface Example {
  user: string
  item: string
  /** NaN where unknown. */
  time: number
  history: string[]
}

const whole = (event: Logged): EventRecord => ({ id: null, session: null, context: null, ...event })

async function emptyStore(context: TestContext): Promise<Store> {
  const store = openStore(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  return store
}

/** All batches of an epoch, as examples. */
async function examplesOf(store: Store, stream: LogStream, epoch = 0, from = 0): Promise<Example[][]> {
  const found: Example[][] = []
  const [users, items] = [store.idsOf('users'), store.idsOf('items')]
  for await (const batch of inAdvance(stream, epoch, from, 3))
    found.push(
      Array.from(batch.user!, (user, k) => ({
        user: idAt(users, user),
        item: idAt(items, batch.item![k]!),
        time: batch.time![k]!,
        history: historyOf(batch, k).map((item) => idAt(items, item)),
      })),
    )
  return found
}

function historyOf(batch: TrainBatch, example: number): number[] {
  const [from, to] = [batch['history/offsets']![example]!, batch['history/offsets']![example + 1]!]
  const own = Array.from(batch.history!.slice(from, to))
  for (const weight of batch['history/weights']!.slice(from, to))
    assert.equal(weight, Math.fround(1 / Math.sqrt(own.length)))
  return own
}

/** The slow and obvious way. */
function reference(log: readonly Logged[], rule: PositiveRule, most: number, before = Infinity): Example[] {
  const counted = log.filter(
    ({ kind, value, time }) =>
      (rule.weights?.[kind] ?? (kind === 'impression' || kind === 'hide' ? 0 : 1)) > 0 &&
      !(
        kind === 'rating' &&
        value !== null &&
        rule.minimumRating !== undefined &&
        value < rule.minimumRating
      ) &&
      (before === Infinity || (time !== null && time < before)),
  )
  const isTimed = counted.some(({ time }) => time !== null)
  const ordered = isTimed
    ? counted.filter(({ time }) => time !== null).toSorted((a, b) => a.time! - b.time!)
    : counted
  return ordered.map(({ user, item, time }, k) => ({
    user,
    item,
    time: time ?? Number.NaN,
    history:
      most === 0
        ? []
        : ordered
            .slice(0, k)
            .flatMap((one) => (one.user === user ? [one.item] : []))
            .slice(-most),
  }))
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, k) => all.slice(k * size, (k + 1) * size))
const sorted = (examples: readonly Example[]) => examples.map((one) => JSON.stringify(one)).toSorted()

const logged: fc.Arbitrary<Logged> = fc.record({
  user: fc.constantFrom('ann', 'bob', 'cid'),
  item: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  // Few times, so that many are equal.
  time: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.constant(null)),
  kind: fc.constantFrom('click', 'rating', 'save', 'impression', 'hide'),
  value: fc.constantFrom(null, 1, 3, 5),
})

test('batches of random logs are those of the slow way: in order, or shuffled within blocks', async (context) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(logged, { maxLength: 40 }),
      fc.record({
        history: fc.integer({ min: 0, max: 4 }),
        batch: fc.integer({ min: 1, max: 6 }),
        block: fc.option(fc.integer({ min: 1, max: 20 })),
        minimumRating: fc.option(fc.constant(3), { nil: undefined }),
        before: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
      }),
      async (log, { history, batch, block, minimumRating, before }) => {
        const store = await emptyStore(context)
        store.appendEvents(log.map(whole))
        const positive = { minimumRating }
        const expected = reference(log, positive, history, before)
        const shuffle = block === null ? undefined : { block, seed: 3 }
        const stream = new LogStream(store, { batch, history, shuffle, positive, before })
        try {
          assert.equal(stream.examples, expected.length)
          for (const epoch of [0, 1]) {
            const found = await examplesOf(store, stream, epoch)
            assert.deepEqual(
              found.map(({ length }) => length),
              chunks(expected, batch).map(({ length }) => length),
            )
            if (block === null) assert.deepEqual(found.flat(), expected)
            const size = Math.ceil((block ?? 1) / batch) * batch
            const [own, others] = [chunks(found.flat(), size), chunks(expected, size)]
            own.forEach((examples, k) => {
              assert.deepEqual(sorted(examples), sorted(others[k]!))
            })
          }
        } finally {
          await stream.close()
        }
      },
    ),
    { numRuns: 25 },
  )
})

test('the examples are the interactions of the dataset, in their order', async (context) => {
  const store = await storeOfLog(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  const { interactions, users, catalog } = loadDataset(store)
  const stream = new LogStream(store, { batch: 100, history: 0 })
  context.after(() => stream.close())
  const found = (await examplesOf(store, stream)).flat()
  assert.equal(found.length, interactions.length)
  found.forEach(({ user, item, time }, k) => {
    assert.equal(user, idAt(users.users, interactions.user[k]!))
    assert.equal(item, idAt(catalog.items, interactions.item[k]!))
    assert.equal(time, interactions.time![k])
  })
})

test('an order of its own in each epoch, and the same one with the same seed', async (context) => {
  const store = await storeOfLog(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  const ordersOf = async (seed: number) => {
    const stream = new LogStream(store, { batch: 64, history: 2, shuffle: { block: 256, seed } })
    const epochs = [await examplesOf(store, stream, 0), await examplesOf(store, stream, 1)]
    await stream.close()
    return epochs
  }
  const [first, again, other] = [await ordersOf(1), await ordersOf(1), await ordersOf(2)]
  assert.deepEqual(first, again)
  assert.notDeepEqual(first[0], first[1])
  assert.notDeepEqual(first[0], other[0])
  const unmoved = first[0]!
    .flat()
    .filter((one, k) => JSON.stringify(one) === JSON.stringify(first[1]!.flat()[k]))
  assert.ok(unmoved.length < 0.1 * first[0]!.flat().length)
})

test('whichever batch is asked for, and in whatever order, it is the same', async (context) => {
  const store = await storeOfLog(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  const stream = new LogStream(store, { batch: 50, history: 3, shuffle: { block: 100, seed: 1 } })
  context.after(() => stream.close())
  const all = await examplesOf(store, stream, 1)
  for (const from of [7, 3, 8, 1]) assert.deepEqual(await examplesOf(store, stream, 1, from), all.slice(from))
})

test('a log without positive events has no batches', async (context) => {
  const store = await emptyStore(context)
  store.appendEvents([whole({ user: 'ann', item: 'a', time: 1, kind: 'hide', value: null })])
  const stream = new LogStream(store, { batch: 4, history: 2 })
  assert.deepEqual([stream.examples, stream.count, await examplesOf(store, stream)], [0, 0, []])
  await stream.close()
})

test('what is resident does not grow with the log', async (context) => {
  const store = await emptyStore(context)
  const log = (count: number) =>
    Array.from({ length: count }, (_, k) =>
      whole({ user: `${k % 10}`, item: `${k % 7}`, time: k, kind: 'click', value: null }),
    )
  const options: LogStreamOptions = { batch: 8, history: 5, shuffle: { block: 64, seed: 1 } }
  store.appendEvents(log(100))
  const before = new LogStream(store, options).residentBytes
  store.appendEvents(log(5000))
  assert.equal(new LogStream(store, options).residentBytes, before)
  // 10 users × (5 items and a count), 64 examples of a block, 8 of a batch.
  assert.equal(before, 10 * 24 + 64 * 44 + 8 * 60)
})

test('options that make no sense are refused', async (context) => {
  const store = await emptyStore(context)
  for (const options of [
    { batch: 0, history: 1 },
    { batch: 1, history: -1 },
    { batch: 1, history: 1.5 },
    { batch: 1, history: 1, shuffle: { block: 0, seed: 1 } },
    { batch: 1, history: 1, before: Number.NaN },
    { batch: 1e12, history: 1 },
  ])
    assert.throws(() => new LogStream(store, options), InvalidOptionError)
})

test('a stream goes on where the log stood when it began, and refuses other options', async (context) => {
  const store = await storeOfLog(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  const options: LogStreamOptions = { batch: 64, history: 3, shuffle: { block: 128, seed: 1 } }
  const first = new LogStream(store, options)
  const kept = JSON.parse(JSON.stringify(first.state))
  const expected = await examplesOf(store, first)
  await first.close()
  store.appendEvents([whole({ user: 'late', item: 'late', time: 0, kind: 'click', value: null })])
  const second = new LogStream(store, options)
  assert.equal(second.examples, first.examples + 1)
  second.resume(kept)
  assert.equal(second.examples, first.examples)
  assert.deepEqual(await examplesOf(store, second), expected)
  // Having begun, it may be told of the same place again, but of no other.
  second.resume(kept)
  const elsewhere = { ...kept, filter: { ...kept.filter, until: kept.filter.until - 1 } }
  assert.throws(() => second.resume(elsewhere), InvalidOptionError)
  await second.close()
  const other = new LogStream(store, { ...options, batch: 32 })
  assert.throws(() => other.resume(kept), InvalidOptionError)
  // A checkpoint is a file, which may hold anything.
  for (const damaged of [null, {}, { filter: null }])
    assert.throws(() => other.resume(damaged), InvalidOptionError)
})

test('a training from a log that grows, killed again and again, ends with the same bits as one that never was', async (context) => {
  const folder = await temporaryFolder(context)
  const module = join(import.meta.dirname, 'log-training.ts')
  const train = async (...given: string[]): Promise<unknown> => {
    const result = await run(process.execPath, [module, ...given]).catch((error) => {
      assert.equal(error.signal, 'SIGKILL')
      return null
    })
    return result && JSON.parse(result.stdout)
  }
  for (const name of ['whole', 'killed']) (await storeOfLog(join(folder, `${name}.db`))).close()
  const expected = await train(join(folder, 'whole.db'), join(folder, 'none'))
  const path = join(folder, 'killed.db')
  for (const moment of ['5', '17', '30']) {
    assert.equal(await train(path, join(folder, 'checkpoint'), moment), null)
    const store = openStore(path)
    store.appendEvents([whole({ user: 'user 1', item: 'item 1', time: 5, kind: 'click', value: null })])
    store.close()
  }
  assert.deepEqual(await train(path, join(folder, 'checkpoint')), expected)
})

/** Scores that a training over a log finds: users come alike, and take up items by the law. */
async function learnedFromLog(context: TestContext, isCorrected: boolean): Promise<number[][]> {
  const [events, batch, width, epochs] = [30_000, 128, 10, 4]
  const store = await emptyStore(context)
  const random = createRandom(11)
  // Ids are numbered when they are first met.
  const known = Array.from({ length: Math.max(USERS, ITEMS) }, (_, k) => [k % USERS, k % ITEMS] as const)
  const drawn = Array.from({ length: events }, () => random.below(USERS)).map(
    (user) => [user, drawItem(law[user]!, random)] as const,
  )
  const event = ([user, item]: readonly [number, number], time: number, kind: 'click' | 'impression') =>
    whole({ user: `user ${user}`, item: `item ${item}`, time, kind, value: null })
  store.appendEvents(known.map((pair) => event(pair, 0, 'impression')))
  store.appendEvents(drawn.map((pair, time) => event(pair, time, 'click')))
  const stream = new LogStream(store, { batch, history: 0, shuffle: { block: 4096, seed: 1 } })
  const [user, item] = ['user', 'item'].map((name) => input(name, ['batch', width]))
  const logQ = isCorrected ? input('logQ', ['batch']) : undefined
  const tables = [USERS, ITEMS].map(
    (rows, seed) => new EmbeddingTable(rows, width, { optimiser: 'adam', seed }),
  )
  const frequency = new StreamingFrequency({ slots: 4096, hashes: 2 })
  const trainer = await Trainer.open(sampledSoftmax(user!, { vectors: item!, logQ }), {
    optimiser: adamW(),
    rate: 0.05,
    schedule: linearDecay(epochs * stream.count),
    seed: 2,
    tables: [
      { input: user!, table: tables[0]! },
      { input: item!, table: tables[1]! },
    ],
    samplers: [logQSampler({ items: 'item', frequency })],
  })
  try {
    await trainer.fit(stream, { epochs, progress: silentProgress })
  } finally {
    await trainer.close()
    await stream.close()
  }
  return scoresOf(tables[0]!.values, tables[1]!.values)
}

test('with logQ estimated from the stream, what is learned is the law; without, popular items are pushed down', async (context) => {
  const corrected = await learnedFromLog(context, true)
  assert.ok(correlationWithLaw(corrected) > 0.96, `${correlationWithLaw(corrected)}`)
  assert.ok(Math.abs(slopeOnPopularity(corrected)) < 0.1, `${slopeOnPopularity(corrected)}`)
  const plain = await learnedFromLog(context, false)
  assert.ok(correlationWithLaw(plain) < 0.8, `${correlationWithLaw(plain)}`)
  assert.ok(Math.abs(slopeOnPopularity(plain) + 1) < 0.15, `${slopeOnPopularity(plain)}`)
})
