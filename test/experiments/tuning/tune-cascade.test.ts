/** @file Tuning a cascade: planted bad constants are mended, the test period is not seen, what is found is fitted with. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { silentProgress } from '../../../src/base/progress.ts'
import { fitSnapshot } from '../../../src/cascade/fit-snapshot.ts'
import { type Constants, noConstants } from '../../../src/cascade/tuned.ts'
import type { Dataset } from '../../../src/data/dataset.ts'
import { loadDataset } from '../../../src/data/load-dataset.ts'
import { splitDataset } from '../../../src/data/split.ts'
import { CascadeObjective } from '../../../src/experiments/tuning/cascade-objective.ts'
import { bestSoFarCurve, historyTable } from '../../../src/experiments/tuning/history-text.ts'
import { RankerObjective } from '../../../src/experiments/tuning/ranker-objective.ts'
import { type TuneCascadeOptions, tuneCascade } from '../../../src/experiments/tuning/tune-cascade.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import { openClub } from '../../server/reading-club.ts'
import { smallTuning } from './small-tuning.ts'

const club = await openClub()
after(() => club.remove())
const store = openStore(club.storePath)
const dataset = loadDataset(store)
store.close()

/** The club's books say their genre in title, tags and text: a source that reads none of them is of no use. */
const blind: Constants = {
  ...noConstants,
  sources: { text: { boosts: { title: 0, tags: 0, text: 0 }, maxShare: 0.5 } },
}

const options: TuneCascadeOptions = {
  ...smallTuning,
  sources: ['text', 'popular'],
  groups: ['text', 'blend'],
  constants: blind,
  units: 100,
  trials: 14,
}

test('bad constants are found out and mended', async () => {
  const { tuned, gain } = await tuneCascade(dataset, options)
  const { run, constants } = tuned
  assert.equal(run.before, run.history[0]!.value)
  assert.equal(run.after, Math.max(...run.history.map(({ value }) => value)))
  assert.ok(gain.low > 0 && Math.abs(gain.value - (run.after - run.before)) < 1e-9, `${gain.low}`)
  const { boosts, maxShare } = constants.sources.text as { boosts: Record<string, number>; maxShare: number }
  assert.ok(Object.values(boosts).some((boost) => boost > 0))
  assert.ok(maxShare <= 0.5)
  assert.match(historyTable(run), /\* .*text\.boosts/)
  assert.equal(bestSoFarCurve(run, 40, 5).split('\n').length, 6)
})

test('what comes after the training period makes no difference', async () => {
  const changed: Dataset = { ...dataset, interactions: { ...dataset.interactions } }
  const { interactions } = changed
  const cut = splitDataset(dataset).train.interactions.length
  interactions.item = interactions.item.map((item, k) => (k < cut ? item : (item * 7 + 3) % 120))
  const few = { ...options, trials: 4 }
  assert.deepEqual((await tuneCascade(changed, few)).tuned, (await tuneCascade(dataset, few)).tuned)
})

test('the present values stand for the declared constants, and only what differs is written down', async () => {
  const objective = new CascadeObjective(splitDataset(dataset).train, { ...options, constants: noConstants })
  try {
    const { present, space } = objective
    for (const { name, default: declared } of space) assert.equal(present[name], declared)
    const first = await objective.judge(present, 1)
    assert.equal(first.length, objective.requests)
    assert.equal(objective.units.length, objective.requests)
    assert.deepEqual(await objective.judge(present, 1), first)
    const other = objective.constantsOf({ ...present, 'blend.pool': 37 })
    assert.equal(other.blends.home?.pool, 37)
    await assert.rejects(objective.judge({ ...present, 'text.b': 2 }, 1), /text\.b/)
  } finally {
    await objective.close()
  }
})

test('a snapshot is fitted with tuned constants, and its manifest says which and why', async () => {
  const { tuned } = await tuneCascade(dataset, { ...options, trials: 3 })
  tuned.constants.blends.home = { pool: 37 }
  const { manifest, blends } = await fitSnapshot(dataset, {
    sources: ['text', 'popular'],
    tuned,
    threads: 2,
    seed: 1,
    progress: silentProgress,
    eventPosition: 0,
    now: 0,
  })
  assert.equal(blends.home?.pool, 37)
  assert.equal(blends.related?.pool, 100)
  assert.deepEqual(manifest.tuned, tuned)
})

test('a ranker’s options are tuned over the cascade as it is, and a fit uses them', async () => {
  const constants: Constants = { ...noConstants, rankers: { linear: { method: 'pairwise', penalty: 1e5 } } }
  const sources = ['text', 'co-occurrence', 'popular']
  const ranker = { ...options, constants, sources, groups: undefined, ranker: 'linear', parallel: 1 }
  const { tuned, gain } = await tuneCascade(dataset, ranker)
  const { method, penalty } = tuned.constants.rankers.linear as { method: string; penalty: number }
  assert.ok(gain.low > 0, `${tuned.run.before} ${tuned.run.after}`)
  assert.ok(penalty < 1000)
  assert.deepEqual(tuned.constants.sources, {})
  const { rankers } = await fitSnapshot(dataset, {
    sources,
    tuned,
    ranker: 'linear',
    threads: 2,
    seed: 1,
    progress: silentProgress,
    eventPosition: 0,
    now: 0,
  })
  assert.equal(rankers.home?.fitted.penalty, penalty)
  assert.equal(rankers.home?.fitted.method, method)
})

test('how many candidates a ranker gets is measured: of a single one it makes nothing, whatever its options', async () => {
  const constants: Constants = { ...noConstants, surfaces: { home: { fading: 0.9 } } }
  const sources = ['text', 'co-occurrence', 'popular']
  const objective = await RankerObjective.open(splitDataset(dataset).train, {
    ...options,
    constants,
    sources,
    ranker: 'linear',
  })
  const { present } = objective
  assert.equal(present['surface.ranked'], 500)
  const [all, one] = [
    await objective.judge(present, 1),
    await objective.judge({ ...present, 'surface.ranked': 1 }, 1),
  ]
  assert.ok(all.reduce((sum, value) => sum + value) > 1.5 * one.reduce((sum, value) => sum + value))
  const otherwise = { ...present, 'surface.ranked': 1, 'linear.penalty': 1e5 }
  assert.deepEqual(await objective.judge(otherwise, 1), one)
  assert.deepEqual(objective.constantsOf(otherwise).surfaces.home, { fading: 0.9, ranked: 1 })
})
