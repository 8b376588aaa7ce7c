/** @file Random tables, filters and queries for the tests of kernels, and what a search over them must find. */

import { createRandom, type Random } from '../../src/base/random.ts'
import type { Attributes } from '../../src/vectors/attributes.ts'
import type { Filter } from '../../src/vectors/filter.ts'
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

export function randomTable({ seed, format, metric, dim, rows, dead, coarse }: TableCase): VectorTable {
  const random = createRandom(seed)
  const table = new VectorTable({ dim, format, metric, attributes: COLUMNS }, SMALL_SEGMENT)
  table.append(randomVectors(random, rows, dim, coarse), () => randomAttributes(random))
  for (let row = 0; row < rows; row++) if (random.float() < dead) table.delete(row)
  return table
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
  const found = scanner.finish()
  scanner.close()
  return found
}
