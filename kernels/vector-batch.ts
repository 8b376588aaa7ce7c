/**
 * @file AssemblyScript kernel of the vector table for many queries over rows of int8: rows are copied into a tile, 16 side
 * by side, so that sums need no adding across a register, and what does not reach a query's threshold is never stored.
 * `src/vectors/scratch.ts` says what lies where, `src/vectors/scanner.ts` what a score is.
 *
 * The product of bytes means the same on every processor only where one operand has 7 bits. `meaning` says what it means on
 * this one, and so how queries are to be written; where it loses something, another kernel has to serve.
 */

/** What a byte above 127 is to the product: nothing that sums could be made of, the number that it is, a negative one. */
const LOSSY: u32 = 0
const UNSIGNED: u32 = 1
const SIGNED: u32 = 2

/** Rows that are scored at once: four registers of four. A block has four such chunks. */
const CHUNK: usize = 16
const BLOCK_CHUNKS: u32 = 4
/** Bytes of a word of all rows of a chunk. */
const WORD: usize = 64
/** Bytes of a query's entry: scale, squared length, threshold, and a number that is not needed here. */
const ENTRY: usize = 16

/** @returns what products of int8 with a byte mean here; queries are written as q + 128 where it is UNSIGNED */
export function meaning(): u32 {
  const most = i32x4.extract_lane(plus(i32x4.splat(0), i8x16.splat(127), i8x16.splat(-1)), 0)
  const least = i32x4.extract_lane(plus(i32x4.splat(0), i8x16.splat(-128), i8x16.splat(-1)), 0)
  if (most == 4 * 127 * 255 && least == -4 * 128 * 255) return UNSIGNED
  return most == -4 * 127 && least == 4 * 128 ? SIGNED : LOSSY
}

/**
 * Copies blocks into a tile: word w of the 16 rows of a chunk side by side, for every w, chunk after chunk.
 *
 * @param scales,norms places of both in a block; `norms` is 0 when the metric has none
 * @param sequences of the blocks, as `prepare` has read them
 * @param offset what queries' bytes are too large by
 * @param starts what each row's sums begin with to make up for that, written
 * @returns whether no block was written to meanwhile; otherwise all is to be done again
 */
export function arrange(
  blocks: usize,
  blockBytes: usize,
  count: u32,
  scales: usize,
  norms: usize,
  rows: usize,
  stride: usize,
  sequences: usize,
  tile: usize,
  tileScales: usize,
  tileNorms: usize,
  offset: i32,
  starts: usize,
): bool {
  let block = blocks
  let chunk = tile
  for (let b: u32 = 0; b < count; b++, block += blockBytes) {
    memory.copy(tileScales + (<usize>b << 8), block + scales, 256)
    if (norms != 0) memory.copy(tileNorms + (<usize>b << 8), block + norms, 256)
    let row = block + rows
    for (let c: u32 = 0; c < BLOCK_CHUNKS; c++, chunk += CHUNK * stride)
      for (let four: usize = 0; four < WORD; four += 16, row += 4 * stride) {
        fourRows(row, stride, chunk + four)
        v128.store(starts, startsOf(chunk + four, stride, offset))
        starts += 16
      }
  }
  // An atomic exchange keeps what was read above from being read after the sequences below.
  atomic.add<u32>(tileScales, 0)
  block = blocks
  for (let b: u32 = 0; b < count; b++, block += blockBytes)
    if (atomic.load<u32>(block) != load<u32>(sequences + (<usize>b << 2))) return false
  return true
}

/** Word w of four rows at `out` + w · WORD. */
@inline
function fourRows(row: usize, stride: usize, out: usize): void {
  for (let j: usize = 0; j < stride; j += 16, row += 16, out += 4 * WORD) {
    const r0 = v128.load(row)
    const r1 = v128.load(row + stride)
    const r2 = v128.load(row + 2 * stride)
    const r3 = v128.load(row + 3 * stride)
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5)
    const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7)
    const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5)
    const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7)
    v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2))
    v128.store(out, v128.shuffle<i64>(low01, low23, 1, 3), WORD)
    v128.store(out, v128.shuffle<i64>(high01, high23, 0, 2), 2 * WORD)
    v128.store(out, v128.shuffle<i64>(high01, high23, 1, 3), 3 * WORD)
  }
}

/** Of four rows that have been moved. */
@inline
function startsOf(four: usize, stride: usize, offset: i32): v128 {
  let sum = i32x4.splat(0)
  const end = four + CHUNK * stride
  for (let word = four; word < end; word += WORD) sum = plus(sum, v128.load(word), i8x16.splat(1))
  return i32x4.mul(sum, i32x4.splat(-offset))
}

/** @returns chunks of which any row may be found */
export function chunksWanted(masks: usize, count: u32): u32 {
  let wanted: u32 = 0
  for (let at = masks; at < masks + (<usize>count << 3); at += 2) if (load<u16>(at) != 0) wanted++
  return wanted
}

/**
 * Scores a tile for queries, two at a time, and lists what is above their thresholds: for each query in ascending order of
 * rows.
 *
 * @param queries `stride` bytes each; an even number of them
 * @param entries one a query
 * @param hits how many rows were listed, written
 * @param hitRows number of the query in the upper half, of the row within the tile in the lower
 * @param hitKeys whole numbers that sort like the scores
 * @param room for so many rows
 * @returns the query to go on from, once what was listed has been taken
 */
export function score(
  tile: usize,
  count: u32,
  stride: usize,
  tileScales: usize,
  tileNorms: usize,
  starts: usize,
  masks: usize,
  queries: usize,
  entries: usize,
  from: u32,
  to: u32,
  hits: usize,
  hitRows: usize,
  hitKeys: usize,
  room: u32,
): u32 {
  const chunks = count * BLOCK_CHUNKS
  const pairMost = 2 * chunks * <u32>CHUNK
  let at: usize = 0
  let q = from
  for (; q < to && <u32>(at >> 2) + pairMost <= room; q += 2) {
    const query = queries + <usize>q * stride
    const entry = entries + <usize>q * ENTRY
    let rows = tile
    for (let c: u32 = 0; c < chunks; c++, rows += CHUNK * stride) {
      const mask = <u32>load<u16>(masks + (<usize>c << 1))
      if (mask == 0) continue
      const start = starts + (<usize>c << 6)
      let a0 = v128.load(start)
      let a1 = v128.load(start, 16)
      let a2 = v128.load(start, 32)
      let a3 = v128.load(start, 48)
      let b0 = a0
      let b1 = a1
      let b2 = a2
      let b3 = a3
      for (let word = rows, j = query, end = j + stride; j < end; j += 8, word += 2 * WORD) {
        let p = v128.load_splat<i32>(j)
        let s = v128.load_splat<i32>(j + stride)
        let r = v128.load(word)
        a0 = plus(a0, r, p)
        b0 = plus(b0, r, s)
        r = v128.load(word, 16)
        a1 = plus(a1, r, p)
        b1 = plus(b1, r, s)
        r = v128.load(word, 32)
        a2 = plus(a2, r, p)
        b2 = plus(b2, r, s)
        r = v128.load(word, 48)
        a3 = plus(a3, r, p)
        b3 = plus(b3, r, s)
        p = v128.load_splat<i32>(j, 4)
        s = v128.load_splat<i32>(j + stride, 4)
        r = v128.load(word, WORD)
        a0 = plus(a0, r, p)
        b0 = plus(b0, r, s)
        r = v128.load(word, WORD + 16)
        a1 = plus(a1, r, p)
        b1 = plus(b1, r, s)
        r = v128.load(word, WORD + 32)
        a2 = plus(a2, r, p)
        b2 = plus(b2, r, s)
        r = v128.load(word, WORD + 48)
        a3 = plus(a3, r, p)
        b3 = plus(b3, r, s)
      }
      const scales = tileScales + (<usize>c << 6)
      const norms = tileNorms == 0 ? <usize>0 : tileNorms + (<usize>c << 6)
      const base = (q << 16) | (c << 4)
      at = list(a0, a1, a2, a3, scales, norms, entry, base, mask, at, hitRows, hitKeys)
      at = list(b0, b1, b2, b3, scales, norms, entry + ENTRY, base + 0x10000, mask, at, hitRows, hitKeys)
    }
  }
  store<u32>(hits, <u32>(at >> 2))
  return q
}

/** Adds products of 16 int8 with 16 bytes. */
@inline
function plus(sum: v128, row: v128, query: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(row, query, sum)
}

/** From sums to scores of 16 rows; lists those above the query's threshold, and returns where the list ends. */
@inline
function list(
  s0: v128,
  s1: v128,
  s2: v128,
  s3: v128,
  scales: usize,
  norms: usize,
  entry: usize,
  base: u32,
  mask: u32,
  at: usize,
  hitRows: usize,
  hitKeys: usize,
): usize {
  const scale = v128.load_splat<f32>(entry)
  const threshold = v128.load_splat<f32>(entry, 8)
  let f0 = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(s0), v128.load(scales)), scale)
  let f1 = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(s1), v128.load(scales, 16)), scale)
  let f2 = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(s2), v128.load(scales, 32)), scale)
  let f3 = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(s3), v128.load(scales, 48)), scale)
  if (norms != 0) {
    const norm = v128.load_splat<f32>(entry, 4)
    f0 = f32x4.sub(f32x4.sub(f32x4.add(f0, f0), v128.load(norms)), norm)
    f1 = f32x4.sub(f32x4.sub(f32x4.add(f1, f1), v128.load(norms, 16)), norm)
    f2 = f32x4.sub(f32x4.sub(f32x4.add(f2, f2), v128.load(norms, 32)), norm)
    f3 = f32x4.sub(f32x4.sub(f32x4.add(f3, f3), v128.load(norms, 48)), norm)
  }
  const above0 = f32x4.gt(f0, threshold)
  const above1 = f32x4.gt(f1, threshold)
  const above2 = f32x4.gt(f2, threshold)
  const above3 = f32x4.gt(f3, threshold)
  if (!v128.any_true(v128.or(v128.or(above0, above1), v128.or(above2, above3)))) return at
  at = listFour(f0, i32x4.bitmask(above0) & mask, base, at, hitRows, hitKeys)
  at = listFour(f1, i32x4.bitmask(above1) & (mask >> 4), base + 4, at, hitRows, hitKeys)
  at = listFour(f2, i32x4.bitmask(above2) & (mask >> 8), base + 8, at, hitRows, hitKeys)
  return listFour(f3, i32x4.bitmask(above3) & (mask >> 12), base + 12, at, hitRows, hitKeys)
}

/** Lists those of four rows that have a bit. */
function listFour(scores: v128, found: u32, base: u32, at: usize, hitRows: usize, hitKeys: usize): usize {
  // −0 becomes 0.
  const bits = f32x4.add(scores, f32x4.splat(0))
  const keys = v128.xor(bits, v128.or(i32x4.shr_s(bits, 31), i32x4.splat(0x80000000)))
  for (let r: u32 = 0; found != 0; r++, found >>= 1) {
    if (!(found & 1)) continue
    store<u32>(hitRows + at, base + r)
    store<u32>(hitKeys + at, laneOf(keys, r))
    at += 4
  }
  return at
}

@inline
function laneOf(keys: v128, lane: u32): i32 {
  return lane < 2
    ? lane == 0
      ? i32x4.extract_lane(keys, 0)
      : i32x4.extract_lane(keys, 1)
    : lane == 2
      ? i32x4.extract_lane(keys, 2)
      : i32x4.extract_lane(keys, 3)
}
