/**
 * @file AssemblyScript kernel of the vector table: scores a tile of blocks for a few queries, and lists the rows above the
 * queries' thresholds. `src/vectors/table-layout.ts` says what lies in a block, `src/vectors/scratch.ts` what in scratch,
 * `src/vectors/scanner.ts` what a score is.
 */

/** Rows of a block. */
const ROWS: u32 = 64
/** Bytes of a query's entry in the group: scale, squared length, threshold, and a whole number for its format. */
const ENTRY: usize = 16
/** Bytes of one row of the filter's stack: a mask for each block of a tile. */
const STACK_ROW: usize = 128
const STEP: usize = 32

/** A bit for each four rows of a block. */
const EVERY_FOUR: u64 = 0x1111111111111111
/** With more fours than that, streaming through the whole block is faster than jumping about in it. */
const SPARSE_MOST: u64 = 2

const FLOAT32 = 0
const FLOAT16 = 1
const INT8 = 2
const INT4 = 3
const BINARY = 4

/**
 * Reads sequences until none is odd, then which rows may be found.
 *
 * @param blocks address of the first one
 * @param sequences count words, written
 * @param masks count × 64 bits, written
 * @param allowed count × 64 bits, or 0
 * @param program steps of the filter, see `src/vectors/filter.ts`
 * @returns whether any row may be found
 */
export function prepare(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  sequences: usize,
  masks: usize,
  allowed: usize,
  program: usize,
  steps: u32,
  stack: usize,
): bool {
  let block = blocks
  for (let b: u32 = 0; b < count; b++, block += blockBytes) {
    let sequence = atomic.load<u32>(block)
    while (sequence & 1) sequence = atomic.load<u32>(block)
    store<u32>(sequences + (<usize>b << 2), sequence)
  }
  if (steps > 0) filter(blocks, blockBytes, count, program, steps, stack)
  let some: u64 = 0
  block = blocks
  for (let b: u32 = 0; b < count; b++, block += blockBytes) {
    const at = <usize>b << 3
    let mask = load<u64>(block, 8)
    if (allowed != 0) mask &= load<u64>(allowed + at)
    if (steps > 0) mask &= load<u64>(stack + at)
    store<u64>(masks + at, mask)
    some |= mask
  }
  return some != 0
}

/** Leaves a mask for each block at the bottom of the stack. */
function filter(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  program: usize,
  steps: u32,
  stack: usize,
): void {
  // The next free row of the stack.
  let top = stack
  for (let s: u32 = 0; s < steps; s++, program += STEP) {
    const operation = load<u32>(program)
    if (operation == 1 || operation == 2) {
      let column = blocks + load<u32>(program, 4)
      const low = f64x2.splat(load<f64>(program, 16))
      const high = f64x2.splat(load<f64>(program, 24))
      for (let b: u32 = 0; b < count; b++, column += blockBytes)
        store<u64>(top + (<usize>b << 3), operation == 1 ? load<u64>(column) : within(column, low, high))
      top += STACK_ROW
    } else if (operation == 3 || operation == 4) {
      top -= STACK_ROW
      const under = top - STACK_ROW
      for (let at: usize = 0; at < STACK_ROW; at += 16) {
        const a = v128.load(under + at)
        const b = v128.load(top + at)
        v128.store(under + at, operation == 3 ? v128.and(a, b) : v128.or(a, b))
      }
    } else if (operation == 5) {
      const under = top - STACK_ROW
      for (let at: usize = 0; at < STACK_ROW; at += 16)
        v128.store(under + at, v128.not(v128.load(under + at)))
    } else {
      for (let at: usize = 0; at < STACK_ROW; at += 16)
        v128.store(top + at, i32x4.splat(operation == 6 ? 0 : -1))
      top += STACK_ROW
    }
  }
}

function within(column: usize, low: v128, high: v128): u64 {
  let mask: u64 = 0
  for (let r: u32 = 0; r < ROWS; r += 2) {
    const values = v128.load(column + (<usize>r << 3))
    const inside = v128.and(f64x2.ge(values, low), f64x2.le(values, high))
    mask |= (<u64>i64x2.bitmask(inside)) << r
  }
  return mask
}

/**
 * Scores what `prepare` left, for up to four queries.
 *
 * @param group an entry a query: scale, squared length, threshold, and a number that depends on the format: Σ query for
 *   int4, dim for binary; behind four entries follow the numbers of hits, written
 * @param rows place of the rows in a block; likewise `scales` and `norms`, which is 0 when the metric has none
 * @param scores rows of a tile for each query
 * @param firstRow number of the first block's first row
 * @param hitRows,hitKeys rows of a tile for each query: those above the threshold, in ascending order; keys are whole
 *   numbers that sort like the scores
 * @returns whether no block was written to meanwhile; otherwise all is to be done again
 */
@inline
function scan(
  format: i32,
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  masks: usize,
  queries: usize,
  queryBytes: usize,
  queryCount: u32,
  group: usize,
  scores: usize,
  tileRows: u32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): bool {
  const tileBytes = <usize>tileRows << 2
  let block = blocks
  for (let b: u32 = 0; b < count; b++, block += blockBytes) {
    // A bit for each four rows of which one may be found.
    let fours = load<u64>(masks + (<usize>b << 3))
    fours |= fours >> 1
    fours |= fours >> 2
    fours &= EVERY_FOUR
    if (popcnt(fours) > SPARSE_MOST) fours = EVERY_FOUR
    const first = scores + (<usize>b << 8)
    while (fours != 0) {
      const r = <usize>ctz(fours)
      fours &= fours - 1
      const row = block + rows + r * stride
      const scale = format >= INT8 ? v128.load(block + scales + (r << 2)) : f32x4.splat(1)
      const norm = norms != 0 ? v128.load(block + norms + (r << 2)) : f32x4.splat(0)
      let query = queries
      let entry = group
      let out = first + (r << 2)
      let q: u32 = 0
      if (format != BINARY) {
        for (; q + 2 <= queryCount; q += 2) {
          twoQueries(format, row, stride, query, queryBytes, entry, scale, norms != 0, norm, out, tileBytes)
          query += 2 * queryBytes
          entry += 2 * ENTRY
          out += 2 * tileBytes
        }
      }
      for (; q < queryCount; q++) {
        oneQuery(format, row, stride, query, entry, scale, norms != 0, norm, out)
        query += queryBytes
        entry += ENTRY
        out += tileBytes
      }
    }
  }
  for (let q: u32 = 0; q < queryCount; q++) {
    const at = <usize>q * tileBytes
    const hits = select(
      masks,
      count,
      scores + at,
      load<f32>(group + <usize>q * ENTRY, 8),
      firstRow,
      hitRows + at,
      hitKeys + at,
    )
    store<u32>(hitCounts(group) + (<usize>q << 2), hits)
  }
  // An atomic exchange keeps what was read above from being read after the sequences below.
  atomic.add<u32>(hitCounts(group) + 16, 0)
  block = blocks
  for (let b: u32 = 0; b < count; b++, block += blockBytes)
    if (atomic.load<u32>(block) != load<u32>(sequences + (<usize>b << 2))) return false
  return true
}

/** Numbers of hits lie behind four entries. */
@inline
function hitCounts(group: usize): usize {
  return group + 4 * ENTRY
}

/** Lists the rows of a tile above a threshold. */
function select(
  masks: usize,
  count: u32,
  scores: usize,
  threshold: f32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): u32 {
  const least = f32x4.splat(threshold)
  let hits: usize = 0
  for (let b: u32 = 0; b < count; b++) {
    const mask = load<u64>(masks + (<usize>b << 3))
    if (mask == 0) continue
    const block = scores + (<usize>b << 8)
    for (let r: u32 = 0; r < ROWS; r += 16) {
      const at = block + (<usize>r << 2)
      const above =
        i32x4.bitmask(f32x4.gt(v128.load(at), least)) |
        (i32x4.bitmask(f32x4.gt(v128.load(at, 16), least)) << 4) |
        (i32x4.bitmask(f32x4.gt(v128.load(at, 32), least)) << 8) |
        (i32x4.bitmask(f32x4.gt(v128.load(at, 48), least)) << 12)
      let found = <u32>above & <u32>(mask >> r) & 0xffff
      while (found != 0) {
        const bit = ctz(found)
        found &= found - 1
        store<u32>(hitRows + hits, firstRow + (b << 6) + r + bit)
        const bits = load<i32>(at + (<usize>bit << 2))
        store<i32>(hitKeys + hits, bits ^ ((bits >> 31) | <i32>0x80000000))
        hits += 4
      }
    }
  }
  return <u32>(hits >> 2)
}

/** Scores of four rows for two queries. */
@inline
function twoQueries(
  format: i32,
  row: usize,
  stride: usize,
  query: usize,
  queryBytes: usize,
  entry: usize,
  scale: v128,
  hasNorm: bool,
  norm: v128,
  out: usize,
  tileBytes: usize,
): void {
  let a0 = i32x4.splat(0)
  let a1 = i32x4.splat(0)
  let a2 = i32x4.splat(0)
  let a3 = i32x4.splat(0)
  let b0 = i32x4.splat(0)
  let b1 = i32x4.splat(0)
  let b2 = i32x4.splat(0)
  let b3 = i32x4.splat(0)
  const row1 = row + stride
  const row2 = row1 + stride
  const row3 = row2 + stride
  const other = query + queryBytes
  if (format == INT8) {
    for (let j: usize = 0; j < stride; j += 8) {
      const p = v128.load(query + (j << 1))
      const q = v128.load(other + (j << 1))
      const r0 = v128.load_ext<i8>(row + j)
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(r0, p))
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(r0, q))
      const r1 = v128.load_ext<i8>(row1 + j)
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(r1, p))
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(r1, q))
      const r2 = v128.load_ext<i8>(row2 + j)
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(r2, p))
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(r2, q))
      const r3 = v128.load_ext<i8>(row3 + j)
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(r3, p))
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(r3, q))
    }
  } else if (format == INT4) {
    const low = i8x16.splat(15)
    for (let j: usize = 0; j < stride; j += 16) {
      const p = v128.load(query + (j << 1))
      const p1 = v128.load(query + (j << 1), 16)
      const q = v128.load(other + (j << 1))
      const q1 = v128.load(other + (j << 1), 16)
      let bytes = v128.load(row + j)
      let halves = v128.and(bytes, low)
      let uppers = i8x16.shr_u(bytes, 4)
      a0 = nibbles(nibbles(a0, p, halves), p1, uppers)
      b0 = nibbles(nibbles(b0, q, halves), q1, uppers)
      bytes = v128.load(row1 + j)
      halves = v128.and(bytes, low)
      uppers = i8x16.shr_u(bytes, 4)
      a1 = nibbles(nibbles(a1, p, halves), p1, uppers)
      b1 = nibbles(nibbles(b1, q, halves), q1, uppers)
      bytes = v128.load(row2 + j)
      halves = v128.and(bytes, low)
      uppers = i8x16.shr_u(bytes, 4)
      a2 = nibbles(nibbles(a2, p, halves), p1, uppers)
      b2 = nibbles(nibbles(b2, q, halves), q1, uppers)
      bytes = v128.load(row3 + j)
      halves = v128.and(bytes, low)
      uppers = i8x16.shr_u(bytes, 4)
      a3 = nibbles(nibbles(a3, p, halves), p1, uppers)
      b3 = nibbles(nibbles(b3, q, halves), q1, uppers)
    }
  } else if (format == FLOAT32) {
    for (let j: usize = 0; j < stride; j += 16) {
      const p = v128.load(query + j)
      const q = v128.load(other + j)
      const r0 = v128.load(row + j)
      a0 = f32x4.add(a0, f32x4.mul(r0, p))
      b0 = f32x4.add(b0, f32x4.mul(r0, q))
      const r1 = v128.load(row1 + j)
      a1 = f32x4.add(a1, f32x4.mul(r1, p))
      b1 = f32x4.add(b1, f32x4.mul(r1, q))
      const r2 = v128.load(row2 + j)
      a2 = f32x4.add(a2, f32x4.mul(r2, p))
      b2 = f32x4.add(b2, f32x4.mul(r2, q))
      const r3 = v128.load(row3 + j)
      a3 = f32x4.add(a3, f32x4.mul(r3, p))
      b3 = f32x4.add(b3, f32x4.mul(r3, q))
    }
  } else {
    for (let j: usize = 0; j < stride; j += 8) {
      const p = v128.load(query + (j << 1))
      const q = v128.load(other + (j << 1))
      const r0 = fourHalves(row + j)
      a0 = f32x4.add(a0, f32x4.mul(r0, p))
      b0 = f32x4.add(b0, f32x4.mul(r0, q))
      const r1 = fourHalves(row1 + j)
      a1 = f32x4.add(a1, f32x4.mul(r1, p))
      b1 = f32x4.add(b1, f32x4.mul(r1, q))
      const r2 = fourHalves(row2 + j)
      a2 = f32x4.add(a2, f32x4.mul(r2, p))
      b2 = f32x4.add(b2, f32x4.mul(r2, q))
      const r3 = fourHalves(row3 + j)
      a3 = f32x4.add(a3, f32x4.mul(r3, p))
      b3 = f32x4.add(b3, f32x4.mul(r3, q))
    }
  }
  finish(format, sums(format, a0, a1, a2, a3), entry, scale, hasNorm, norm, out)
  finish(format, sums(format, b0, b1, b2, b3), entry + ENTRY, scale, hasNorm, norm, out + tileBytes)
}

/** Scores of four rows for one query. */
@inline
function oneQuery(
  format: i32,
  row: usize,
  stride: usize,
  query: usize,
  entry: usize,
  scale: v128,
  hasNorm: bool,
  norm: v128,
  out: usize,
): void {
  let a0 = i32x4.splat(0)
  let a1 = i32x4.splat(0)
  let a2 = i32x4.splat(0)
  let a3 = i32x4.splat(0)
  const row1 = row + stride
  const row2 = row1 + stride
  const row3 = row2 + stride
  if (format == INT8) {
    for (let j: usize = 0; j < stride; j += 16) {
      const p = v128.load(query + (j << 1))
      const q = v128.load(query + (j << 1), 16)
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load_ext<i8>(row + j), p))
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load_ext<i8>(row1 + j), p))
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(v128.load_ext<i8>(row2 + j), p))
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(v128.load_ext<i8>(row3 + j), p))
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load_ext<i8>(row + j, 8), q))
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load_ext<i8>(row1 + j, 8), q))
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(v128.load_ext<i8>(row2 + j, 8), q))
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(v128.load_ext<i8>(row3 + j, 8), q))
    }
  } else if (format == INT4) {
    const low = i8x16.splat(15)
    for (let j: usize = 0; j < stride; j += 16) {
      const p = v128.load(query + (j << 1))
      const q = v128.load(query + (j << 1), 16)
      let bytes = v128.load(row + j)
      a0 = nibbles(nibbles(a0, p, v128.and(bytes, low)), q, i8x16.shr_u(bytes, 4))
      bytes = v128.load(row1 + j)
      a1 = nibbles(nibbles(a1, p, v128.and(bytes, low)), q, i8x16.shr_u(bytes, 4))
      bytes = v128.load(row2 + j)
      a2 = nibbles(nibbles(a2, p, v128.and(bytes, low)), q, i8x16.shr_u(bytes, 4))
      bytes = v128.load(row3 + j)
      a3 = nibbles(nibbles(a3, p, v128.and(bytes, low)), q, i8x16.shr_u(bytes, 4))
    }
  } else if (format == BINARY) {
    const dots = i32x4(
      agreement(row, stride, query, entry),
      agreement(row1, stride, query, entry),
      agreement(row2, stride, query, entry),
      0,
    )
    finish(
      format,
      i32x4.replace_lane(dots, 3, agreement(row3, stride, query, entry)),
      entry,
      scale,
      hasNorm,
      norm,
      out,
    )
    return
  } else if (format == FLOAT32) {
    for (let j: usize = 0; j < stride; j += 16) {
      const p = v128.load(query + j)
      a0 = f32x4.add(a0, f32x4.mul(v128.load(row + j), p))
      a1 = f32x4.add(a1, f32x4.mul(v128.load(row1 + j), p))
      a2 = f32x4.add(a2, f32x4.mul(v128.load(row2 + j), p))
      a3 = f32x4.add(a3, f32x4.mul(v128.load(row3 + j), p))
    }
  } else {
    for (let j: usize = 0; j < stride; j += 8) {
      const p = v128.load(query + (j << 1))
      a0 = f32x4.add(a0, f32x4.mul(fourHalves(row + j), p))
      a1 = f32x4.add(a1, f32x4.mul(fourHalves(row1 + j), p))
      a2 = f32x4.add(a2, f32x4.mul(fourHalves(row2 + j), p))
      a3 = f32x4.add(a3, f32x4.mul(fourHalves(row3 + j), p))
    }
  }
  finish(format, sums(format, a0, a1, a2, a3), entry, scale, hasNorm, norm, out)
}

/**
 * Adds products of 16 int8 with 16 numbers from 0 to 15. Exact: pairs stay below 2¹⁵, and the second operand has
 * 7 bits, which is what makes the instruction mean the same everywhere.
 */
@inline
function nibbles(sum: v128, query: v128, row: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(query, row, sum)
}

/** Four halves as float32: sign, and exponent and mantissa put in place; the factor corrects the exponent's offset. */
@inline
function fourHalves(at: usize): v128 {
  const halves = v128.load_ext<u16>(at)
  const size = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13)
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16)
  return v128.or(f32x4.mul(size, f32x4.splat(5.192296858534828e33)), sign)
}

/** Bits that agree less those that do not; the bits of the padding agree and are not among `dim`. */
@inline
function agreement(row: usize, stride: usize, query: usize, entry: usize): i32 {
  let differing: i64 = 0
  for (let j: usize = 0; j < stride; j += 16) {
    differing += popcnt(load<i64>(row + j) ^ load<i64>(query + j))
    differing += popcnt(load<i64>(row + j, 8) ^ load<i64>(query + j, 8))
  }
  return load<i32>(entry, 12) - 2 * <i32>differing
}

/** Lane r is the sum over vector r. */
@inline
function sums(format: i32, s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const low01 = v128.shuffle<i32>(s0, s1, 0, 4, 1, 5)
  const high01 = v128.shuffle<i32>(s0, s1, 2, 6, 3, 7)
  const low23 = v128.shuffle<i32>(s2, s3, 0, 4, 1, 5)
  const high23 = v128.shuffle<i32>(s2, s3, 2, 6, 3, 7)
  const pairs01 = format <= FLOAT16 ? f32x4.add(low01, high01) : i32x4.add(low01, high01)
  const pairs23 = format <= FLOAT16 ? f32x4.add(low23, high23) : i32x4.add(low23, high23)
  const even = v128.shuffle<i64>(pairs01, pairs23, 0, 2)
  const odd = v128.shuffle<i64>(pairs01, pairs23, 1, 3)
  return format <= FLOAT16 ? f32x4.add(even, odd) : i32x4.add(even, odd)
}

/** From sums to scores. */
@inline
function finish(
  format: i32,
  sum: v128,
  entry: usize,
  scale: v128,
  hasNorm: bool,
  norm: v128,
  out: usize,
): void {
  let product = sum
  if (format >= INT8) {
    // int4 is stored as value + 8.
    const whole = format == INT4 ? i32x4.sub(sum, i32x4.splat(load<i32>(entry, 12) << 3)) : sum
    product = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(whole), scale), v128.load_splat<f32>(entry))
  }
  if (hasNorm) {
    product = f32x4.sub(f32x4.sub(f32x4.add(product, product), norm), v128.load_splat<f32>(entry, 4))
  }
  // −0 becomes 0.
  v128.store(out, f32x4.add(product, f32x4.splat(0)))
}

// One export a format: where the compiler knows it, float32 and binary rows take a tenth to a fifth less time than with the
// format as an argument (int8 the same).

/** See `scan`. */
export function scanFloat32(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  masks: usize,
  queries: usize,
  queryBytes: usize,
  queryCount: u32,
  group: usize,
  scores: usize,
  tileRows: u32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): bool {
  return scan(
    FLOAT32,
    blocks,
    blockBytes,
    count,
    scales,
    norms,
    rows,
    stride,
    sequences,
    masks,
    queries,
    queryBytes,
    queryCount,
    group,
    scores,
    tileRows,
    firstRow,
    hitRows,
    hitKeys,
  )
}

/** See `scan`. */
export function scanFloat16(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  masks: usize,
  queries: usize,
  queryBytes: usize,
  queryCount: u32,
  group: usize,
  scores: usize,
  tileRows: u32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): bool {
  return scan(
    FLOAT16,
    blocks,
    blockBytes,
    count,
    scales,
    norms,
    rows,
    stride,
    sequences,
    masks,
    queries,
    queryBytes,
    queryCount,
    group,
    scores,
    tileRows,
    firstRow,
    hitRows,
    hitKeys,
  )
}

/** See `scan`. */
export function scanInt8(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  masks: usize,
  queries: usize,
  queryBytes: usize,
  queryCount: u32,
  group: usize,
  scores: usize,
  tileRows: u32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): bool {
  return scan(
    INT8,
    blocks,
    blockBytes,
    count,
    scales,
    norms,
    rows,
    stride,
    sequences,
    masks,
    queries,
    queryBytes,
    queryCount,
    group,
    scores,
    tileRows,
    firstRow,
    hitRows,
    hitKeys,
  )
}

/** See `scan`. */
export function scanInt4(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  masks: usize,
  queries: usize,
  queryBytes: usize,
  queryCount: u32,
  group: usize,
  scores: usize,
  tileRows: u32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): bool {
  return scan(
    INT4,
    blocks,
    blockBytes,
    count,
    scales,
    norms,
    rows,
    stride,
    sequences,
    masks,
    queries,
    queryBytes,
    queryCount,
    group,
    scores,
    tileRows,
    firstRow,
    hitRows,
    hitKeys,
  )
}

/** See `scan`. */
export function scanBinary(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  masks: usize,
  queries: usize,
  queryBytes: usize,
  queryCount: u32,
  group: usize,
  scores: usize,
  tileRows: u32,
  firstRow: u32,
  hitRows: usize,
  hitKeys: usize,
): bool {
  return scan(
    BINARY,
    blocks,
    blockBytes,
    count,
    scales,
    norms,
    rows,
    stride,
    sequences,
    masks,
    queries,
    queryBytes,
    queryCount,
    group,
    scores,
    tileRows,
    firstRow,
    hitRows,
    hitKeys,
  )
}
