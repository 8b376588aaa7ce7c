/** @file What a scanning thread keeps in its scratch of a segment's memory, beside the rows that the kernel reads. */

/** Blocks that are scored between two looks at their sequences: their rows stay in the second-level cache. */
export const TILE_BLOCKS = 16
export const TILE_ROWS = TILE_BLOCKS * 64
/** Queries that a kernel keeps in registers while it passes over a tile. */
export const QUERY_GROUP = 4
/** Queries of one pass over the table: so many keep their place in the first caches. */
export const PASS_QUERIES = 64
const PASS_BYTES = 64 * 1024
/** Steps that a filter program may have, see `filter.ts`. */
export const PROGRAM_STEPS_MOST = 512
export const STEP_BYTES = 32
export const STACK_MOST = 32

/** Addresses from the start of a slot. */
export interface Scratch {
  /** Encoded queries as the kernel wants them: integers in 16 bits. */
  queries: number
  queryBytes: number
  /** Queries of one pass. */
  passQueries: number
  /** Scores of TILE_ROWS rows for a group of queries. */
  scores: number
  /** Rows that passed the threshold, and the keys of their scores: QUERY_GROUP × TILE_ROWS each. */
  hitRows: number
  hitKeys: number
  /** Per query of a group 16 bytes: scale, squared length, threshold, and a number that depends on the format. */
  group: number
  /** A word for each query of a group: how many rows passed. */
  hitCounts: number
  /** Two words a block of the tile: the rows that may be returned. */
  masks: number
  /** Two words a block: rows of the caller's bitmap. */
  allowed: number
  sequences: number
  program: number
  /** Masks of a tile for each place of the filter's stack. */
  stack: number
  /** Of scans for many queries; null where the format has none. */
  batch: BatchScratch | null
  bytes: number
}

/** Rows in a tile that stays in the first-level cache, for kernels/vector-batch.ts. */
export interface BatchScratch {
  /** Blocks of a tile. */
  blocks: number
  tile: number
  scales: number
  norms: number
  /** What sums begin with: a word a row. */
  starts: number
  /** A byte a number. */
  queries: number
  /** 16 bytes each, as in `group`. */
  entries: number
}

/** A third of a usual first-level cache; queries have the rest. */
const BATCH_TILE_BYTES = 16 * 1024

/**
 * @param queryBytes of a query as the kernel wants it
 * @param batchStride bytes of a row where there is a kernel for many queries, else 0
 */
export function scratchOf(queryBytes: number, batchStride = 0): Scratch {
  let at = 0
  const place = (bytes: number) => {
    const here = at
    at += Math.ceil(bytes / 64) * 64
    return here
  }
  const passQueries = Math.max(
    QUERY_GROUP,
    Math.min(PASS_QUERIES, Math.floor(PASS_BYTES / queryBytes / QUERY_GROUP) * QUERY_GROUP),
  )
  const group = place(QUERY_GROUP * (16 + 4))
  return {
    queries: place(passQueries * queryBytes),
    queryBytes,
    passQueries,
    scores: place(QUERY_GROUP * TILE_ROWS * 4),
    hitRows: place(QUERY_GROUP * TILE_ROWS * 4),
    hitKeys: place(QUERY_GROUP * TILE_ROWS * 4),
    group,
    hitCounts: group + QUERY_GROUP * 16,
    masks: place(TILE_BLOCKS * 8),
    allowed: place(TILE_BLOCKS * 8),
    sequences: place(TILE_BLOCKS * 4),
    program: place(PROGRAM_STEPS_MOST * STEP_BYTES),
    stack: place(STACK_MOST * TILE_BLOCKS * 8),
    batch: batchStride === 0 ? null : batchScratch(batchStride, passQueries, place),
    bytes: at,
  }
}

function batchScratch(stride: number, passQueries: number, place: (bytes: number) => number): BatchScratch {
  const blockBytes = 64 * stride
  const blocks = Math.max(1, Math.min(TILE_BLOCKS, Math.floor(BATCH_TILE_BYTES / blockBytes)))
  return {
    blocks,
    tile: place(blocks * blockBytes),
    scales: place(blocks * 256),
    norms: place(blocks * 256),
    starts: place(blocks * 256),
    queries: place(passQueries * stride),
    entries: place(passQueries * 16),
  }
}
