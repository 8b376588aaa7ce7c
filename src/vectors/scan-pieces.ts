/**
 * @file How the GPU passes over a table: in pieces that grow, so that hardly more rows pass a query's limit within one
 * than it has room for.
 *
 * After S rows in no particular order the limit lets through k of them; of the next rows it lets through about k / S.
 */

import { BLOCK_ROWS } from './table-layout.ts'

export interface ScanPiece {
  /** Index of the buffer, and blocks in it. */
  buffer: number
  from: number
  blocks: number
}

/** Rows that a query has room for, beyond the k best. */
const ROOM_LEAST = 16_384
const ROOM_MOST = 2 ** 18

export const roomFor = (k: number) => k + Math.min(Math.max(3 * k, ROOM_LEAST), ROOM_MOST)

/**
 * @param buffers blocks of each buffer, in order
 * @param sure whether no piece may be larger than the room: then nothing can be lost, in whatever order rows lie
 */
export function scanPieces(buffers: readonly number[], k: number, sure: boolean): ScanPiece[] {
  const spare = roomFor(k) - k
  const pieces: ScanPiece[] = []
  let seen = 0
  buffers.forEach((count, buffer) => {
    for (let from = 0; from < count; ) {
      // Half of the room: the other half is for chance.
      const rows = sure ? spare : Math.max(spare, Math.floor((seen * spare) / (2 * k)))
      const blocks = Math.min(count - from, Math.floor(rows / BLOCK_ROWS))
      pieces.push({ buffer, from, blocks })
      from += blocks
      seen += blocks * BLOCK_ROWS
    }
  })
  return pieces
}
