/** @file Queries as kernels read them: encoded once, in one matrix. */

import { InvalidOptionError } from '../base/errors.ts'
import { sharedFloat32, sharedUint8 } from '../base/shared.ts'
import { type Encoded, queryEncoder } from './encode.ts'
import type { TableLayout } from './table-layout.ts'

/** Over shared memory, so that all threads read the same. */
export interface QueryBatch {
  count: number
  /** count × `queryStride` of the layout; int8 for int8 and int4 rows, bits for binary ones, float32 for the others. */
  bytes: Uint8Array
  /** count; 1 for the float formats. */
  scales: Float32Array
  /** count: squared lengths. */
  norms: Float32Array
}

/** @param queries any number × dim, row-major */
export function encodeQueries(layout: TableLayout, queries: Float32Array): QueryBatch {
  const { dim } = layout.shape
  const count = queries.length / dim
  if (!Number.isInteger(count))
    throw new InvalidOptionError('queries', queries.length, `a multiple of ${dim} numbers`)
  const batch: QueryBatch = {
    count,
    bytes: sharedUint8(count * layout.queryStride),
    scales: sharedFloat32(count),
    norms: sharedFloat32(count),
  }
  const encode = queryEncoder(layout)
  for (let q = 0; q < count; q++) {
    const into: Encoded = {
      bytes: batch.bytes.subarray(q * layout.queryStride, (q + 1) * layout.queryStride),
      scale: 1,
      norm: 0,
    }
    encode(queries.subarray(q * dim, (q + 1) * dim), into)
    batch.scales[q] = into.scale
    batch.norms[q] = into.norm
  }
  return batch
}
