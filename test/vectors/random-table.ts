/** @file Random tables, filters and queries for the tests of kernels, and what a search over them must find. */

import { createRandom, type Random } from '../../src/base/random.ts'
import type { Attributes } from '../../src/vectors/attributes.ts'
import type { Filter } from '../../src/vectors/filter.ts'
import { fromHalf, toHalf } from '../../src/vectors/half.ts'
import { eachList, localRows } from '../../src/vectors/lists.ts'
import type { Neighbours } from '../../src/vectors/neighbours.ts'
import { encodeQueries } from '../../src/vectors/query-batch.ts'
import type { Scan, ScanKernel } from '../../src/vectors/scanner.ts'
import type { AttributeColumn, Format, Metric } from '../../src/vectors/table-layout.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'

export interface TableCase {
  seed: number
  format: Format
  metric: Metric
  dim: number
  rows: number
  /** Share of rows that were deleted. */
  dead: number
  /** Coarse values make equal scores frequent. */
  coarse: boolean
  /** Beside the rows of int8; other formats have none. */
  approximation?: boolean
}

export const COLUMNS: Record<string, AttributeColumn> = {
  colour: { kind: 'category', values: ['red', 'green', 'blue'] },
  price: { kind: 'number' },
  added: { kind: 'time' },
}

/** Small, so that a few hundred rows lie in several segments. */
export const SMALL_SEGMENT = 64 * 1024

export function randomVectors(random: Random, count: number, dim: number, coarse: boolean): Float32Array {
  return Float32Array.from({ length: count * dim }, () =>
    coarse ? random.below(5) - 2 : random.normal() * 2 ** (random.below(5) - 2),
  )
}

export function randomAttributes(random: Random): Attributes {
  return {
    colour: ['red', 'green', 'blue'].filter(() => random.float() < 0.4),
    price: random.float() < 0.2 ? undefined : random.below(100),
    added: 1_600_000_000 + random.below(1000),
  }
}

/** A table and what was put into it: rows that are not live have no vector. */
export interface FilledTable {
  table: VectorTable
  vectors: (Float32Array | undefined)[]
  attributes: Attributes[]
}

export function randomTable(tableCase: TableCase): FilledTable {
  const { seed, format, metric, dim, rows, dead, coarse, approximation } = tableCase
  const random = createRandom(seed)
  const shape = { dim, format, metric, attributes: COLUMNS }
  const approximated = approximation && format === 'int8'
  const table = new VectorTable(approximated ? { ...shape, approximation } : shape, SMALL_SEGMENT)
  const values = randomVectors(random, rows, dim, coarse)
  const attributes = Array.from({ length: rows }, () => randomAttributes(random))
  table.append(values, (n) => attributes[n])
  const vectors = attributes.map((_, row): Float32Array | undefined => {
    if (random.float() < dead) {
      table.delete(row)
      return undefined
    }
    return values.subarray(row * dim, (row + 1) * dim)
  })
  return { table, vectors, attributes }
}

export function randomFilter(random: Random, depth = 2): Filter {
  const kind = random.below(depth > 0 ? 6 : 3)
  if (kind === 0) return { attribute: 'colour', anyOf: ['red', 'green', 'blue'].slice(random.below(4)) }
  if (kind === 1) return { attribute: 'price', from: random.below(50), to: 30 + random.below(70) }
  if (kind === 2) return { attribute: 'added', to: 1_600_000_000 + random.below(1000) }
  if (kind === 3) return { not: randomFilter(random, depth - 1) }
  const parts = Array.from({ length: random.below(4) }, () => randomFilter(random, depth - 1))
  return kind === 4 ? { all: parts } : { any: parts }
}

/** A bitmap of some of the rows, which may be shorter than the table. */
export function randomAllowed(random: Random, rows: number): Uint32Array {
  const words = random.float() < 0.2 ? random.below(1 + rows / 32) : Math.ceil(rows / 32)
  return Uint32Array.from({ length: words }, () => random.uint32() | random.uint32())
}

/** Runs a kernel over a whole table in this thread. */
export function scanTable(
  kernel: ScanKernel,
  table: VectorTable,
  queries: Float32Array,
  scan: Omit<Scan, 'batch' | 'blocks'>,
): Neighbours[] {
  const scanner = kernel.open(table.parts, 0)
  const { blocks } = table.memory
  scanner.begin({ ...scan, blocks, batch: encodeQueries(table.layout, queries) })
  // Uneven ranges, as threads would get them.
  for (let from = 0, size = 1; from < blocks; from += size, size = 1 + ((7 * size) % 23))
    scanner.scan(from, Math.min(blocks, from + size))
  const found = eachList(scanner.finish(localRows))
  scanner.close()
  return found
}

/** What a scan must find, by sorting all scores: the plain reading of `src/vectors/scanner.ts`. */
export function bestOfAll(
  { table, vectors, attributes }: FilledTable,
  query: Float32Array,
  k: number,
  filter?: Filter,
  allowed?: Uint32Array,
): { row: number; score: number }[] {
  const { format, metric } = table.shape
  const asked = rounded(unitIf(metric === 'cosine', query), QUERY_FORMAT[format])
  const scored: { row: number; score: number }[] = []
  vectors.forEach((vector, row) => {
    if (!vector || (filter && !matches(filter, attributes[row]))) return
    if (allowed && !(((allowed[row >> 5] ?? 0) >>> (row & 31)) & 1)) return
    const stored = rounded(unitIf(metric === 'cosine', vector), format)
    const sum = stored.values.reduce((total, value, j) => total + value * asked.values[j], 0)
    const product = fround(fround(fround(sum) * stored.scale) * asked.scale)
    const score = metric === 'l2' ? fround(fround(fround(2 * product) - stored.norm) - asked.norm) : product
    scored.push({ row, score: score + 0 })
  })
  return scored.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, k)
}

const fround = Math.fround

const QUERY_FORMAT: Record<Format, Format> = {
  float32: 'float32',
  float16: 'float32',
  int8: 'int8',
  int4: 'int8',
  binary: 'binary',
}

interface Rounded {
  values: number[]
  scale: number
  norm: number
}

function rounded(vector: ArrayLike<number>, format: Format): Rounded {
  const given = Array.from(vector)
  const most = Math.max(...given.map(Math.abs))
  const whole = (steps: number): Rounded => {
    const scale = fround(most / steps)
    const values = given.map((value) =>
      scale === 0 ? 0 : Math.sign(value) * Math.min(steps, Math.floor(Math.abs(value / scale) + 0.5)),
    )
    return { values, scale, norm: fround(fround(squares(values) * scale) * scale) }
  }
  if (format === 'int8') return whole(127)
  if (format === 'int4') return whole(7)
  if (format === 'binary') {
    const scale = fround(given.reduce((sum, value) => sum + Math.abs(value), 0) / given.length)
    const values = given.map((value) => (value > 0 ? 1 : -1))
    return { values, scale, norm: fround(fround(values.length * scale) * scale) }
  }
  const values = format === 'float32' ? given : given.map((value) => fromHalf(toHalf(value)))
  return { values, scale: 1, norm: fround(squares(values)) }
}

const squares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0)

function unitIf(unit: boolean, vector: Float32Array): Float32Array {
  const length = Math.sqrt(squares(Array.from(vector)))
  return unit && length > 0 ? vector.map((value) => value / length) : vector
}

function matches(filter: Filter, attributes: Attributes): boolean {
  if ('all' in filter) return filter.all.every((part) => matches(part, attributes))
  if ('any' in filter) return filter.any.some((part) => matches(part, attributes))
  if ('not' in filter) return !matches(filter.not, attributes)
  const value = attributes[filter.attribute]
  if ('anyOf' in filter) return filter.anyOf.some((one) => (value as string[]).includes(one))
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter
  return value !== undefined && (value as number) >= from && (value as number) <= to
}
