/**
 * @file AssemblyScript kernel of boosted trees, the part that goes over rows: codes, histograms, and the partition of a
 * leaf's rows. `src/models/trees/tree-memory.ts` lays everything out, `grow-tree.ts` calls it.
 *
 * Gradients are whole numbers: a row is two 64-bit integers, its gradient in units of 2^−k and its hessian in units of
 * 2^−m above `countBits` bits that count the row itself. Sums are then exact: they do not depend on the order of rows or
 * the number of threads, and a parent's histogram is to the last bit the sum of its children's.
 */

/** Rows whose gradients are gathered at a time: 16 KiB, which stay in the first cache beside the histograms. */
const BLOCK: u32 = 1024

/**
 * Writes the bins of one feature: the first bound that is ≥ the value. The search has no branches, so that neighbouring
 * rows overlap.
 *
 * @param values float32, `stride` bytes apart
 * @param bounds 256 of float32, ascending, filled up with +∞
 * @param nanCode bin of NaN
 * @param codes one byte a row
 */
export function encode(values: usize, stride: u32, rows: u32, bounds: usize, nanCode: u32, codes: usize): void {
  for (const end = codes + rows; codes < end; codes++, values += stride) {
    const value = load<f32>(values)
    let at = bounds
    at += <usize>u32(load<f32>(at, 127 * 4) < value) << 9
    at += <usize>u32(load<f32>(at, 63 * 4) < value) << 8
    at += <usize>u32(load<f32>(at, 31 * 4) < value) << 7
    at += <usize>u32(load<f32>(at, 15 * 4) < value) << 6
    at += <usize>u32(load<f32>(at, 7 * 4) < value) << 5
    at += <usize>u32(load<f32>(at, 3 * 4) < value) << 4
    at += <usize>u32(load<f32>(at, 1 * 4) < value) << 3
    at += <usize>u32(load<f32>(at) < value) << 2
    store<u8>(codes, select<u32>(<u32>((at - bounds) >> 2), nanCode, value == value))
  }
}

/**
 * Packs gradients and hessians of rows [from, to) into whole numbers; rows outside the bag become 0 and count nothing.
 *
 * @param gradients, hessians float32
 * @param bag one byte a row
 * @param out two int64 a row
 * @param sums where the sums of these rows go
 */
export function pack(
  gradients: usize,
  hessians: usize,
  bag: usize,
  from: u32,
  to: u32,
  gradientScale: f64,
  hessianScale: f64,
  countBits: u32,
  out: usize,
  sums: usize,
): void {
  let sum = i64x2.splat(0)
  for (let row = from; row < to; row++) {
    const at = <usize>row << 2
    const inBag = <i64>load<u8>(bag + row)
    const gradient = <i64>nearest(<f64>load<f32>(gradients + at) * gradientScale)
    const hessian = <i64>nearest(<f64>load<f32>(hessians + at) * hessianScale)
    const packed = out + (<usize>row << 4)
    store<i64>(packed, gradient * inBag)
    store<i64>(packed, ((hessian << countBits) | 1) * inBag, 8)
    sum = i64x2.add(sum, v128.load(packed))
  }
  v128.store(sums, sum)
}

/**
 * Adds the rows of a leaf to the histograms of some features.
 *
 * @param rows uint32 row numbers
 * @param packed what `pack` wrote
 * @param columns addresses of the features' codes, one byte a row
 * @param histograms addresses of the features' histograms, 16 bytes a bin
 * @param scratch 16 · BLOCK bytes
 */
export function histogram8(
  rows: usize,
  count: u32,
  packed: usize,
  columns: usize,
  histograms: usize,
  features: u32,
  scratch: usize,
): void {
  for (let start: u32 = 0; start < count; start += BLOCK) {
    const length = min(BLOCK, count - start)
    const from = rows + (<usize>start << 2)
    gather(from, length, packed, scratch)
    let f: u32 = 0
    for (; f + 4 <= features; f += 4) addFour(from, length, scratch, columns + (f << 2), histograms + (f << 2))
    for (; f < features; f++) {
      const column = load<usize>(columns + (f << 2))
      const histogram = load<usize>(histograms + (f << 2))
      for (let k: u32 = 0; k < length; k++) {
        const row = load<u32>(from + (<usize>k << 2))
        add(histogram + (<usize>load<u8>(column + row) << 4), v128.load(scratch + (<usize>k << 4)))
      }
    }
  }
}

/** The same for features with two bytes a code. */
export function histogram16(
  rows: usize,
  count: u32,
  packed: usize,
  columns: usize,
  histograms: usize,
  features: u32,
  scratch: usize,
): void {
  for (let start: u32 = 0; start < count; start += BLOCK) {
    const length = min(BLOCK, count - start)
    const from = rows + (<usize>start << 2)
    gather(from, length, packed, scratch)
    for (let f: u32 = 0; f < features; f++) {
      const column = load<usize>(columns + (f << 2))
      const histogram = load<usize>(histograms + (f << 2))
      for (let k: u32 = 0; k < length; k++) {
        const row = load<u32>(from + (<usize>k << 2))
        const code = load<u16>(column + (<usize>row << 1))
        add(histogram + (<usize>code << 4), v128.load(scratch + (<usize>k << 4)))
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function gather(rows: usize, length: u32, packed: usize, out: usize): void {
  for (let k: u32 = 0; k < length; k++) {
    const row = load<u32>(rows + (<usize>k << 2))
    v128.store(out + (<usize>k << 4), v128.load(packed + (<usize>row << 4)))
  }
}

// @ts-ignore: decorator
@inline
function add(bin: usize, value: v128): void {
  v128.store(bin, i64x2.add(v128.load(bin), value))
}

/** Four features share the loads of a row. */
function addFour(rows: usize, length: u32, gathered: usize, columns: usize, histograms: usize): void {
  const c0 = load<usize>(columns)
  const c1 = load<usize>(columns, 4)
  const c2 = load<usize>(columns, 8)
  const c3 = load<usize>(columns, 12)
  const h0 = load<usize>(histograms)
  const h1 = load<usize>(histograms, 4)
  const h2 = load<usize>(histograms, 8)
  const h3 = load<usize>(histograms, 12)
  const end = rows + (<usize>length << 2)
  while (rows < end) {
    const row = load<u32>(rows)
    const value = v128.load(gathered)
    add(h0 + (<usize>load<u8>(c0 + row) << 4), value)
    add(h1 + (<usize>load<u8>(c1 + row) << 4), value)
    add(h2 + (<usize>load<u8>(c2 + row) << 4), value)
    add(h3 + (<usize>load<u8>(c3 + row) << 4), value)
    rows += 4
    gathered += 16
  }
}

/** parent −= child: what is left is the sibling. */
export function subtract(parent: usize, child: usize, bins: u32): void {
  const end = parent + (<usize>bins << 4)
  for (; parent < end; parent += 16, child += 16) {
    v128.store(parent, i64x2.sub(v128.load(parent), v128.load(child)))
  }
}

/**
 * Splits rows by a table that says for every bin whether it goes left; both sides keep their order.
 *
 * @param wide 1 when codes have two bytes
 * @param table one byte a bin
 * @param left, right room for `count` row numbers each
 * @returns how many went left
 */
export function partition(
  rows: usize,
  count: u32,
  column: usize,
  wide: u32,
  table: usize,
  left: usize,
  right: usize,
): u32 {
  const first = left
  const end = rows + (<usize>count << 2)
  for (; rows < end; rows += 4) {
    const row = load<u32>(rows)
    const code = wide ? <u32>load<u16>(column + (<usize>row << 1)) : <u32>load<u8>(column + row)
    const goesLeft = <usize>load<u8>(table + code)
    store<u32>(left, row)
    store<u32>(right, row)
    left += goesLeft << 2
    right += (1 - goesLeft) << 2
  }
  return <u32>((left - first) >> 2)
}
