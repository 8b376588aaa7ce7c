/** @file The contract that every registered source keeps, whatever it does: one suite for all of them. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import test, { after, describe } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type Artefact, readArtefact, writeArtefact } from '../../src/base/array-file.ts'
import { silentProgress } from '../../src/base/progress.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import type { Candidates } from '../../src/sources/candidates.ts'
import { sourceDefinitions } from '../../src/sources/registry.ts'
import { type ResolvedRequest, SURFACES } from '../../src/sources/request.ts'
import type { FitInput, LiveItem, SourceDefinition } from '../../src/sources/source.ts'
import { worldDataset } from '../data/world-dataset.ts'
import { requestFor } from './requests.ts'

const ITEMS = 150
const HUGE = 100_000
/** A world that has everything that any source may ask for: text, pictures, times, sessions, boards, slices. */
const { dataset, folder, remove } = await worldDataset(
  { items: ITEMS, users: 120, events: 5_000, collections: 60, topics: 8 },
  true,
)
after(remove)
const graph = itemGraphOf(dataset)
const shared = { catalog: dataset.catalog, users: dataset.users, graph, imageFolder: dataset.imageFolder }

/** The same parts for all fits, so that only the source can make a difference. */
const inputWith = (threads: number): FitInput => ({
  dataset,
  graph,
  threads,
  seed: 7,
  progress: silentProgress,
})

/** What came back, as plain values that no later request can change. */
const listed = ({ items, scores }: Candidates) => ({ items: Array.from(items), scores: Array.from(scores) })

const bytes = ({ arrays, meta }: Artefact) => ({
  arrays: Object.entries(arrays).map(([name, array]) => [
    name,
    Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64'),
  ]),
  meta,
})

const itemLists = fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 12 })

const requests = fc
  .record({
    surface: fc.constantFrom(...SURFACES),
    items: itemLists,
    user: fc.integer({ min: -1, max: 119 }),
    region: fc.nat(5),
    language: fc.nat(3),
    segment: fc.nat(5),
    seed: fc.nat(),
  })
  .map(
    ({ items, ...rest }): ResolvedRequest =>
      requestFor(items, {
        ...rest,
        weights: Float32Array.from(items, (_, k) => 1 / (1 + (k % 3))),
        time: dataset.now,
      }),
  )

const limits = fc.constantFrom(0, 1, 2, 10, HUGE)

for (const definition of sourceDefinitions) describe(`source ${definition.name}`, () => contract(definition))

function contract(definition: SourceDefinition): void {
  const options = definition.options.parse({})
  let fitted: Promise<Artefact> | undefined
  const artefact = () => {
    fitted ??= definition.fit(inputWith(2), options)
    return fitted
  }
  const open = async () => definition.open(await artefact(), shared)

  test('serves a world that has everything', () => {
    assert.equal(definition.unsuitable?.(inputWith(2), options) ?? null, null)
  })

  test('proposes distinct items of the catalogue, best first, ties by index, none of the asked', async () => {
    const source = await open()
    fc.assert(
      fc.property(requests, limits, (request, limit) => {
        requireSound(source.propose(request, limit), request, limit)
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('proposes something for items that people touched often', async () => {
    const source = await open()
    const busy = busiestItems(3)
    const found = source.propose(
      requestFor(busy, { region: 1, segment: 1, language: 1, time: dataset.now }),
      10,
    )
    assert.ok(found.items.length > 0)
  })

  test('gives the head of a longer list when asked for less', async () => {
    const source = await open()
    fc.assert(
      fc.property(requests, fc.nat(20), (request, limit) => {
        const all = listed(source.propose(request, HUGE))
        const some = listed(source.propose(request, limit))
        assert.deepEqual(some, { items: all.items.slice(0, limit), scores: all.scores.slice(0, limit) })
      }),
      { numRuns: 20, seed: 2 },
    )
  })

  test('who heeds a condition finds the same as a filter of everything would', async () => {
    const source = await open()
    if (!source.heedsCondition) return
    const passes = (item: number) => item % 7 === 3
    const condition = { filters: [{ attribute: 'shelf', values: ['3'] }], passes }
    let found = 0
    fc.assert(
      fc.property(requests, fc.nat(20), (request, limit) => {
        const all = listed(source.propose(request, HUGE))
        const rows = Array.from(all.items.keys()).filter((row) => passes(all.items[row]!))
        const some = listed(source.propose({ ...request, condition }, limit))
        assert.deepEqual(some.items, rows.map((row) => all.items[row]).slice(0, limit))
        assert.deepEqual(some.scores, rows.map((row) => all.scores[row]).slice(0, limit))
        found += some.items.length
      }),
      { numRuns: 20, seed: 5 },
    )
    assert.ok(found > 0)
  })

  test('who can say what is near words says it in order, by cosines, and of items that it knows', async () => {
    const source = await open()
    if (!source.search) return
    const search = source.search.bind(source)
    const near = (items: readonly number[], limit: number) => {
      const weights = Float32Array.from(items, (_, k) => 1 + (k % 3))
      return listed(search({ items: Uint32Array.from(items), weights }, limit))
    }
    fc.assert(
      fc.property(itemLists, limits, (items, limit) => {
        const all = near(items, HUGE)
        assert.equal(new Set(all.items).size, all.items.length)
        assert.ok(all.items.every((item) => item < ITEMS))
        assert.ok(all.scores.every((score, k) => score <= 1.000001 && score >= (all.scores[k + 1] ?? -1)))
        const some = { items: all.items.slice(0, limit), scores: all.scores.slice(0, limit) }
        assert.deepEqual(near(items, limit), some)
      }),
      { numRuns: 40, seed: 6 },
    )
    const busy = busiestItems(2)
    assert.ok(near(busy, 10).items.length > 0)
    assert.deepEqual(near([ITEMS + 7, ...busy], 20).items.length, 20)
    for (const none of [[], [ITEMS + 7]]) assert.deepEqual(near(none, 10), { items: [], scores: [] })
  })

  test('answers alike whatever was asked before, and leaves requests and earlier answers as they were', async () => {
    const source = await open()
    fc.assert(
      fc.property(requests, requests, (request, other) => {
        const before = structuredClone(request)
        const kept = source.propose(request, HUGE)
        const first = listed(kept)
        source.propose(other, 5)
        assert.deepEqual(listed(kept), first)
        assert.deepEqual(listed(source.propose(request, HUGE)), first)
        assert.deepEqual(request, before)
      }),
      { numRuns: 20, seed: 3 },
    )
  })

  test('passes over query items that it does not know', async () => {
    const source = await open()
    for (const unknown of [ITEMS, ITEMS + 1000, 0xffffffff]) {
      const known = busiestItems(2)
      const plain = requestFor(known, { region: 2, segment: 2, time: dataset.now })
      const strange = requestFor([unknown, ...known], { region: 2, segment: 2, time: dataset.now })
      assert.deepEqual(listed(source.propose(strange, 50)), listed(source.propose(plain, 50)))
      requireSound(source.propose(requestFor([unknown]), 50), requestFor([unknown]), 50)
      assert.deepEqual(listed(source.propose(plain, 50)), listed((await open()).propose(plain, 50)))
    }
  })

  test('has a valid answer for a request that says nothing', async () => {
    const source = await open()
    for (const limit of [0, 1, HUGE])
      requireSound(source.propose(requestFor([]), limit), requestFor([]), limit)
  })

  test('is the same after a round over the disk', async () => {
    const path = join(folder, `${definition.name}.labrador`)
    await writeArtefact(path, await artefact())
    const read = await readArtefact(path)
    assert.deepEqual(bytes(read), bytes(await artefact()))
    const [original, reopened] = [await open(), definition.open(read, shared)]
    fc.assert(
      fc.property(requests, (request) => {
        assert.deepEqual(listed(reopened.propose(request, 30)), listed(original.propose(request, 30)))
      }),
      { numRuns: 10, seed: 4 },
    )
  })

  test('fits to the same bytes with the same seed, whatever the number of threads', async () => {
    const once = bytes(await artefact())
    const isSame = async (threads: number) =>
      isDeepStrictEqual(bytes(await definition.fit(inputWith(threads), options)), once)
    assert.ok(await isSame(2), 'as many threads')
    // What networks sum is split over threads.
    if (!definition.followsThreads) assert.ok(await isSame(1), 'one thread')
  })

  test('takes in new items, when it does, without losing what it knew', async () => {
    const source = await open()
    if (!source.addItems) return
    await source.addItems([liveItem(ITEMS), liveItem(ITEMS + 1)])
    for (const items of [busiestItems(2), [ITEMS], [ITEMS + 1, 0]]) {
      const request = requestFor(items, { time: dataset.now })
      requireSound(source.propose(request, HUGE), request, HUGE, ITEMS + 2)
    }
    // The two share their words and their picture, and are young.
    const asked = requestFor([ITEMS], { time: dataset.now })
    assert.ok(source.propose(asked, HUGE).items.some((item) => item >= ITEMS))
  })
}

function requireSound(
  { items, scores }: Candidates,
  request: ResolvedRequest,
  limit: number,
  size = ITEMS,
): void {
  assert.ok(items instanceof Uint32Array && scores instanceof Float32Array)
  assert.equal(items.length, scores.length)
  assert.ok(items.length <= limit)
  assert.equal(new Set(items).size, items.length)
  for (let k = 0; k < items.length; k++) {
    assert.ok(items[k] < size, `item ${items[k]} is not in the catalogue`)
    assert.ok(Number.isFinite(scores[k]), `score ${scores[k]} of item ${items[k]}`)
    assert.ok(!request.items.includes(items[k]), `item ${items[k]} was asked for`)
    if (k === 0) continue
    const inOrder = scores[k - 1] > scores[k] || (scores[k - 1] === scores[k] && items[k - 1] < items[k])
    assert.ok(inOrder, `rank ${k}: ${scores[k - 1]} of ${items[k - 1]}, then ${scores[k]} of ${items[k]}`)
  }
}

/** Items with the most interactions. */
function busiestItems(count: number): number[] {
  const touches = new Uint32Array(ITEMS)
  for (const item of dataset.interactions.item) touches[item]++
  const order = Array.from(touches.keys()).sort((a, b) => touches[b] - touches[a] || a - b)
  return order.slice(0, count)
}

/** An item that came after the fit. */
function liveItem(index: number): LiveItem {
  return {
    index,
    title: 'Zanzibar zeppelin',
    text: '',
    tags: ['zeppelin'],
    image: 'images/0.png',
    category: 'travel',
    region: '',
    language: 'common',
    createdAt: dataset.now,
  }
}
