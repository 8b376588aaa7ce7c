/**
 * @file AssemblyScript kernel of boosted trees, the part that goes over bins: the best split of a histogram.
 * `kernels/tree-rows.ts` builds the histograms and says what is in a bin, `src/models/trees/tree-memory.ts` lays everything
 * out, `grow-tree.ts` calls it.
 */

/** Options, written by `src/models/trees/tree-memory.ts`. */
@unmanaged
class Params {
  gradientUnit: f64
  hessianUnit: f64
  lambdaL1: f64
  lambdaL2: f64
  minSumHessian: f64
  minGain: f64
  catSmooth: f64
  catL2: f64
  minData: u32
  countBits: u32
  maxCatThreshold: u32
  maxCatToOnehot: u32
  minDataPerGroup: u32
  /** Whether leaf values are held within bounds: 1 when any feature is monotone. */
  bounded: u32
}

/** The best split found so far. */
@unmanaged
class Split {
  /** Above the unsplit leaf's; 0 = none. */
  gain: f64
  leftGradient: i64
  /** Hessian and count. */
  leftWeight: i64
  leftValue: f64
  rightValue: f64
  feature: u32
  /** Numeric: bins up to this go left. */
  bin: u32
  /** Whether the bin of NaN goes left. */
  nanLeft: u32
  /** Bins of a categorical split that go left: so many, 0 = numeric. */
  categories: u32
  reserved: u64
  /** The bins themselves follow. */
}

/** A leaf with the sums of its rows and the bounds of its values. */
@unmanaged
class Leaf {
  gradient: i64
  weight: i64
  lower: f64
  upper: f64
}

/** The bins of a categorical split follow its other fields. */
const SPLIT_BYTES: usize = 64

// @ts-ignore: decorator
@inline
function thresholded(gradient: f64, lambdaL1: f64): f64 {
  return copysign<f64>(max(0.0, abs(gradient) - lambdaL1), gradient)
}

// @ts-ignore: decorator
@inline
function gainOf(gradient: f64, hessian: f64, lambdaL1: f64, lambdaL2: f64): f64 {
  const g = thresholded(gradient, lambdaL1)
  return (g * g) / (hessian + lambdaL2)
}

// @ts-ignore: decorator
@inline
function valueOf(gradient: f64, hessian: f64, lambdaL1: f64, lambdaL2: f64, leaf: Leaf): f64 {
  return min(max(-thresholded(gradient, lambdaL1) / (hessian + lambdaL2), leaf.lower), leaf.upper)
}

/** What a leaf gains that has this value, which may not be its best. */
// @ts-ignore: decorator
@inline
function gainAt(value: f64, gradient: f64, hessian: f64, lambdaL1: f64, lambdaL2: f64): f64 {
  return -(2 * thresholded(gradient, lambdaL1) * value + (hessian + lambdaL2) * value * value)
}

/** Gain of two leaves; −1 when their values are in the wrong order. */
function gainOfTwo(
  params: Params,
  leaf: Leaf,
  gradient: f64,
  hessian: f64,
  otherGradient: f64,
  otherHessian: f64,
  lambdaL2: f64,
  monotone: i32,
): f64 {
  const lambdaL1 = params.lambdaL1
  if (!params.bounded) {
    return (
      gainOf(gradient, hessian, lambdaL1, lambdaL2) + gainOf(otherGradient, otherHessian, lambdaL1, lambdaL2)
    )
  }
  const value = valueOf(gradient, hessian, lambdaL1, lambdaL2, leaf)
  const other = valueOf(otherGradient, otherHessian, lambdaL1, lambdaL2, leaf)
  if ((monotone > 0 && value > other) || (monotone < 0 && value < other)) return -1
  return (
    gainAt(value, gradient, hessian, lambdaL1, lambdaL2) +
    gainAt(other, otherGradient, otherHessian, lambdaL1, lambdaL2)
  )
}

/** Keeps a split when it is better than the best so far, `shift` being the gain of the unsplit leaf. */
// @ts-ignore: decorator
@inline
function keep(params: Params, leaf: Leaf, best: Split, feature: u32, gain: f64, left: v128, lambdaL2: f64): void {
  const leftGradient = i64x2.extract_lane(left, 0)
  const leftWeight = i64x2.extract_lane(left, 1)
  const rightGradient = leaf.gradient - leftGradient
  const rightWeight = leaf.weight - leftWeight
  best.gain = gain
  best.feature = feature
  best.leftGradient = leftGradient
  best.leftWeight = leftWeight
  best.leftValue = valueOf(
    <f64>leftGradient * params.gradientUnit,
    <f64>(leftWeight >> params.countBits) * params.hessianUnit,
    params.lambdaL1,
    lambdaL2,
    leaf,
  )
  best.rightValue = valueOf(
    <f64>rightGradient * params.gradientUnit,
    <f64>(rightWeight >> params.countBits) * params.hessianUnit,
    params.lambdaL1,
    lambdaL2,
    leaf,
  )
}

/** Gain that a split has to exceed. */
function gainToBeat(params: Params, leaf: Leaf): f64 {
  const gradient = <f64>leaf.gradient * params.gradientUnit
  const hessian = <f64>(leaf.weight >> params.countBits) * params.hessianUnit
  return gainOf(gradient, hessian, params.lambdaL1, params.lambdaL2) + params.minGain
}

/** Rows of a leaf per unit of its hessian. */
function rowsPerHessian(params: Params, leaf: Leaf): f64 {
  const count = <f64>(leaf.weight & (((<i64>1) << params.countBits) - 1))
  return count / (<f64>(leaf.weight >> params.countBits) * params.hessianUnit)
}

/**
 * Rows that a hessian stands for, by its share of the leaf's. LightGBM counts like this when it asks for a least number of
 * rows: those that are decided already weigh little, and equal options then give equal trees.
 */
// @ts-ignore: decorator
@inline
function rowsOf(hessian: f64, perHessian: f64): f64 {
  return floor(hessian * perHessian + 0.5)
}

/**
 * Best threshold of a numeric feature. The first scan runs down from the top with NaN on the left, the second one, only
 * where a bin holds NaN, up from the bottom with NaN on the right; later ones must be better to win.
 *
 * @param bins with the bin of NaN, which is the last
 * @param best of the features looked at before; replaced when this one is better
 */
export function numericSplit(
  params: Params,
  leaf: Leaf,
  histogram: usize,
  bins: u32,
  hasNan: u32,
  monotone: i32,
  feature: u32,
  best: Split,
): void {
  const known = bins - hasNan
  const shift = gainToBeat(params, leaf)
  let highest = best.gain + shift
  const total = i64x2.replace_lane(i64x2.splat(leaf.gradient), 1, leaf.weight)
  const perHessian = rowsPerHessian(params, leaf)
  const minData = <f64>params.minData
  const lambdaL2 = params.lambdaL2

  let kept = i64x2.splat(0)
  let keptBin: u32 = 0
  let nanLeft: u32 = 1
  let found = false

  let right = i64x2.splat(0)
  for (let b = known - 1; b >= 1; b--) {
    const bin = v128.load(histogram + (<usize>b << 4))
    if (!v128.any_true(bin)) continue
    right = i64x2.add(right, bin)
    const rightWeight = i64x2.extract_lane(right, 1)
    const rightHessian = <f64>(rightWeight >> params.countBits) * params.hessianUnit
    if (rowsOf(rightHessian, perHessian) < minData || rightHessian < params.minSumHessian) continue
    const left = i64x2.sub(total, right)
    const leftWeight = i64x2.extract_lane(left, 1)
    const leftHessian = <f64>(leftWeight >> params.countBits) * params.hessianUnit
    if (rowsOf(leftHessian, perHessian) < minData || leftHessian < params.minSumHessian) break
    const leftGradient = <f64>i64x2.extract_lane(left, 0) * params.gradientUnit
    const rightGradient = <f64>i64x2.extract_lane(right, 0) * params.gradientUnit
    const gain = gainOfTwo(params, leaf, leftGradient, leftHessian, rightGradient, rightHessian, lambdaL2, monotone)
    if (!(gain > highest)) continue
    highest = gain
    kept = left
    keptBin = b - 1
    found = true
  }
  if (hasNan) {
    let left = i64x2.splat(0)
    for (let b: u32 = 0; b < known; b++) {
      const bin = v128.load(histogram + (<usize>b << 4))
      if (!v128.any_true(bin)) continue
      left = i64x2.add(left, bin)
      const leftWeight = i64x2.extract_lane(left, 1)
      const leftHessian = <f64>(leftWeight >> params.countBits) * params.hessianUnit
      if (rowsOf(leftHessian, perHessian) < minData || leftHessian < params.minSumHessian) continue
      right = i64x2.sub(total, left)
      const rightWeight = i64x2.extract_lane(right, 1)
      const rightHessian = <f64>(rightWeight >> params.countBits) * params.hessianUnit
      if (rowsOf(rightHessian, perHessian) < minData || rightHessian < params.minSumHessian) break
      const leftGradient = <f64>i64x2.extract_lane(left, 0) * params.gradientUnit
      const rightGradient = <f64>i64x2.extract_lane(right, 0) * params.gradientUnit
      const gain = gainOfTwo(params, leaf, leftGradient, leftHessian, rightGradient, rightHessian, lambdaL2, monotone)
      if (!(gain > highest)) continue
      highest = gain
      kept = left
      keptBin = b
      nanLeft = 0
      found = true
    }
  }
  if (!found) return
  keep(params, leaf, best, feature, highest - shift, kept, lambdaL2)
  best.bin = keptBin
  best.nanLeft = nanLeft
  best.categories = 0
}

/**
 * Best set of categories. With few bins, one against the rest; otherwise categories are ordered by Σg / (Σh + catSmooth)
 * and cut near either end (Fisher 1958, as in LightGBM). Bin 0 holds what has no bin of its own and always goes right.
 *
 * @param scratch 16 bytes a bin
 */
export function categoricalSplit(
  params: Params,
  leaf: Leaf,
  histogram: usize,
  bins: u32,
  feature: u32,
  best: Split,
  scratch: usize,
): void {
  if (bins <= params.maxCatToOnehot) oneAgainstRest(params, leaf, histogram, bins, feature, best)
  else orderedCategories(params, leaf, histogram, bins, feature, best, scratch)
}

function oneAgainstRest(params: Params, leaf: Leaf, histogram: usize, bins: u32, feature: u32, best: Split): void {
  const shift = gainToBeat(params, leaf)
  let highest = best.gain + shift
  let found: u32 = 0
  for (let b: u32 = 1; b < bins; b++) {
    const bin = v128.load(histogram + (<usize>b << 4))
    const gain = gainOfCut(params, leaf, bin, params.lambdaL2)
    if (!(gain > highest)) continue
    highest = gain
    found = b
  }
  if (found == 0) return
  keep(params, leaf, best, feature, highest - shift, v128.load(histogram + (<usize>found << 4)), params.lambdaL2)
  best.categories = 1
  store<u32>(changetype<usize>(best) + SPLIT_BYTES, found)
}

/** Gain of a left side; −1 when a side is too small. */
function gainOfCut(params: Params, leaf: Leaf, left: v128, lambdaL2: f64): f64 {
  const leftWeight = i64x2.extract_lane(left, 1)
  const rightWeight = leaf.weight - leftWeight
  const leftHessian = <f64>(leftWeight >> params.countBits) * params.hessianUnit
  const rightHessian = <f64>(rightWeight >> params.countBits) * params.hessianUnit
  if (leftHessian < params.minSumHessian || rightHessian < params.minSumHessian) return -1
  const perHessian = rowsPerHessian(params, leaf)
  const minData = <f64>params.minData
  if (rowsOf(leftHessian, perHessian) < minData || rowsOf(rightHessian, perHessian) < minData) return -1
  const leftGradient = i64x2.extract_lane(left, 0)
  return gainOfTwo(
    params,
    leaf,
    <f64>leftGradient * params.gradientUnit,
    leftHessian,
    <f64>(leaf.gradient - leftGradient) * params.gradientUnit,
    rightHessian,
    lambdaL2,
    0,
  )
}

function orderedCategories(
  params: Params,
  leaf: Leaf,
  histogram: usize,
  bins: u32,
  feature: u32,
  best: Split,
  scratch: usize,
): void {
  const used = orderBins(params, leaf, histogram, bins, scratch)
  const perHessian = rowsPerHessian(params, leaf)
  const allRows = <f64>(leaf.weight & (((<i64>1) << params.countBits) - 1))
  const minRight = <f64>max(params.minData, params.minDataPerGroup)
  const lambdaL2 = params.lambdaL2 + params.catL2
  const shift = gainToBeat(params, leaf)
  let highest = best.gain + shift
  const longest = min(params.maxCatThreshold, (used + 1) >> 1)
  let kept = i64x2.splat(0)
  let keptLength: u32 = 0
  let keptFromTop = false
  for (let direction = 0; direction < 2; direction++) {
    let left = i64x2.splat(0)
    let leftRows: f64 = 0
    let inGroup: f64 = 0
    for (let k: u32 = 0; k < longest; k++) {
      const at = direction == 0 ? k : used - 1 - k
      const bin = v128.load(histogram + (<usize>load<u32>(scratch + (<usize>at << 4)) << 4))
      left = i64x2.add(left, bin)
      const hessian = <f64>(i64x2.extract_lane(bin, 1) >> params.countBits) * params.hessianUnit
      const rows = rowsOf(hessian, perHessian)
      leftRows += rows
      inGroup += rows
      if (leftRows < <f64>params.minData) continue
      if (allRows - leftRows < minRight) break
      if (inGroup < <f64>params.minDataPerGroup) continue
      const gain = gainOfCut(params, leaf, left, lambdaL2)
      if (gain < 0) continue
      inGroup = 0
      if (!(gain > highest)) continue
      highest = gain
      kept = left
      keptLength = k + 1
      keptFromTop = direction == 1
    }
  }
  if (keptLength == 0) return
  keep(params, leaf, best, feature, highest - shift, kept, lambdaL2)
  best.categories = keptLength
  for (let k: u32 = 0; k < keptLength; k++) {
    const at = keptFromTop ? used - 1 - k : k
    store<u32>(changetype<usize>(best) + SPLIT_BYTES + (<usize>k << 2), load<u32>(scratch + (<usize>at << 4)))
  }
}

/**
 * Writes the bins with enough rows and their keys, ascending by key and then by bin.
 *
 * @param scratch entries of 16 bytes: bin (uint32), key (float64 at 8)
 * @returns how many
 */
function orderBins(params: Params, leaf: Leaf, histogram: usize, bins: u32, scratch: usize): u32 {
  const perHessian = rowsPerHessian(params, leaf)
  let used: u32 = 0
  for (let b: u32 = 1; b < bins; b++) {
    const weight = load<i64>(histogram + (<usize>b << 4), 8)
    const hessian = <f64>(weight >> params.countBits) * params.hessianUnit
    if (rowsOf(hessian, perHessian) < max(1.0, params.catSmooth)) continue
    const gradient = <f64>load<i64>(histogram + (<usize>b << 4)) * params.gradientUnit
    const entry = scratch + (<usize>used << 4)
    store<u32>(entry, b)
    store<f64>(entry, gradient / (hessian + params.catSmooth), 8)
    used++
  }
  // Heap sort: no recursion and no memory of its own.
  for (let root: i32 = (<i32>used >> 1) - 1; root >= 0; root--) sift(scratch, <u32>root, used)
  for (let end: i32 = <i32>used - 1; end > 0; end--) {
    const first = v128.load(scratch)
    const last = scratch + (<usize>end << 4)
    v128.store(scratch, v128.load(last))
    v128.store(last, first)
    sift(scratch, 0, <u32>end)
  }
  return used
}

function sift(entries: usize, root: u32, size: u32): void {
  for (let child: u32 = 2 * root + 1; child < size; child = 2 * root + 1) {
    if (child + 1 < size && isBelow(entries, child, child + 1)) child++
    if (!isBelow(entries, root, child)) return
    const a = entries + (<usize>root << 4)
    const b = entries + (<usize>child << 4)
    const held = v128.load(a)
    v128.store(a, v128.load(b))
    v128.store(b, held)
    root = child
  }
}

// @ts-ignore: decorator
@inline
function isBelow(entries: usize, one: u32, other: u32): bool {
  const a = entries + (<usize>one << 4)
  const b = entries + (<usize>other << 4)
  const x = load<f64>(a, 8)
  const y = load<f64>(b, 8)
  return x < y || (x == y && load<u32>(a) < load<u32>(b))
}
