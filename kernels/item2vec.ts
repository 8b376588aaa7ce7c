/**
 * @file AssemblyScript kernel of item2vec: skip-gram with negative sampling (Mikolov et al. 2013) over sequences of
 * items, with negatives shared by a window (Ji et al. 2016), so that a position is a small matrix product.
 *
 * `test/models/item2vec.reference.ts` does the same in plain TypeScript, slowly. Several workers may run it over the
 * same memory without locks (Hogwild); one worker gives the same numbers for the same seed.
 */

/** Where everything lies in memory, as byte addresses, and the options. Written by `src/models/item2vec-memory.ts`. */
@unmanaged
class Layout {
  /** items × dim, row-major float32. */
  inputs: usize
  outputs: usize
  /** Sequences × items in compressed sparse rows. */
  offsets: usize
  targets: usize
  /** Walker's alias table of the noise: keep item i when a uniform 32-bit draw is ≤ threshold[i], else take alias[i]. */
  thresholds: usize
  aliases: usize
  /** An occurrence of item i is kept when a uniform 32-bit draw is ≤ keep[i]. */
  keep: usize
  items: u32
  dim: u32
  window: u32
  negatives: u32
  sequences: u32
  /** In so many of the first sequences order means nothing: they are shuffled anew in every epoch. */
  unordered: u32
  seed: u32
  epochs: u32
  firstRate: f32
  lastRate: f32
}

/** A worker's own memory. */
@unmanaged
class Scratch {
  /** The sequence at hand: as many items as the longest one has. */
  sequence: usize
  /** Addresses of the input rows and of the output rows of a position, the latter padded to a multiple of 4. */
  inputRows: usize
  outputRows: usize
  /** Input rows × padded output rows: first the products, then the steps. */
  steps: usize
  /** Input rows × dim. */
  changes: usize
}

/** State of the random generator (splitmix64). */
let state: u64 = 0

// @ts-ignore: decorator
@inline
function draw(): u32 {
  state += 0x9e3779b97f4a7c15
  let z = state
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb
  return <u32>(z >> 32)
}

// @ts-ignore: decorator
@inline
function below(bound: u32): u32 {
  return <u32>((<u64>draw() * <u64>bound) >> 32)
}

/** Trains on sequences [from, to) in one epoch. */
export function train(layout: Layout, scratch: Scratch, epoch: u32, from: u32, to: u32): void {
  const total = load<u32>(layout.offsets + (<usize>layout.sequences << 2))
  for (let s = from; s < to; s++) {
    const start = load<u32>(layout.offsets + (<usize>s << 2))
    // Every sequence has its own stream in every epoch: results do not depend on how sequences are dealt out.
    state = ((<u64>layout.seed << 32) | <u64>epoch) * 0x9e3779b97f4a7c15 + <u64>s * 0xd1342543de82ef95
    const length = sample(layout, scratch, s)
    const done = (<f64>epoch * <f64>total + <f64>start) / (<f64>layout.epochs * <f64>total)
    const rate = layout.firstRate + <f32>done * (layout.lastRate - layout.firstRate)
    for (let at: u32 = 0; at < length; at++) position(layout, scratch, at, length, rate)
  }
}

/** Copies a sequence without the occurrences that subsampling drops; shuffles it where order means nothing. */
function sample(layout: Layout, scratch: Scratch, s: u32): u32 {
  const end = load<u32>(layout.offsets + (<usize>(s + 1) << 2))
  let length: u32 = 0
  for (let k = load<u32>(layout.offsets + (<usize>s << 2)); k < end; k++) {
    const item = load<u32>(layout.targets + (<usize>k << 2))
    if (draw() > load<u32>(layout.keep + (<usize>item << 2))) continue
    store<u32>(scratch.sequence + (<usize>length << 2), item)
    length++
  }
  if (s < layout.unordered) {
    for (let i = length; i > 1; i--) {
      const a = scratch.sequence + (<usize>(i - 1) << 2)
      const b = scratch.sequence + (<usize>below(i) << 2)
      const held = load<u32>(a)
      store<u32>(a, load<u32>(b))
      store<u32>(b, held)
    }
  }
  return length
}

/** One centre: its window's items as inputs, the centre and the negatives as outputs, as in the original program. */
function position(layout: Layout, scratch: Scratch, at: u32, length: u32, rate: f32): void {
  const rowBytes = <usize>layout.dim << 2
  const centre = load<u32>(scratch.sequence + (<usize>at << 2))
  const reach: u32 = 1 + below(layout.window)
  const first: u32 = at > reach ? at - reach : 0
  const last = min(length - 1, at + reach)
  let inputs: u32 = 0
  for (let k = first; k <= last; k++) {
    const item = load<u32>(scratch.sequence + (<usize>k << 2))
    if (item == centre) continue
    store<usize>(scratch.inputRows + (<usize>inputs << 2), layout.inputs + <usize>item * rowBytes)
    inputs++
  }
  if (inputs == 0) return

  store<usize>(scratch.outputRows, layout.outputs + <usize>centre * rowBytes)
  let outputs: u32 = 1
  for (let k: u32 = 0; k < layout.negatives; k++) {
    const slot = below(layout.items)
    const item =
      draw() <= load<u32>(layout.thresholds + (<usize>slot << 2))
        ? slot
        : load<u32>(layout.aliases + (<usize>slot << 2))
    if (item == centre) continue
    store<usize>(scratch.outputRows + (<usize>outputs << 2), layout.outputs + <usize>item * rowBytes)
    outputs++
  }
  const padded = (outputs + 3) & ~3
  for (let k = outputs; k < padded; k++) {
    store<usize>(scratch.outputRows + (<usize>k << 2), load<usize>(scratch.outputRows))
  }
  products(scratch, inputs, padded, rowBytes)
  toSteps(scratch, inputs, padded, rate)
  inputChanges(scratch, inputs, outputs, padded, rowBytes)
  moveOutputs(scratch, inputs, outputs, padded, rowBytes)
  moveInputs(scratch, inputs, rowBytes)
}

/**
 * steps[b][k] = ⟨input b, output k⟩, two inputs and four outputs at a time: eight sums keep both multipliers busy.
 * A last input without a partner is taken twice.
 */
function products(scratch: Scratch, inputs: u32, padded: u32, rowBytes: usize): void {
  for (let k: u32 = 0; k < padded; k += 4) {
    const rows = scratch.outputRows + (<usize>k << 2)
    const p = load<usize>(rows)
    const q = load<usize>(rows, 4)
    const r = load<usize>(rows, 8)
    const t = load<usize>(rows, 12)
    for (let b: u32 = 0; b < inputs; b += 2) {
      const other = min(b + 1, inputs - 1)
      const first = load<usize>(scratch.inputRows + (<usize>b << 2))
      const second = load<usize>(scratch.inputRows + (<usize>other << 2))
      let a0 = f32x4.splat(0)
      let a1 = f32x4.splat(0)
      let a2 = f32x4.splat(0)
      let a3 = f32x4.splat(0)
      let b0 = f32x4.splat(0)
      let b1 = f32x4.splat(0)
      let b2 = f32x4.splat(0)
      let b3 = f32x4.splat(0)
      for (let j: usize = 0; j < rowBytes; j += 16) {
        const u = v128.load(first + j)
        const v = v128.load(second + j)
        let output = v128.load(p + j)
        a0 = v128.relaxed_madd<f32>(u, output, a0)
        b0 = v128.relaxed_madd<f32>(v, output, b0)
        output = v128.load(q + j)
        a1 = v128.relaxed_madd<f32>(u, output, a1)
        b1 = v128.relaxed_madd<f32>(v, output, b1)
        output = v128.load(r + j)
        a2 = v128.relaxed_madd<f32>(u, output, a2)
        b2 = v128.relaxed_madd<f32>(v, output, b2)
        output = v128.load(t + j)
        a3 = v128.relaxed_madd<f32>(u, output, a3)
        b3 = v128.relaxed_madd<f32>(v, output, b3)
      }
      v128.store(scratch.steps + ((<usize>b * padded + k) << 2), sums(a0, a1, a2, a3))
      v128.store(scratch.steps + ((<usize>other * padded + k) << 2), sums(b0, b1, b2, b3))
    }
  }
}

/** The sum of each of four vectors. */
// @ts-ignore: decorator
@inline
function sums(x: v128, y: v128, z: v128, w: v128): v128 {
  const xy = f32x4.add(v128.shuffle<f32>(x, y, 0, 4, 1, 5), v128.shuffle<f32>(x, y, 2, 6, 3, 7))
  const zw = f32x4.add(v128.shuffle<f32>(z, w, 0, 4, 1, 5), v128.shuffle<f32>(z, w, 2, 6, 3, 7))
  return f32x4.add(v128.shuffle<f32>(xy, zw, 0, 1, 4, 5), v128.shuffle<f32>(xy, zw, 2, 3, 6, 7))
}

/** Products to steps: rate · (label − σ(product)); the label is 1 for the centre, 0 for negatives. */
function toSteps(scratch: Scratch, inputs: u32, padded: u32, rate: f32): void {
  const minusRate = f32x4.splat(-rate)
  const one = f32x4.splat(1)
  for (let b: u32 = 0; b < inputs; b++) {
    const row = scratch.steps + (<usize>(b * padded) << 2)
    for (let k: u32 = 0; k < padded; k += 4) {
      const at = row + (<usize>k << 2)
      const sigmoid = f32x4.div(one, f32x4.add(one, exp(f32x4.neg(v128.load(at)))))
      v128.store(at, f32x4.mul(minusRate, sigmoid))
    }
    store<f32>(row, load<f32>(row) + rate)
  }
}

/** e^x to about 1e-7, as 2^n · 2^f with |f| ≤ ½; x is held within ±80. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const held = f32x4.max(f32x4.min(x, f32x4.splat(80)), f32x4.splat(-80))
  const t = f32x4.mul(held, f32x4.splat(1.4426950408889634))
  const n = f32x4.nearest(t)
  const f = f32x4.mul(f32x4.sub(t, n), f32x4.splat(0.6931471805599453))
  let p = f32x4.splat(1 / 720)
  p = v128.relaxed_madd<f32>(p, f, f32x4.splat(1 / 120))
  p = v128.relaxed_madd<f32>(p, f, f32x4.splat(1 / 24))
  p = v128.relaxed_madd<f32>(p, f, f32x4.splat(1 / 6))
  p = v128.relaxed_madd<f32>(p, f, f32x4.splat(0.5))
  p = v128.relaxed_madd<f32>(p, f, f32x4.splat(1))
  p = v128.relaxed_madd<f32>(p, f, f32x4.splat(1))
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23)
  return f32x4.mul(p, power)
}

/** changes[b] = Σ_k steps[b][k] · output k, from the outputs as they are before the step. */
function inputChanges(scratch: Scratch, inputs: u32, outputs: u32, padded: u32, rowBytes: usize): void {
  for (let b: u32 = 0; b < inputs; b += 2) {
    const other = min(b + 1, inputs - 1)
    const first = scratch.changes + <usize>b * rowBytes
    const second = scratch.changes + <usize>other * rowBytes
    memory.fill(first, 0, rowBytes)
    memory.fill(second, 0, rowBytes)
    const steps = scratch.steps + (<usize>(b * padded) << 2)
    const otherSteps = scratch.steps + (<usize>(other * padded) << 2)
    addRows(scratch.outputRows, outputs, steps, otherSteps, 4, first, second, rowBytes)
  }
}

/** output k += Σ_b steps[b][k] · input b. */
function moveOutputs(scratch: Scratch, inputs: u32, outputs: u32, padded: u32, rowBytes: usize): void {
  const stride = <usize>padded << 2
  for (let k: u32 = 0; k < outputs; k += 2) {
    const other = min(k + 1, outputs - 1)
    const first = load<usize>(scratch.outputRows + (<usize>k << 2))
    const second = load<usize>(scratch.outputRows + (<usize>other << 2))
    const steps = scratch.steps + (<usize>k << 2)
    const otherSteps = scratch.steps + (<usize>other << 2)
    if (other > k && first == second) {
      // An item drawn twice moves twice, one after the other.
      addRows(scratch.inputRows, inputs, steps, steps, stride, first, first, rowBytes)
      addRows(scratch.inputRows, inputs, otherSteps, otherSteps, stride, first, first, rowBytes)
    } else addRows(scratch.inputRows, inputs, steps, otherSteps, stride, first, second, rowBytes)
  }
}

/**
 * first += Σ_n steps[n] · row n and second += Σ_n otherSteps[n] · row n, 16 floats of both at a time. When both are the
 * same, with the same steps, it is done once.
 *
 * @param rows addresses of `count` rows
 * @param stride bytes from one step to the next
 */
// @ts-ignore: decorator
@inline
function addRows(
  rows: usize,
  count: u32,
  steps: usize,
  otherSteps: usize,
  stride: usize,
  first: usize,
  second: usize,
  rowBytes: usize,
): void {
  for (let j: usize = 0; j < rowBytes; j += 64) {
    let a0 = v128.load(first + j)
    let a1 = v128.load(first + j, 16)
    let a2 = v128.load(first + j, 32)
    let a3 = v128.load(first + j, 48)
    let b0 = v128.load(second + j)
    let b1 = v128.load(second + j, 16)
    let b2 = v128.load(second + j, 32)
    let b3 = v128.load(second + j, 48)
    let at: usize = 0
    for (let n: u32 = 0; n < count; n++) {
      const u = v128.load_splat<f32>(steps + at)
      const v = v128.load_splat<f32>(otherSteps + at)
      at += stride
      const row = load<usize>(rows + (<usize>n << 2)) + j
      let values = v128.load(row)
      a0 = v128.relaxed_madd<f32>(u, values, a0)
      b0 = v128.relaxed_madd<f32>(v, values, b0)
      values = v128.load(row, 16)
      a1 = v128.relaxed_madd<f32>(u, values, a1)
      b1 = v128.relaxed_madd<f32>(v, values, b1)
      values = v128.load(row, 32)
      a2 = v128.relaxed_madd<f32>(u, values, a2)
      b2 = v128.relaxed_madd<f32>(v, values, b2)
      values = v128.load(row, 48)
      a3 = v128.relaxed_madd<f32>(u, values, a3)
      b3 = v128.relaxed_madd<f32>(v, values, b3)
    }
    v128.store(first + j, a0)
    v128.store(first + j, a1, 16)
    v128.store(first + j, a2, 32)
    v128.store(first + j, a3, 48)
    v128.store(second + j, b0)
    v128.store(second + j, b1, 16)
    v128.store(second + j, b2, 32)
    v128.store(second + j, b3, 48)
  }
}

/** input b += changes[b]. */
function moveInputs(scratch: Scratch, inputs: u32, rowBytes: usize): void {
  for (let b: u32 = 0; b < inputs; b++) {
    const row = load<usize>(scratch.inputRows + (<usize>b << 2))
    const change = scratch.changes + <usize>b * rowBytes
    for (let j: usize = 0; j < rowBytes; j += 16) {
      v128.store(row + j, f32x4.add(v128.load(row + j), v128.load(change + j)))
    }
  }
}
