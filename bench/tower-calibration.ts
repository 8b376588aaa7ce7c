/**
 * @file Whether σ of the two towers says how far scores are off. Towers are fitted twice, to a part of what is known and to
 * all of it, and scores of the same users and items are compared. A part is one of two:
 *
 * - hidden: of a sample of well-known items all users but a few are taken away, so that they look new;
 * - thinned: a quarter of the users teach, so that all items are less known, and as popular as each other as before.
 *
 * If σ is right, and what a fit says is what is expected by what it was told, the squared difference is on average what the
 * rest told: σ²(n) − σ²(N), with n users in the part and N in all. The floor is what two fits to all of it differ by that
 * have another seed, and is taken off.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Csr, csrFromEdges, degree, rowOf, transpose } from '../src/base/csr.ts'
import { createRandom, type Random, shuffle } from '../src/base/random.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { splitDataset } from '../src/data/split.ts'
import {
  type Calibration,
  EVIDENCE_BUCKETS,
} from '../src/experiments/simulation/retrieval/posterior-check.ts'
import { fitContent } from '../src/models/two-tower/content.ts'
import { openQuery } from '../src/models/two-tower/query.ts'
import type { TwoTowerInput } from '../src/models/two-tower/training-input.ts'
import { fitTwoTower } from '../src/models/two-tower/two-tower.ts'
import { towerUncertainty } from '../src/models/uncertainty/of-towers.ts'
import { inputOf } from '../src/sources/tower-data.ts'
import { twoTowerOptions } from '../src/sources/two-tower.ts'
import { vectorAt } from '../src/vectors/vector-matrix.ts'
import type { BenchContext } from './bench.ts'

/** How the towers are trained: settled beforehand, the same for every fit. */
export interface CalibrationPace {
  temperature: number
  rate: number
  tableRate: number
  /** Epochs; of a part of the users so many more that steps are as many. */
  stopAfter: number
  batch: number
  /** The source's own where left out. */
  dim?: number
  content?: number
  candidates?: number
}

/** The error is the difference between the two scores; the floor is taken off what is standardised. */
export interface CalibrationLine extends Calibration {
  dataset: string
  part: 'hidden' | 'thinned'
  /** Users of the item in the part, from and to. */
  users: readonly [number, number]
  /** What of the error is seeds. */
  floor: number
  /** What σ says of the difference: √(σ²(n) − σ²(N)); `sigma` is σ(n). */
  expected: number
}

/** What more users than that know no longer matters. */
const BUCKETS = EVIDENCE_BUCKETS.slice(0, -1)
/** Hidden are the users of items that have so many at least, and twice as many as are left. */
const LEAST_KNOWN = 31
const HIDDEN = 40
const PARTS = 4
const SAMPLE = { items: 2000, users: 300 }

export async function towerCalibration(
  name: string,
  pace: CalibrationPace,
  context: BenchContext,
): Promise<CalibrationLine[]> {
  const given = await inputFor(name, pace, context)
  return calibrationOf(name, given, pace, context)
}

async function calibrationOf(
  name: string,
  given: TwoTowerInput,
  pace: CalibrationPace,
  { threads, progress, note }: BenchContext,
): Promise<CalibrationLine[]> {
  const all = given.histories
  const order = shuffle(usersWithTwo(all), createRandom(11))
  const asked = order.slice(-SAMPLE.users)
  const fit = async (histories: Csr, seed: number, times: number): Promise<Scored> => {
    const fixed = { ...twoTowerOptions.parse({}), dim: 128, pooling: 'sum' as const, ...pace }
    const options = { ...fixed, stopAfter: times * pace.stopAfter }
    const own = { ...given, histories }
    const settled = { ...options, epochs: Math.max(30, options.stopAfter) }
    const rows = await fitTwoTower(own, settled, seed, threads, progress)
    const { sigma } = await towerUncertainty(rows, own, pace.temperature, seed, threads)
    const embed = openQuery(rows)
    const queries = Array.from(asked, (user) => {
      const codes = given.attributes.map((attribute) => attribute.codes[user]!)
      return embed(rowOf(all, user), null, codes).slice()
    })
    const scores = (item: number) => {
      const vector = vectorAt(rows.items, item)
      return Float64Array.from(queries, (query) => query.reduce((sum, q, j) => sum + q * vector[j]!, 0))
    }
    return { sigma, scores, counts: countsOf(histories) }
  }
  const full = await fit(all, 1, 1)
  const again = await fit(all, 2, 1)
  const hidden = hideUsers(all, createRandom(5))
  const thinned = onlyOf(all, order.subarray(0, Math.floor(order.length / PARTS)))
  const warm = Uint32Array.from({ length: all.columns }, (_, item) => item).filter(
    (item) => full.counts[item]! > 0,
  )
  const sample = shuffle(warm, createRandom(12)).subarray(0, SAMPLE.items)
  note(
    `${name}: ${hidden.items.length} items hidden; a quarter are ${Math.floor(order.length / PARTS)} users`,
  )
  return [
    ...linesOf(name, 'hidden', hidden.items, await fit(hidden.histories, 1, 1), full, again),
    ...linesOf(name, 'thinned', sample, await fit(thinned, 1, PARTS), full, again),
  ]
}

interface Scored {
  sigma: Float32Array
  /** Of the asked users. */
  scores(item: number): Float64Array
  /** Users of each item. */
  counts: Uint32Array
}

function linesOf(
  dataset: string,
  part: 'hidden' | 'thinned',
  items: Uint32Array,
  partial: Scored,
  full: Scored,
  again: Scored,
): CalibrationLine[] {
  return BUCKETS.flatMap((users) => {
    const [from, to] = users
    const own = items.filter((item) => partial.counts[item]! >= from && partial.counts[item]! <= to)
    const sums = { squares: 0, differences: 0, floor: 0, sigma: 0, expected: 0, one: 0, two: 0, count: 0 }
    for (const item of own) {
      const [a, b, c] = [partial, full, again].map((fitted) => fitted.scores(item)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ]
      // A little known item's σ may be larger in the whole than in the part: nothing is expected then.
      const expected = Math.max(0, partial.sigma[item]! ** 2 - full.sigma[item]! ** 2)
      a.forEach((score, user) => {
        const difference = score - b[user]!
        sums.squares += difference ** 2
        sums.differences += difference
        sums.floor += (b[user]! - c[user]!) ** 2 / 2
        sums.sigma += partial.sigma[item]! ** 2
        sums.expected += expected
        if (difference ** 2 < expected) sums.one++
        if (difference ** 2 < 4 * expected) sums.two++
        sums.count++
      })
    }
    if (sums.count === 0) return []
    const mean = (sum: number) => sum / sums.count
    const bias = mean(sums.differences)
    const beyondFloor = Math.max(0, mean(sums.squares) - mean(sums.floor))
    const expected = Math.sqrt(mean(sums.expected))
    return {
      dataset,
      part,
      users,
      items: own.length,
      error: Math.sqrt(mean(sums.squares)),
      bias,
      floor: Math.sqrt(mean(sums.floor)),
      sigma: Math.sqrt(mean(sums.sigma)),
      expected,
      z: Math.sqrt(beyondFloor) / expected,
      unbiasedZ: Math.sqrt(Math.max(0, beyondFloor - bias ** 2)) / expected,
      within: [mean(sums.one), mean(sums.two)] as const,
    }
  })
}

async function inputFor(
  name: string,
  { content }: CalibrationPace,
  { threads, progress }: BenchContext,
): Promise<TwoTowerInput> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-calibration-'))
  try {
    const store = await prepareDataset(name, { storeDirectory: folder, progress })
    const { train } = splitDataset(loadDataset(store))
    store.close()
    const options = twoTowerOptions.parse({ content })
    const words = await fitContent(train.catalog, options.content, 1, threads, progress)
    return inputOf(train, options, words?.vectors ?? null)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function countsOf(histories: Csr): Uint32Array {
  const counts = new Uint32Array(histories.columns)
  for (const item of histories.targets) counts[item]!++
  return counts
}

const usersWithTwo = (histories: Csr): Uint32Array =>
  Uint32Array.from({ length: histories.rows }, (_, user) => user).filter(
    (user) => degree(histories, user) >= 2,
  )

/** Of a sample of well-known items all users but a few are taken away; so many are left as fall into every bucket. */
function hideUsers(histories: Csr, random: Random): { items: Uint32Array; histories: Csr } {
  const byItem = transpose(histories)
  const gone = new Map<number, Set<number>>()
  // From the most users on: items that have enough of them are the fewest.
  for (const [from, to] of BUCKETS.toReversed()) {
    const able = Uint32Array.from({ length: byItem.rows }, (_, item) => item).filter(
      (item) => !gone.has(item) && degree(byItem, item) >= Math.max(LEAST_KNOWN, 2 * to),
    )
    for (const item of shuffle(able, random).subarray(0, HIDDEN)) {
      const left = from + random.below(to - from + 1)
      gone.set(item, new Set(shuffle(rowOf(byItem, item).slice(), random).subarray(left)))
    }
  }
  return {
    items: Uint32Array.from(gone.keys()),
    histories: keep(histories, (user, item) => !gone.get(item)?.has(user)),
  }
}

function onlyOf(histories: Csr, users: Uint32Array): Csr {
  const teaches = new Set(users)
  return keep(histories, (user) => teaches.has(user))
}

function keep(histories: Csr, isKept: (user: number, item: number) => boolean): Csr {
  const edges = { from: [] as number[], to: [] as number[] }
  for (let user = 0; user < histories.rows; user++)
    for (const item of rowOf(histories, user))
      if (isKept(user, item)) {
        edges.from.push(user)
        edges.to.push(item)
      }
  return csrFromEdges(histories.rows, histories.columns, edges)
}

/** Markdown. */
export function calibrationTable(lines: readonly CalibrationLine[]): string {
  const head = [
    'dataset',
    'part',
    'users in it',
    'items',
    'error',
    'bias',
    'floor',
    'σ',
    'expected',
    'z',
    'z about the bias',
    'within 1',
    'within 2',
  ]
  const rows = lines.map((line) => [
    line.dataset,
    line.part,
    line.users[0] === line.users[1] ? String(line.users[0]) : line.users.join('–'),
    line.items,
    ...[line.error, line.bias, line.floor, line.sigma, line.expected].map((x) =>
      x.toFixed(3).replace('-', '−'),
    ),
    line.z.toFixed(2),
    line.unbiasedZ.toFixed(2),
    ...line.within.map((share) => `${Math.round(100 * share)} %`),
  ])
  const text = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [text(head), `| --- | ---${' | ---:'.repeat(head.length - 2)} |`, ...rows.map(text)].join('\n')
}
