/** @file Constants of a surface: declared in one place, refused when unknown, held in the snapshot, used by all who ask. */

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { InvalidOptionError } from '../../src/base/errors.ts'
import { silentProgress } from '../../src/base/progress.ts'
import type { CascadeRequest } from '../../src/cascade/cascade.ts'
import { fitSnapshot } from '../../src/cascade/fit-snapshot.ts'
import { LocalCascade, localExecutor } from '../../src/cascade/local-executor.ts'
import { Recommender } from '../../src/cascade/recommender.ts'
import { readSnapshot, type Snapshot, writeSnapshot } from '../../src/cascade/snapshot.ts'
import { allSurfaceConstants, askedOf, queryWeights, surfaceConstants } from '../../src/cascade/surfaces.ts'
import { noConstants, type Tuned, tunedSchema } from '../../src/cascade/tuned.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { evaluate } from '../../src/evaluation/evaluate.ts'
import type { ResolvedRequest } from '../../src/sources/request.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { openClub } from '../server/reading-club.ts'
import { requestFor } from '../sources/requests.ts'

const club = await openClub()
after(() => club.remove())
const store = openStore(club.storePath)
after(() => store.close())
const dataset = loadDataset(store)
const SOURCES = ['co-occurrence', 'text', 'popular']

/** As `labrador tune` leaves them. */
function tunedWith(constants: Pick<Tuned['constants'], 'surfaces' | 'quotas'>): Tuned {
  const run = {
    surface: 'home' as const,
    metric: 'ndcg@10',
    requests: 0,
    seed: 1,
    before: 0,
    after: 0,
    history: [],
  }
  return { format: 1, constants: { ...noConstants, ...constants }, run }
}

const fit = (tuned?: Tuned) =>
  fitSnapshot(dataset, {
    tuned,
    sources: SOURCES,
    threads: 1,
    seed: 1,
    progress: silentProgress,
    eventPosition: 0,
    now: 0,
  })

const asking = (request: ResolvedRequest, seen: number[] = [], limit = 10): CascadeRequest => ({
  request,
  limit,
  seen: Uint32Array.from(seen),
  filters: [],
  requestId: null,
  record: false,
  useRanker: true,
  boost: false,
  arm: 0,
})

function proposed(snapshot: Snapshot, asked: CascadeRequest): Map<string, number[]> {
  const { proposals } = new LocalCascade(snapshot, () => 0).propose(asked)
  return new Map(proposals.map(({ source, candidates }) => [source, [...candidates.items]]))
}

/** What a recommender of a snapshot asks its executor, beside the answers. */
function watched(snapshot: Snapshot): { recommender: Recommender; requests: ResolvedRequest[] } {
  const executor = localExecutor(snapshot, () => 0)
  const requests: ResolvedRequest[] = []
  const run = (cascade: CascadeRequest) => {
    requests.push(cascade.request)
    return executor.run(cascade)
  }
  const log = {
    putItems: async () => ({ added: 0, updated: 0, repeated: 0 }),
    appendEvents: async () => ({ added: 0, updated: 0, repeated: 0 }),
    appendRequests: async () => {},
    findRequest: async () => undefined,
  }
  return {
    recommender: new Recommender({ snapshot, executor: { ...executor, run }, log, now: () => 0 }),
    requests,
  }
}

test('untuned, a surface is as declared, and every source is asked alike', async () => {
  assert.deepEqual(allSurfaceConstants({}), {
    related: { candidatesPerSource: 400, ranked: 500, queryItems: 10, fading: 0.7 },
    home: { candidatesPerSource: 1000, ranked: 500, queryItems: 2000, fading: 1 },
  })
  assert.deepEqual(askedOf('related', {}, SOURCES), [400, 400, 400])
  const { blends, manifest } = await fit()
  assert.deepEqual(blends.home?.asked, [1000, 1000, 1000])
  assert.deepEqual(manifest.surfaces, allSurfaceConstants({}))
})

test('a constant that is unknown or out of range is refused by its name, before anything is fitted', async () => {
  const wrong = [
    [{ surfaces: { home: { fadng: 0.5 } } }, /surface\.fadng: got 0\.5, expected no such option/],
    [{ surfaces: { home: { fading: 3 } } }, /surface\.fading: got 3/],
    [{ surfaces: { related: { queryItems: 0 } } }, /surface\.queryItems: got 0/],
    [{ quotas: { home: { telepathy: 0.5 } } }, /quotas\.telepathy/],
    [{ quotas: { home: { text: 2 } } }, /quotas\.text: got 2/],
  ] as const
  for (const [constants, message] of wrong) {
    const tuned = tunedWith({ surfaces: {}, quotas: {}, ...constants })
    await assert.rejects(fit(tuned), (error) => {
      assert.ok(error instanceof InvalidOptionError, String(error))
      return message.test(error.message)
    })
  }
})

test('a quota is what its source is asked for: the head of its list, and the blend learns so', async () => {
  const tuned = tunedWith({ surfaces: {}, quotas: { home: { 'co-occurrence': 0.01 } } })
  const [plain, limited] = [await fit(), await fit(tuned)]
  assert.deepEqual(limited.blends.home?.asked, [10, 1000, 1000])
  assert.deepEqual(limited.blends.related?.asked, [400, 400, 400])
  const request = asking(requestFor([1, 2, 3], { surface: 'home' }))
  const [all, few] = [proposed(plain, request), proposed(limited, request)]
  assert.ok(all.get('co-occurrence')!.length > 10)
  assert.deepEqual(few.get('co-occurrence'), all.get('co-occurrence')!.slice(0, 10))
  assert.deepEqual(few.get('popular'), all.get('popular'))
  // What the user has seen is asked for on top, a list longer than any in proportion.
  assert.equal(proposed(limited, asking(request.request, [4, 5, 6])).get('co-occurrence')!.length, 13)
  assert.equal(proposed(limited, asking(request.request, [], 1500)).get('co-occurrence')!.length, 15)
})

test('a tuned query is as long and fades as the snapshot says', async () => {
  const tuned = tunedWith({
    surfaces: { home: { fading: 0.5, queryItems: 3 }, related: { fading: 0.25, queryItems: 1 } },
    quotas: {},
  })
  const { recommender, requests } = watched(await fit(tuned))
  await recommender.home('member-3')
  await recommender.related('book-5', { user: 'member-3' })
  const [home, related] = requests
  assert.deepEqual([...home.weights], [0.25, 0.5, 1])
  assert.equal(home.items.length, 3)
  assert.deepEqual([...related.weights], [1])
  const plain = watched(await fit())
  await plain.recommender.home('member-3')
  assert.ok(plain.requests[0].items.length > 3)
  assert.deepEqual(plain.requests[0].items.slice(-3), home.items)
  assert.ok(plain.requests[0].weights.every((weight) => weight === 1))
})

test('weights never reach 0, however long the query is', () => {
  const weights = queryWeights(0.5, 2000)
  assert.ok(weights.every((weight) => weight > 0))
  assert.deepEqual([...queryWeights(0.5, 3)], [0.25, 0.5, 1])
})

test('evaluation asks as the constants say', async () => {
  const options = { sources: ['popular'], surface: 'home', threads: 1, seed: 1, resamples: 10 } as const
  const quotas = { home: { popular: 0.002 } }
  const report = await evaluate(dataset, { ...options, quotas, progress: silentProgress })
  const whole = await evaluate(dataset, { ...options, progress: silentProgress })
  const [popular] = report.results
  // Two candidates, less what the user has seen: what it finds at 10 is all it finds.
  assert.equal(popular.metrics['recall@100'].value, popular.metrics['recall@10'].value)
  assert.ok(report.candidateRecall.value < 0.2 && whole.candidateRecall.value > 0.9)
})

test('the constants go round over the disk, and an older snapshot has the declared ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-surfaces-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const tuned = tunedWith({
    surfaces: { home: { fading: 0.9, ranked: 70 } },
    quotas: { home: { text: 0.05 }, related: { popular: 0.1 } },
  })
  const snapshot = await fit(tuned)
  await writeSnapshot(folder, snapshot)
  const { name } = snapshot.manifest
  const again = await readSnapshot(folder, name)
  for (const part of ['manifest', 'blends', 'surfaces'] as const)
    assert.deepEqual(again[part], snapshot[part])
  assert.deepEqual(
    again.surfaces.home,
    surfaceConstants('home', { surfaceOptions: { home: { fading: 0.9, ranked: 70 } } }),
  )
  assert.deepEqual(again.blends.home?.asked, [1000, 50, 1000])
  assert.deepEqual(again.blends.related?.asked, [400, 400, 40])

  const path = join(folder, name, 'manifest.json')
  const { surfaces: _, ...older } = JSON.parse(await readFile(path, 'utf8'))
  older.tuned = { ...older.tuned, constants: { sources: {}, blends: {} } }
  for (const blend of Object.values<Record<string, unknown>>(older.blends)) {
    Object.assign(blend, { version: 2, asked: 300 })
  }
  await writeFile(path, JSON.stringify(older))
  const opened = await readSnapshot(folder, name)
  assert.deepEqual(opened.surfaces, allSurfaceConstants({}))
  assert.deepEqual(opened.blends.home?.asked, [300, 300, 300])
  assert.deepEqual(opened.manifest.tuned?.constants, noConstants)
})

test('tuned constants of a former run, which knew neither surfaces nor quotas, are read', () => {
  const { run } = tunedWith({ surfaces: {}, quotas: {} })
  const former = { format: 1, constants: { sources: { ease: { lambda: 30 } }, blends: {} }, run }
  assert.deepEqual(tunedSchema.parse(former).constants, { ...noConstants, sources: { ease: { lambda: 30 } } })
})
