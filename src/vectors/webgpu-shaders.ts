/**
 * @file What the GPU runs: one shader scores blocks of a table for all queries and collects the rows above each query's
 * limit, another cuts what was collected back to the best k and raises the limit.
 *
 * A collected row is its key and its number. Keys are scores as whole numbers that sort alike; of equal ones the smaller
 * row is better. So rows are never equal, and what is found does not depend on the order in which threads come.
 */

import { type Format, isInteger, type TableLayout } from './table-layout.ts'

/** Threads of a group: one for each row of a block. */
const GROUP_THREADS = 64
/** Rows of a thread, in neighbouring blocks: a query that was read serves so many. */
export const THREAD_ROWS = 2
/** 16-byte pieces of a row in a tile, which leaves the smallest devices half of their workgroup memory. */
const TILE_PIECES = 4
const SELECT_THREADS = 256

/** 32-bit words of a dispatch's parameters. */
export const PARAMETERS = [
  'firstBlock',
  'blocks',
  'firstRow',
  'queries',
  'columns',
  'steps',
  'allowedWords',
  'capacity',
  'wanted',
] as const
export type Parameters = Record<(typeof PARAMETERS)[number], number>

/** Every step is rounded, as in `scanner.ts`. */
export const scoreFunctions = `
fn productOf(dot: i32, rowScale: f32, queryScale: f32) -> f32 {
  let scaled = f32(dot) * rowScale;
  return scaled * queryScale;
}

fn distanceOf(product: f32, rowNorm: f32, queryNorm: f32) -> f32 {
  let doubled = 2.0 * product;
  let less = doubled - rowNorm;
  return less - queryNorm;
}
`

const parameters = `
struct Parameters { ${PARAMETERS.map((name) => `${name}: u32`).join(', ')} }
@group(0) @binding(0) var<uniform> parameters: Parameters;
`

/** 16-byte pieces of an encoded query for each piece of a row. */
const QUERY_PIECES: Record<Format, number> = { float32: 1, float16: 2, int8: 1, int4: 2, binary: 1 }

/** 16-byte pieces of a query as the shader reads it: padded to whole tiles. */
export function queryPieces(layout: TableLayout): number {
  const { tiles, pieces } = tilesOf(layout)
  return tiles * pieces * QUERY_PIECES[layout.shape.format]
}

function tilesOf({ stride }: TableLayout): { tiles: number; pieces: number } {
  const all = stride / 16
  const pieces = Math.min(all, TILE_PIECES)
  return { tiles: Math.ceil(all / pieces), pieces }
}

/** Adds the products of a row's piece `x` with a query's pieces at `y` to a sum. */
const MULTIPLY: Record<Format, (x: string, y: (n: number) => string) => string> = {
  float32: (x, y) => `dot(bitcast<vec4<f32>>(${x}), bitcast<vec4<f32>>(${y(0)}))`,
  float16: (x, y) =>
    `dot(vec4<f32>(unpack2x16float(${x}.x), unpack2x16float(${x}.y)), bitcast<vec4<f32>>(${y(0)}))` +
    ` + dot(vec4<f32>(unpack2x16float(${x}.z), unpack2x16float(${x}.w)), bitcast<vec4<f32>>(${y(1)}))`,
  int8: (x, y) => `dots(${x}, ${y(0)})`,
  int4: (x, y) => `dots(${x} & LOW, ${y(0)}) + dots((${x} >> FOUR) & LOW, ${y(1)})`,
  binary: (x, y) => `differences(${x}, ${y(0)})`,
}

const PACKED_DOT = 'fn dot4(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }'
const UNPACKED_DOT = `
fn bytes(word: u32) -> vec4<i32> {
  let whole = bitcast<i32>(word);
  return vec4<i32>(extractBits(whole, 0u, 8u), extractBits(whole, 8u, 8u), extractBits(whole, 16u, 8u), whole >> 24u);
}
fn dot4(a: u32, b: u32) -> i32 { return dot(bytes(a), bytes(b)); }
`

const each = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n')

export interface ShaderOptions {
  /** Whether the device has dot products of packed int8; the others are exact too. */
  packedDots: boolean
  /** Queries whose sums a thread keeps in registers. */
  threadQueries: number
}

export function scoreShader(layout: TableLayout, { packedDots, threadQueries }: ShaderOptions): string {
  const { shape, stride, blockBytes, rowsAt, scalesAt, normsAt } = layout
  const { format, metric, dim } = shape
  const { tiles, pieces } = tilesOf(layout)
  const sum = isInteger(format) ? 'i32' : 'f32'
  const rows = [...Array(THREAD_ROWS).keys()]
  const queries = [...Array(threadQueries).keys()]

  const dotOf = (sumName: string) =>
    format === 'binary' ? `${dim} - 2 * ${sumName}` : `${sumName} + bitcast<i32>(query.z)`
  const stage = `
    workgroupBarrier();
    for (var i = lane; i < ${GROUP_THREADS * THREAD_ROWS * pieces}u; i += ${GROUP_THREADS}u) {
      let row = i / ${pieces}u;
      let piece = tile * ${pieces}u + i % ${pieces}u;
      var read = vec4<u32>(0u);
      if (piece < ${stride / 16}u) {
        read = blocks[blockAt[row / 64u] + ${rowsAt / 16}u + (row % 64u) * ${stride / 16}u + piece];
      }
      staged[row * ${pieces + 1}u + i % ${pieces}u] = read;
    }
    workgroupBarrier();
    ${rows
      .flatMap((r) =>
        [...Array(pieces).keys()].map(
          (p) => `x${r}_${p} = staged[(${r * 64}u + lane) * ${pieces + 1}u + ${p}u];`,
        ),
      )
      .join('\n')}
  `
  const multiply = queries
    .map(
      (q) => `{
        let at = (group * ${threadQueries}u + ${q}u) * ${queryPieces(layout)}u + tile * ${pieces * QUERY_PIECES[format]}u;
        ${each(
          pieces,
          (p) => `{
          ${each(QUERY_PIECES[format], (n) => `let y${n} = queries[at + ${p * QUERY_PIECES[format] + n}u];`)}
          ${rows.map((r) => `sum${r}_${q} += ${MULTIPLY[format](`x${r}_${p}`, (n) => `y${n}`)};`).join('\n')}
        }`,
        )}
      }`,
    )
    .join('\n')
  // A loop, which compilers for GPUs unroll and others compile in a tenth of the time.
  const collect = `
    ${rows.map((r) => `let sums${r} = array<${sum}, ${threadQueries}>(${queries.map((q) => `sum${r}_${q}`)});`).join('\n')}
    for (var q = 0u; q < ${threadQueries}u; q++) {
      let number = group * ${threadQueries}u + q;
      if (number >= parameters.queries) { break; }
      let query = about[number];
      ${rows
        .map(
          (r) => `if (found${r}) {
            ${
              isInteger(format)
                ? `var score = productOf(${dotOf(`sums${r}[q]`)}, rowScale${r}, bitcast<f32>(query.x));`
                : `var score = sums${r}[q];`
            }
            ${metric === 'l2' ? `score = distanceOf(score, rowNorm${r}, bitcast<f32>(query.y));` : ''}
            offer(number, score, row${r});
          }`,
        )
        .join('\n')}
    }
  `

  return `
${packedDots ? 'requires packed_4x8_integer_dot_product;' : ''}
${parameters}
@group(0) @binding(1) var<storage, read> blocks: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> queries: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> about: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> limits: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> collected: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read> program: array<vec4<u32>>;
@group(0) @binding(8) var<storage, read> allowed: array<u32>;

const LOW = vec4<u32>(0x0f0f0f0fu);
const FOUR = vec4<u32>(4u);
var<workgroup> staged: array<vec4<u32>, ${GROUP_THREADS * THREAD_ROWS * (pieces + 1)}>;
var<workgroup> blockAt: array<u32, ${THREAD_ROWS}>;
var<workgroup> matching: atomic<u32>;
var<workgroup> matches: u32;

${scoreFunctions}
${packedDots ? PACKED_DOT : UNPACKED_DOT}
fn dots(a: vec4<u32>, b: vec4<u32>) -> i32 {
  return dot4(a.x, b.x) + dot4(a.y, b.y) + dot4(a.z, b.z) + dot4(a.w, b.w);
}
fn differences(a: vec4<u32>, b: vec4<u32>) -> i32 {
  let bits = countOneBits(a ^ b);
  return i32(bits.x + bits.y + bits.z + bits.w);
}

fn wordOf(block: u32, byte: u32) -> u32 {
  return blocks[block + byte / 16u][(byte / 4u) % 4u];
}
fn bitOf(block: u32, byte: u32, row: u32) -> u32 {
  return (wordOf(block, byte + (row >> 5u) * 4u) >> (row & 31u)) & 1u;
}

/** A float64 by its halves, the lower first, as two words that sort like it; −0 is 0. */
fn ordered(low: u32, high: u32) -> vec2<u32> {
  if (high == 0x80000000u && low == 0u) { return vec2<u32>(0u, 0x80000000u); }
  if ((high >> 31u) == 1u) { return vec2<u32>(~low, ~high); }
  return vec2<u32>(low, high | 0x80000000u);
}
fn atMost(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x <= b.x);
}
fn inRange(block: u32, byte: u32, row: u32, bounds: vec4<u32>) -> u32 {
  let low = wordOf(block, byte + row * 8u);
  let high = wordOf(block, byte + row * 8u + 4u);
  let size = high & 0x7fffffffu;
  if (size > 0x7ff00000u || (size == 0x7ff00000u && low != 0u)) { return 0u; }
  let value = ordered(low, high);
  return select(0u, 1u, atMost(bounds.xy, value) && atMost(value, bounds.zw));
}

/** Runs a filter for one row: its stack of at most 32 truths is one word. */
fn passes(block: u32, row: u32) -> bool {
  var stack = 1u;
  for (var step = 0u; step < parameters.steps; step++) {
    let head = program[2u * step];
    switch head.x {
      case 1u: { stack = (stack << 1u) | bitOf(block, head.y, row); }
      case 2u: { stack = (stack << 1u) | inRange(block, head.y, row, program[2u * step + 1u]); }
      case 3u: { stack = (stack >> 1u) & (0xfffffffeu | (stack & 1u)); }
      case 4u: { stack = (stack >> 1u) | (stack & 1u); }
      case 5u: { stack ^= 1u; }
      case 6u: { stack <<= 1u; }
      default: { stack = (stack << 1u) | 1u; }
    }
  }
  return (stack & 1u) == 1u;
}

fn mayBeFound(n: u32, block: u32, row: u32) -> bool {
  if (n >= parameters.blocks || bitOf(block, 8u, row) == 0u) { return false; }
  if (parameters.allowedWords > 0u) {
    let word = (parameters.firstRow + (parameters.firstBlock + n) * 64u + row) >> 5u;
    if (word >= parameters.allowedWords || ((allowed[word] >> (row & 31u)) & 1u) == 0u) { return false; }
  }
  return passes(block, row);
}

fn offer(query: u32, score: f32, row: u32) {
  let bits = bitcast<u32>(select(score, 0.0, score == 0.0));
  let key = select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
  let limit = limits[query];
  if (key < limit.x || (key == limit.x && row > limit.y)) { return; }
  let place = atomicAdd(&counts[query], 1u);
  if (place < parameters.capacity) { collected[query * parameters.capacity + place] = vec2<u32>(key, row); }
}

@compute @workgroup_size(${GROUP_THREADS})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first = (id.y * parameters.columns + id.x) * ${THREAD_ROWS}u;
  ${rows
    .map(
      (r) => `
  let n${r} = first + ${r}u;
  // Beyond the last block the first stands in: it is read, and nothing of it is found.
  let block${r} = (parameters.firstBlock + select(n${r}, 0u, n${r} >= parameters.blocks)) * ${blockBytes / 16}u;
  let row${r} = parameters.firstRow + (parameters.firstBlock + n${r}) * 64u + lane;
  let found${r} = mayBeFound(n${r}, block${r}, lane);
  if (lane == 0u) { blockAt[${r}] = block${r}; }
  ${scalesAt > 0 ? `let rowScale${r} = bitcast<f32>(wordOf(block${r}, ${scalesAt}u + lane * 4u));` : ''}
  ${normsAt > 0 ? `let rowNorm${r} = bitcast<f32>(wordOf(block${r}, ${normsAt}u + lane * 4u));` : ''}
  ${each(pieces, (p) => `var x${r}_${p}: vec4<u32>;`)}`,
    )
    .join('\n')}
  if (${rows.map((r) => `found${r}`).join(' || ')}) { atomicOr(&matching, 1u); }
  workgroupBarrier();
  if (lane == 0u) { matches = atomicLoad(&matching); }
  if (workgroupUniformLoad(&matches) == 0u) { return; }
  ${tiles === 1 ? `{ let tile = 0u; ${stage} }` : ''}
  for (var group = 0u; group * ${threadQueries}u < parameters.queries; group++) {
    ${rows.flatMap((r) => queries.map((q) => `var sum${r}_${q} = ${sum}(0);`)).join('\n')}
    ${
      tiles === 1
        ? `{ let tile = 0u; ${multiply} }`
        : `for (var tile = 0u; tile < ${tiles}u; tile++) { ${stage} ${multiply} }`
    }
    ${collect}
  }
}
`
}

/**
 * One group of threads a query: finds the k-th best of what was collected, digit by digit of key and row, makes it the
 * limit, and moves what is better or equal to the front.
 */
export const selectShader = `
${parameters}
@group(0) @binding(1) var<storage, read_write> limits: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> lost: array<u32>;
@group(0) @binding(4) var<storage, read_write> collected: array<vec2<u32>>;

var<workgroup> sizes: array<atomic<u32>, 256>;
var<workgroup> total: u32;
/** Of the wanted row, by ascending complement of the key and row: the digits found so far, and its rank among them. */
var<workgroup> prefix: vec2<u32>;
var<workgroup> rank: u32;
var<workgroup> kept: atomic<u32>;

fn digitOf(one: vec2<u32>, digit: u32) -> u32 {
  return (select(one.y, ~one.x, digit < 4u) >> (24u - 8u * (digit % 4u))) & 255u;
}

/** Whether the digits before that one are those of the wanted row. */
fn fits(one: vec2<u32>, wanted: vec2<u32>, digit: u32) -> bool {
  let key = ~one.x;
  if (digit == 0u) { return true; }
  if (digit <= 4u) {
    let shift = 32u - 8u * digit;
    return (key >> shift) == (wanted.x >> shift);
  }
  let shift = 64u - 8u * digit;
  return key == wanted.x && (one.y >> shift) == (wanted.y >> shift);
}

@compute @workgroup_size(${SELECT_THREADS})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let query = id.x;
  let start = query * parameters.capacity;
  if (lane == 0u) {
    let counted = counts[query];
    if (counted > parameters.capacity) { lost[query] = 1u; }
    total = min(counted, parameters.capacity);
    prefix = vec2<u32>(0u);
    rank = parameters.wanted;
  }
  let count = workgroupUniformLoad(&total);
  if (count <= parameters.wanted) { return; }
  for (var digit = 0u; digit < 8u; digit++) {
    atomicStore(&sizes[lane], 0u);
    workgroupBarrier();
    let wanted = prefix;
    for (var i = lane; i < count; i += ${SELECT_THREADS}u) {
      let one = collected[start + i];
      if (fits(one, wanted, digit)) { atomicAdd(&sizes[digitOf(one, digit)], 1u); }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var value = 0u;
      var left = rank;
      loop {
        let size = atomicLoad(&sizes[value]);
        if (left <= size || value == 255u) { break; }
        left -= size;
        value++;
      }
      rank = left;
      let place = value << (24u - 8u * (digit % 4u));
      if (digit < 4u) { prefix.x |= place; } else { prefix.y |= place; }
    }
    workgroupBarrier();
  }
  let last = prefix;
  // Nobody writes where somebody has yet to read: the front moves slower than the reading.
  for (var read = 0u; read < count; read += ${SELECT_THREADS}u) {
    var one: vec2<u32>;
    var keep = false;
    if (read + lane < count) {
      one = collected[start + read + lane];
      keep = ~one.x < last.x || (~one.x == last.x && one.y <= last.y);
    }
    storageBarrier();
    workgroupBarrier();
    if (keep) { collected[start + atomicAdd(&kept, 1u)] = one; }
  }
  if (lane == 0u) {
    limits[query] = vec2<u32>(~last.x, last.y);
    counts[query] = parameters.wanted;
  }
}
`
