/** @file MemBoost: what works is told apart from what stands high, arms learn for themselves, snapshots lose nothing. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { readArtefact, writeArtefact } from '../../../src/base/array-file.ts'
import { createRandom, type Random, shuffle } from '../../../src/base/random.ts'
import { packCounters, unpackCounters } from '../../../src/ranking/counters/counter-artefact.ts'
import { ANY_QUERY, clicksOverExpected, MemBoost } from '../../../src/ranking/counters/mem-boost.ts'
import { clickRates } from '../../../src/ranking/examination/click-rates.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const EXAMINATION = [1, 0.6, 0.4, 0.25, 0.15]
const APPEAL = 0.3

/** Clicks of random order at every place: what counters take for expected. */
function ratesOfRandomTraffic(random: Random): Float64Array {
  const lists = 20_000
  const places = Uint16Array.from({ length: lists * 5 }, (_, k) => k % 5)
  return clickRates({
    length: places.length,
    keys: new Uint32Array(places.length),
    places,
    clicks: Uint8Array.from(places, (place) => (random.float() < APPEAL * EXAMINATION[place]! ? 1 : 0)),
  })
}

test('3 clicks where 1.5 were expected, smoothed by 10, are 1.1304', () => {
  assert.equal(clicksOverExpected(3, 1.5, 10).toFixed(4), '1.1304')
})

test('items that appeal alike come to equal counters wherever they stand; plain click rates do not', () => {
  const random = createRandom(1)
  const rates = ratesOfRandomTraffic(random)
  const counters = new MemBoost({ halfLives: [null], scoreHalfLife: 0, admission: 1 })
  const clicks = [0, 0, 0, 0, 0]
  const shown = 20_000
  for (let list = 0; list < shown; list++) {
    for (let place = 0; place < 5; place++) {
      // Item k always stands at place k.
      counters.impression(0, ANY_QUERY, place, rates[place]!, list)
      if (random.float() >= APPEAL * EXAMINATION[place]!) continue
      counters.action(0, ANY_QUERY, place, 'click', list)
      clicks[place]!++
    }
  }
  for (let item = 0; item < 5; item++) {
    assert.ok(Math.abs(counters.addend(0, ANY_QUERY, item, shown)) < 0.1, `item ${item}`)
  }
  assert.ok(clicks[0]! > 5 * clicks[4]!)
})

test('what appeals more comes out above what stands higher', () => {
  const random = createRandom(2)
  const rates = ratesOfRandomTraffic(random)
  const counters = new MemBoost()
  const appeal = [0.3, 0.3, 0.3, 0.3, 0.6]
  for (let list = 0; list < 2000; list++) {
    for (let place = 0; place < 5; place++) {
      counters.impression(0, 77, place, rates[place]!, list)
      if (random.float() < appeal[place]! * EXAMINATION[place]!) counters.action(0, 77, place, 'click', list)
    }
  }
  const addends = [0, 1, 2, 3, 4].map((item) => counters.addend(0, 77, item, 2000))
  assert.equal(addends.indexOf(Math.max(...addends)), 4)
  assert.ok(addends[4]! > 0.5, `${addends}`)
})

test('actions count by their weight, unknown ones nothing, and all of it fades', () => {
  const counters = new MemBoost({
    halfLives: [1, null],
    scoreHalfLife: 0,
    admission: 1,
    actions: { click: 1, save: 3 },
  })
  counters.impression(0, 5, 6, 0.5, 0)
  for (const kind of ['click', 'save', 'hide']) counters.action(0, 5, 6, kind, 0)
  const values = new Float32Array(12)
  counters.writeFeatures(0, 5, 6, DAY_MS, values, 0)
  const [alpha, all] = [10, [2, 0.25, 4, 0.5]]
  const expected = [
    all[0]!,
    all[1]!,
    (2 + alpha) / (0.25 + alpha),
    all[2]!,
    all[3]!,
    (4 + alpha) / (0.5 + alpha),
  ]
  assert.deepEqual(Array.from(values), [...expected, ...expected].map(Math.fround))
  assert.equal(counters.featureNames().length, 12)
  assert.equal(counters.featureNames()[3], 'counters.pair.clicks.ever')
})

test('an arm knows nothing of another, until it is launched or arms share', () => {
  const learn = (counters: MemBoost) => {
    for (let k = 0; k < 30; k++) {
      counters.impression(2, ANY_QUERY, 9, 0.1, k)
      counters.action(2, ANY_QUERY, 9, 'click', k)
    }
    return counters
  }
  const apart = learn(new MemBoost())
  assert.ok(apart.addend(2, ANY_QUERY, 9, 30) > 1)
  assert.equal(apart.addend(1, ANY_QUERY, 9, 30), 0)
  apart.mergeArm(2, 1)
  assert.equal(apart.addend(1, ANY_QUERY, 9, 30), apart.addend(2, ANY_QUERY, 9, 30))
  const shared = learn(new MemBoost({ shareArms: true }))
  assert.equal(shared.addend(1, ANY_QUERY, 9, 30), shared.addend(2, ANY_QUERY, 9, 30))
  assert.ok(shared.addend(1, ANY_QUERY, 9, 30) > 1)
})

test('counters written to a file and read again go on exactly as those that were never written', async () => {
  const random = createRandom(4)
  const touch = (counters: MemBoost[], from: number) => {
    for (let k = from; k < from + 3000; k++) {
      const [arm, query, item] = [random.below(2), random.below(20), random.below(40)]
      for (const each of counters) {
        each.impression(arm, query, item, 0.05, k * 60_000)
        if (item % 5 === 0) each.action(arm, query, item, 'save', k * 60_000 + 1)
      }
    }
  }
  const counters = new MemBoost({ capacity: 300 })
  touch([counters], 0)
  assert.equal(counters.size, 300)
  const folder = await mkdtemp(join(tmpdir(), 'labrador-counters-'))
  try {
    await writeArtefact(join(folder, 'counters'), packCounters(counters))
    const again = unpackCounters(await readArtefact(join(folder, 'counters')), 'counters')
    touch([counters, again], 3000)
    assert.deepEqual(again.columns(), counters.columns())
    const artefact = packCounters(counters)
    artefact.arrays.times = new Float64Array(3)
    assert.throws(() => unpackCounters(artefact, 'counters'), { code: 'damaged-artefact' })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('shuffled arms: the order of arms within a moment does not matter', () => {
  const events = Array.from({ length: 60 }, (_, k) => ({ arm: k % 2, item: k % 3 }))
  const tell = (order: typeof events) => {
    const counters = new MemBoost({ admission: 1 })
    for (const { arm, item } of order) counters.impression(arm, ANY_QUERY, item, 0.25, 0)
    return [0, 1].map((arm) => [0, 1, 2].map((item) => counters.addend(arm, ANY_QUERY, item, 0)))
  }
  assert.deepEqual(tell(shuffle(events.slice(), createRandom(1))), tell(events))
})

test('a half-life of the score that is not there is refused', () => {
  assert.throws(() => new MemBoost({ halfLives: [1], scoreHalfLife: 1 }), { code: 'invalid-option' })
})
