/**
 * @file AssemblyScript kernel of tables of embeddings: rows and bags of rows out, sums of gradients in, and the steps of
 * row-wise Adagrad and Adam. `src/nn/embedding-table.ts` lays them out. All rows are `dim` float32.
 */

/** No place among the rows of a step. */
const NOWHERE: u32 = 0xffffffff
const EPSILON: f32 = 1e-8
/** Rows that are asked for together: as many as a core waits for at once. */
const BLOCK: u32 = 32

/** What `touch` read, so that its reads are not taken for idle. */
let seen: u32 = 0

/** Reads a number of every line of some rows, so that all of them are on their way from memory before the first is needed. */
// @ts-ignore: decorator
@inline
function touch(values: usize, bytes: usize, ids: usize, count: u32): void {
  let all: u32 = 0
  const end = ids + (<usize>count << 2)
  for (; ids < end; ids += 4) {
    let row = values + <usize>load<u32>(ids) * bytes
    const rowEnd = row + bytes
    for (; row + 256 <= rowEnd; row += 256)
      all |= load<u32>(row) | load<u32>(row, 64) | load<u32>(row, 128) | load<u32>(row, 192)
    for (; row < rowEnd; row += 64) all |= load<u32>(row)
  }
  seen |= all
}

/** to[j] += weight · from[j] */
// @ts-ignore: decorator
@inline
function addScaled(to: usize, from: usize, weight: f32, dim: u32): void {
  const factor = f32x4.splat(weight)
  const end = to + (<usize>dim << 2)
  const whole = to + (<usize>(dim & ~3) << 2)
  while (to < whole) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factor, v128.load(from))))
    to += 16
    from += 16
  }
  while (to < end) {
    store<f32>(to, load<f32>(to) + weight * load<f32>(from))
    to += 4
    from += 4
  }
}

/** Four rows at once, so that their ways from memory overlap: to[j] += Σ weights[r] · row ids[r][j]. */
// @ts-ignore: decorator
@inline
function addFour(to: usize, values: usize, ids: usize, weights: usize, dim: u32): void {
  const bytes = <usize>dim << 2
  const a = values + <usize>load<u32>(ids) * bytes
  const b = values + <usize>load<u32>(ids, 4) * bytes
  const c = values + <usize>load<u32>(ids, 8) * bytes
  const d = values + <usize>load<u32>(ids, 12) * bytes
  const ofA = v128.load32_splat(weights)
  const ofB = v128.load32_splat(weights, 4)
  const ofC = v128.load32_splat(weights, 8)
  const ofD = v128.load32_splat(weights, 12)
  const whole = <usize>(dim & ~3) << 2
  let at: usize = 0
  for (; at < whole; at += 16) {
    const ab = f32x4.add(f32x4.mul(ofA, v128.load(a + at)), f32x4.mul(ofB, v128.load(b + at)))
    const cd = f32x4.add(f32x4.mul(ofC, v128.load(c + at)), f32x4.mul(ofD, v128.load(d + at)))
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.add(ab, cd)))
  }
  for (; at < bytes; at += 4) {
    const ab = load<f32>(weights) * load<f32>(a + at) + load<f32>(weights, 4) * load<f32>(b + at)
    const cd = load<f32>(weights, 8) * load<f32>(c + at) + load<f32>(weights, 12) * load<f32>(d + at)
    store<f32>(to + at, load<f32>(to + at) + ab + cd)
  }
}

/** @returns the largest of some numbers, 0 when there are none */
export function largest(ids: usize, count: u32): u32 {
  let lanes = i32x4.splat(0)
  let at = ids
  for (const whole = ids + (<usize>(count & ~3) << 2); at < whole; at += 16) lanes = i32x4.max_u(lanes, v128.load(at))
  let most: u32 = 0
  for (const end = ids + (<usize>count << 2); at < end; at += 4) most = max(most, load<u32>(at))
  most = max(most, max(<u32>i32x4.extract_lane(lanes, 0), <u32>i32x4.extract_lane(lanes, 1)))
  return max(most, max(<u32>i32x4.extract_lane(lanes, 2), <u32>i32x4.extract_lane(lanes, 3)))
}

/**
 * Rows are shared among the threads by lines of memory: sixteen neighbours, whose places and squares lie in one line, belong to one.
 */
// @ts-ignore: decorator
@inline
function isOf(part: u32, parts: u32, row: u32): bool {
  return parts <= 1 || (row >> 4) % parts == part
}

/** @returns how many of the rows belong to a part */
export function countOf(ids: usize, count: u32, parts: u32, part: u32): u32 {
  let own: u32 = 0
  for (let k: u32 = 0; k < count; k++) own += <u32>isOf(part, parts, load<u32>(ids + (<usize>k << 2)))
  return own
}

/** out[k] = row ids[k] */
export function gather(values: usize, dim: u32, ids: usize, count: u32, out: usize): void {
  const bytes = <usize>dim << 2
  for (let k: u32 = 0; k < count; k++) {
    if (k % BLOCK == 0) touchBlock(values, bytes, ids, k, count)
    memory.copy(out, values + <usize>load<u32>(ids + (<usize>k << 2)) * bytes, bytes)
    out += bytes
  }
}

// @ts-ignore: decorator
@inline
function touchBlock(values: usize, bytes: usize, ids: usize, from: u32, last: u32): u32 {
  const count = min(BLOCK, last - from)
  touch(values, bytes, ids + (<usize>from << 2), count)
  return from + count
}

/** out[b] = Σ weights[k] · row ids[k] over offsets[b] ≤ k < offsets[b + 1] */
export function gatherBags(
  values: usize,
  dim: u32,
  ids: usize,
  offsets: usize,
  weights: usize,
  bags: u32,
  out: usize,
): void {
  const bytes = <usize>dim << 2
  memory.fill(out, 0, <usize>bags * bytes)
  const last = load<u32>(offsets + (<usize>bags << 2))
  let touched = load<u32>(offsets)
  for (let bag: u32 = 0; bag < bags; bag++) {
    const end = load<u32>(offsets + (<usize>bag << 2), 4)
    let k = load<u32>(offsets + (<usize>bag << 2))
    for (; k + 4 <= end; k += 4) {
      if (k + 4 > touched) touched = touchBlock(values, bytes, ids, touched, last)
      addFour(out, values, ids + (<usize>k << 2), weights + (<usize>k << 2), dim)
    }
    for (; k < end; k++) {
      const at = <usize>k << 2
      addScaled(out, values + <usize>load<u32>(ids + at) * bytes, load<f32>(weights + at), dim)
    }
    out += bytes
  }
}

/**
 * Sums gradients of the rows of one part: the sum of a row stands in the part's `sums` at the row's place in its `touched`.
 *
 * @param places of all rows, NOWHERE for those without a sum
 * @param count rows with a sum before
 * @returns rows with a sum now
 */
export function add(
  dim: u32,
  ids: usize,
  rows: u32,
  gradients: usize,
  places: usize,
  touched: usize,
  sums: usize,
  count: u32,
  parts: u32,
  part: u32,
): u32 {
  for (let k: u32 = 0; k < rows; k++) {
    const row = load<u32>(ids + (<usize>k << 2))
    if (!isOf(part, parts, row)) continue
    const from = gradients + <usize>k * (<usize>dim << 2)
    count = addRow(dim, row, from, 1, places, touched, sums, count)
  }
  return count
}

/** The same for bags: a row gets its weight times the gradient of its bag. */
export function addBags(
  dim: u32,
  ids: usize,
  offsets: usize,
  weights: usize,
  bags: u32,
  gradients: usize,
  places: usize,
  touched: usize,
  sums: usize,
  count: u32,
  parts: u32,
  part: u32,
): u32 {
  for (let bag: u32 = 0; bag < bags; bag++) {
    const from = gradients + <usize>bag * (<usize>dim << 2)
    const end = load<u32>(offsets + (<usize>bag << 2), 4)
    for (let k = load<u32>(offsets + (<usize>bag << 2)); k < end; k++) {
      const at = <usize>k << 2
      const row = load<u32>(ids + at)
      if (isOf(part, parts, row)) count = addRow(dim, row, from, load<f32>(weights + at), places, touched, sums, count)
    }
  }
  return count
}

// @ts-ignore: decorator
@inline
function addRow(
  dim: u32,
  row: u32,
  from: usize,
  weight: f32,
  places: usize,
  touched: usize,
  sums: usize,
  count: u32,
): u32 {
  const known = places + (<usize>row << 2)
  const bytes = <usize>dim << 2
  let place = load<u32>(known)
  if (place == NOWHERE) {
    place = count++
    store<u32>(known, place)
    store<u32>(touched + (<usize>place << 2), row)
    memory.fill(sums + <usize>place * bytes, 0, bytes)
  }
  addScaled(sums + <usize>place * bytes, from, weight, dim)
  return count
}

// @ts-ignore: decorator
@inline
function meanSquare(at: usize, dim: u32): f32 {
  let lanes = f32x4.splat(0)
  const end = at + (<usize>dim << 2)
  const whole = at + (<usize>(dim & ~3) << 2)
  while (at < whole) {
    const part = v128.load(at)
    lanes = f32x4.add(lanes, f32x4.mul(part, part))
    at += 16
  }
  let sum =
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    f32x4.extract_lane(lanes, 2) +
    f32x4.extract_lane(lanes, 3)
  while (at < end) {
    const value = load<f32>(at)
    sum += value * value
    at += 4
  }
  return sum / <f32>dim
}

/** Adagrad with one sum of squares a row; forgets the sums of gradients. */
export function adagrad(
  values: usize,
  dim: u32,
  squares: usize,
  rate: f32,
  places: usize,
  touched: usize,
  sums: usize,
  count: u32,
): void {
  const bytes = <usize>dim << 2
  for (let place: u32 = 0; place < count; place++) {
    if (place % BLOCK == 0) touchBlock(values, bytes, touched, place, count)
    const row = load<u32>(touched + (<usize>place << 2))
    const square = squares + (<usize>row << 2)
    const total = load<f32>(square) + meanSquare(sums, dim)
    store<f32>(square, total)
    addScaled(values + <usize>row * bytes, sums, -rate / (sqrt<f32>(total) + EPSILON), dim)
    store<u32>(places + (<usize>row << 2), NOWHERE)
    sums += bytes
  }
}

/**
 * Adam with one second moment a row, its corrections by the updates of the row itself; forgets the sums of gradients.
 *
 * @param corrections of the means, 1 / (1 − β₁ᵗ), then of the squares, 1 / (1 − β₂ᵗ), for t = 1 … `corrected`
 */
export function adam(
  values: usize,
  dim: u32,
  means: usize,
  squares: usize,
  updates: usize,
  beta1: f32,
  beta2: f32,
  corrections: usize,
  corrected: u32,
  rate: f32,
  places: usize,
  touched: usize,
  sums: usize,
  count: u32,
): void {
  const bytes = <usize>dim << 2
  for (let place: u32 = 0; place < count; place++) {
    if (place % BLOCK == 0) {
      touchBlock(means, bytes, touched, place, count)
      touchBlock(values, bytes, touched, place, count)
    }
    const row = load<u32>(touched + (<usize>place << 2))
    const at = <usize>row << 2
    const update = load<f32>(updates + at) + 1
    store<f32>(updates + at, update)
    const square = beta2 * load<f32>(squares + at) + (1 - beta2) * meanSquare(sums, dim)
    store<f32>(squares + at, square)
    const t = min(<u32>update, corrected) - 1
    const ofMean = load<f32>(corrections + (<usize>t << 2))
    const ofSquare = load<f32>(corrections + (<usize>(corrected + t) << 2))
    const mean = means + <usize>row * bytes
    decay(mean, sums, beta1, dim)
    addScaled(values + <usize>row * bytes, mean, (-rate * ofMean) / (sqrt<f32>(square * ofSquare) + EPSILON), dim)
    store<u32>(places + at, NOWHERE)
    sums += bytes
  }
}

/** mean[j] = β · mean[j] + (1 − β) · from[j] */
// @ts-ignore: decorator
@inline
function decay(mean: usize, from: usize, beta: f32, dim: u32): void {
  const kept = f32x4.splat(beta)
  const fresh = f32x4.splat(1 - beta)
  const end = mean + (<usize>dim << 2)
  const whole = mean + (<usize>(dim & ~3) << 2)
  while (mean < whole) {
    v128.store(mean, f32x4.add(f32x4.mul(kept, v128.load(mean)), f32x4.mul(fresh, v128.load(from))))
    mean += 16
    from += 16
  }
  while (mean < end) {
    store<f32>(mean, beta * load<f32>(mean) + (1 - beta) * load<f32>(from))
    mean += 4
    from += 4
  }
}
