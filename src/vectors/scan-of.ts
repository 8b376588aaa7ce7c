/** @file A search request as the scan that kernels run. */

import { InvalidOptionError } from '../base/errors.ts'
import { compileFilter } from './filter.ts'
import { encodeQueries, type QueryBatch } from './query-batch.ts'
import type { Scan } from './scanner.ts'
import type { TableLayout } from './table-layout.ts'
import type { TableMemory } from './table-memory.ts'
import { K_MOST, type SearchRequest } from './vector-search.ts'

/** @throws InvalidOptionError when the request does not fit the table */
export function scanOf(memory: TableMemory, { queries, k, filter, allowed }: SearchRequest): Scan {
  const { layout, blocks } = memory
  if (!Number.isInteger(k) || k < 1 || k > K_MOST)
    throw new InvalidOptionError('k', k, `an integer from 1 to ${K_MOST}`)
  return {
    batch: encodeQueries(layout, queries),
    k,
    blocks,
    filter: filter && compileFilter(layout, filter),
    allowed,
  }
}

/** The same scan for some of its queries, with no floors. */
export function scanOfSome({ queryStride }: TableLayout, scan: Scan, chosen: readonly number[]): Scan {
  const { bytes, scales, norms } = scan.batch
  const batch: QueryBatch = {
    count: chosen.length,
    bytes: new Uint8Array(new SharedArrayBuffer(chosen.length * queryStride)),
    scales: new Float32Array(new SharedArrayBuffer(4 * chosen.length)),
    norms: new Float32Array(new SharedArrayBuffer(4 * chosen.length)),
  }
  chosen.forEach((q, n) => {
    batch.bytes.set(bytes.subarray(q * queryStride, (q + 1) * queryStride), n * queryStride)
    batch.scales[n] = scales[q]
    batch.norms[n] = norms[q]
  })
  return { ...scan, batch, floors: undefined }
}
