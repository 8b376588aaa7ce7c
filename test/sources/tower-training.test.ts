/** @file What is settled before towers are trained: rates that suit each other, by what a validation part says. */

import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import type { Pooling } from '../../src/models/two-tower/batches.ts'
import { fitSettled, type Rates } from '../../src/sources/tower-training.ts'
import { worldDataset } from '../data/world-dataset.ts'

const { dataset, remove } = await worldDataset(
  { items: 200, users: 150, events: 4_000, collections: 20, topics: 6 },
  false,
)
after(remove)
const input = { dataset, graph: itemGraphOf(dataset), threads: 1, seed: 1, progress: silentProgress }
const TRIED: Rates[] = [
  { rate: 0.001, tableRate: 0.01 },
  { rate: 0.002, tableRate: 0.005 },
  { rate: 0.002, tableRate: 0.02 },
]
/** Users that teach in a short trial; in a complete one there are more. */
const SHORT_LEARNERS = 20_000

/**
 * Settles what is open for a training that finds most at the rate, temperature and length that are `best`.
 *
 * @param soon the rates that find most in short trials, the same when absent
 * @param gap what each setting that is not the best one loses
 */
async function settled(
  given: object,
  best: Rates & { temperature: number; dim?: number; pooling?: Pooling },
  soon: Rates = best,
  gap = 0.2,
) {
  const fits: (Rates & {
    dim: number
    pooling: Pooling
    temperature: number
    stopAfter?: number
    isTrial: boolean
  })[] = []
  const options = { ordered: false, ids: true, pretrained: true, ...given }
  const effort = {
    ...{ batchesMost: 100, batch: { least: 8, most: 32 }, rates: TRIED },
    temperatures: { values: [0.1, 0.4], share: 0.5 },
    dims: [16, 32, 48] as const,
    poolings: ['sum', 'solved'] as const,
  }
  const { found } = await fitSettled(input, options, null, {
    effort,
    fit: async ({ judged }, { dim, pooling, rate, tableRate, temperature, learners, stopAfter }) => {
      const most = learners === SHORT_LEARNERS ? soon : best
      fits.push({ dim, pooling, rate, tableRate, temperature, stopAfter, isTrial: judged !== undefined })
      const missed = [
        [rate, most.rate],
        [tableRate, most.tableRate],
        [temperature, best.temperature],
        [dim, best.dim ?? 16],
        [pooling, best.pooling ?? 'sum'],
      ].filter(([a, b]) => a !== b).length
      return { recall: 1 - missed * gap, epochs: 7 - missed }
    },
  })
  return { found, fits }
}

test('rates and temperature are those that found most, and all data teaches for as long as was best', async () => {
  const { found, fits } = await settled({}, { ...TRIED[1]!, temperature: 0.4 })
  assert.deepEqual(found, { ...TRIED[1]!, temperature: 0.4, dim: 16, pooling: 'sum', recall: 1 })
  const { recall: _, ...size } = found
  assert.deepEqual(fits.at(-1), { ...size, stopAfter: 7, isTrial: false })
  assert.equal(fits.filter(({ isTrial }) => isTrial).length, 2 * TRIED.length + 6)
})

test('vectors are as long as found most, tried with the shortest where everything else is', async () => {
  const best = { ...TRIED[1]!, temperature: 0.4, dim: 32 }
  const { found, fits } = await settled({}, best)
  assert.deepEqual(found, { ...best, pooling: 'sum', recall: 1 })
  const long = fits.filter(({ dim }) => dim !== 16)
  assert.deepEqual(
    long.map(({ dim, isTrial }) => [dim, isTrial]),
    [
      [32, true],
      [48, true],
      // With the other pooling, and with two other rates.
      [32, true],
      [32, true],
      [32, true],
      [32, false],
    ],
  )
  const given = await settled({ dim: 64 }, best)
  assert.ok(given.fits.every(({ dim }) => dim === 64))
  assert.equal(given.fits.length, 2 * TRIED.length + 5)
})

test('histories are pooled as found most, tried once everything else is settled; without factors they are summed', async () => {
  const best = { ...TRIED[1]!, temperature: 0.4, dim: 32, pooling: 'solved' as const }
  const { found, fits } = await settled({}, best)
  assert.deepEqual(found, { ...best, recall: 1 })
  assert.deepEqual(
    fits.filter(({ pooling }) => pooling === 'solved').map(({ dim, isTrial }) => [dim, isTrial]),
    [
      [32, true],
      [32, true],
      [32, true],
      [32, false],
    ],
  )
  const given = await settled({ pooling: 'attention' }, best)
  assert.ok(given.fits.every(({ pooling }) => pooling === 'attention'))
  for (const without of [{ pretrained: false }, { ids: false }])
    assert.ok((await settled(without, best)).fits.every(({ pooling }) => pooling === 'sum'))
})

test('rates that get there late are chosen when a complete trial finds more, each tried once with its own temperature', async () => {
  const best = { ...TRIED[0]!, temperature: 0.4, dim: 32, pooling: 'solved' as const }
  const { found, fits } = await settled({}, best, TRIED[2])
  assert.deepEqual(found, { ...best, recall: 1 })
  const long = fits.filter(({ pooling }) => pooling === 'solved')
  assert.deepEqual(
    long.map(({ rate, tableRate, temperature, isTrial }) => ({ rate, tableRate, temperature, isTrial })),
    [TRIED[2]!, TRIED[1]!, TRIED[0]!, TRIED[0]!].map((rates, k) => ({
      ...rates,
      temperature: 0.4,
      isTrial: k < 3,
    })),
  )
})

test('of rates that find as much but for chance the slower ones are taken', async () => {
  const [slow, , quick] = TRIED as [Rates, Rates, Rates]
  const settings = { temperature: 0.4, dim: 16, pooling: 'sum' as const }
  for (const first of [slow, quick]) {
    const { found } = await settled({}, { ...quick, ...settings }, first, 0.0005)
    assert.ok(found.tableRate < quick.tableRate)
  }
  const { found } = await settled({}, { ...quick, ...settings }, slow, 0.0025)
  assert.deepEqual([found.rate, found.tableRate], [quick.rate, quick.tableRate])
})

test('a rate that is given stays, and what it makes alike is tried once', async () => {
  const { found, fits } = await settled(
    { rate: 0.05, temperature: 0.3 },
    { ...TRIED[2]!, rate: 0.05, temperature: 0.3 },
  )
  assert.deepEqual(found, {
    rate: 0.05,
    tableRate: 0.02,
    temperature: 0.3,
    dim: 16,
    pooling: 'sum',
    recall: 1,
  })
  assert.ok(fits.every(({ rate, temperature }) => rate === 0.05 && temperature === 0.3))
  const both = await settled(
    { rate: 0.05, tableRate: 0.5, temperature: 0.3 },
    { ...TRIED[0]!, temperature: 0.3 },
  )
  assert.equal(both.fits.length, 5)
})

test('rows that begin at random are trained at rates of their own', async () => {
  for (const given of [{ pretrained: false }, { ids: false }]) {
    const { found } = await settled(given, { ...TRIED[0]!, temperature: 0.1 })
    assert.deepEqual([found.rate, found.tableRate], [0.001, 0.02])
  }
})

test('rows that items share are tried at rates of their own, full rows at the usual ones', async () => {
  const triedWith = async (given: object) => {
    const { fits } = await settled(given, { ...TRIED[0]!, temperature: 0.1 })
    return [...new Set(fits.map(({ rate, tableRate }) => `${rate} ${tableRate}`))].sort()
  }
  const usual = TRIED.map(({ rate, tableRate }) => `${rate} ${tableRate}`)
  assert.deepEqual(await triedWith({ rows: { mapping: 'full' } }), usual)
  assert.deepEqual(await triedWith({ rows: { mapping: 'hashed' } }), ['0.0003 0.004', '0.001 0.02'])
})
