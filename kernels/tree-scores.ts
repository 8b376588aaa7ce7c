/**
 * @file AssemblyScript kernel that scores rows with boosted trees, 16 rows at a time.
 *
 * Small trees are not walked: a bit per leaf says whether it can still be reached, every node that sends a row right
 * takes the leaves on its left away, and the lowest bit that is left is the leaf (QuickScorer, Lucchese et al. 2015). All
 * nodes are looked at, in any order and without a branch, for four rows in each step. Other trees are walked row by row.
 * `src/models/trees/compiled-trees.ts` lays the trees out.
 */

/** One tree. Nodes of a masked tree are `Masked`: first those that send NaN left, then those that send it right. */
@unmanaged
class Tree {
  /** 1 = masked, 0 = walked. */
  masked: u32
  nanLeft: u32
  nanRight: u32
  nodes: usize
  /** float64; a masked tree's from left to right. */
  leaves: usize
}

/** Addresses that a walked tree's categorical nodes add to. */
@unmanaged
class Walked {
  /** Of the feature's values in the block. */
  column: u32
  threshold: f32
  /** Child: an index ≥ 0, or ~leaf. */
  left: i32
  right: i32
  /** 0 = numeric with NaN left, 1 = numeric with NaN right, +2 = zero goes with NaN, 4 = categorical. */
  kind: u32
  /** Words of a category set, and how many. */
  words: usize
  length: u32
}

const ROWS: usize = 16
const TREE_BYTES: usize = 20
const MASKED_BYTES: usize = 12
const WALKED_BYTES: usize = 28
/** Missing with missing type zero: at most this far from it. */
const ZERO: f32 = 9.999999462560281e-36

/**
 * @param values row-major float32, a multiple of 16 rows
 * @param block room for 16 · width float32
 * @param sums float64, one per row
 */
export function score(
  trees: usize,
  count: u32,
  values: usize,
  rows: u32,
  width: u32,
  block: usize,
  sums: usize,
): void {
  const end = trees + <usize>count * TREE_BYTES
  for (let row: u32 = 0; row < rows; row += <u32>ROWS) {
    transpose(values, width, block)
    memory.fill(sums, 0, ROWS << 3)
    for (let tree = trees; tree < end; tree += TREE_BYTES) {
      const t = changetype<Tree>(tree)
      if (t.masked) mask(t, block, sums)
      else walk(t, block, sums)
    }
    values += (ROWS * <usize>width) << 2
    sums += ROWS << 3
  }
}

/** Column after column, 16 values each. */
function transpose(values: usize, width: u32, block: usize): void {
  const rowBytes = <usize>width << 2
  for (let f: usize = 0; f < rowBytes; f += 4) {
    let at = values + f
    for (let end = block + 64; block < end; block += 4, at += rowBytes) store<f32>(block, load<f32>(at))
  }
}

function mask(tree: Tree, block: usize, sums: usize): void {
  let a = i32x4.splat(-1)
  let b = i32x4.splat(-1)
  let c = i32x4.splat(-1)
  let d = i32x4.splat(-1)
  let node = tree.nodes
  for (const end = node + <usize>tree.nanLeft * MASKED_BYTES; node < end; node += MASKED_BYTES) {
    const x = block + load<u32>(node)
    const threshold = v128.load_splat<f32>(node, 4)
    const taken = v128.load_splat<u32>(node, 8)
    a = v128.andnot(a, v128.and(f32x4.gt(v128.load(x), threshold), taken))
    b = v128.andnot(b, v128.and(f32x4.gt(v128.load(x, 16), threshold), taken))
    c = v128.andnot(c, v128.and(f32x4.gt(v128.load(x, 32), threshold), taken))
    d = v128.andnot(d, v128.and(f32x4.gt(v128.load(x, 48), threshold), taken))
  }
  for (const end = node + <usize>tree.nanRight * MASKED_BYTES; node < end; node += MASKED_BYTES) {
    const x = block + load<u32>(node)
    const threshold = v128.load_splat<f32>(node, 4)
    const taken = v128.load_splat<u32>(node, 8)
    a = v128.andnot(a, v128.andnot(taken, f32x4.le(v128.load(x), threshold)))
    b = v128.andnot(b, v128.andnot(taken, f32x4.le(v128.load(x, 16), threshold)))
    c = v128.andnot(c, v128.andnot(taken, f32x4.le(v128.load(x, 32), threshold)))
    d = v128.andnot(d, v128.andnot(taken, f32x4.le(v128.load(x, 48), threshold)))
  }
  addLeaves(a, tree.leaves, sums)
  addLeaves(b, tree.leaves, sums + 32)
  addLeaves(c, tree.leaves, sums + 64)
  addLeaves(d, tree.leaves, sums + 96)
}

// @ts-ignore: decorator
@inline
function addLeaves(bits: v128, leaves: usize, sums: usize): void {
  const first = v128.load_zero<f64>(leaves + (<usize>ctz<u32>(i32x4.extract_lane(bits, 0)) << 3))
  const second = v128.load_zero<f64>(leaves + (<usize>ctz<u32>(i32x4.extract_lane(bits, 2)) << 3))
  const low = v128.load_lane<f64>(leaves + (<usize>ctz<u32>(i32x4.extract_lane(bits, 1)) << 3), first, 1)
  const high = v128.load_lane<f64>(leaves + (<usize>ctz<u32>(i32x4.extract_lane(bits, 3)) << 3), second, 1)
  v128.store(sums, f64x2.add(v128.load(sums), low))
  v128.store(sums, f64x2.add(v128.load(sums, 16), high), 16)
}

function walk(tree: Tree, block: usize, sums: usize): void {
  for (let row: usize = 0; row < ROWS; row++) {
    let node: i32 = 0
    while (node >= 0) {
      const at = changetype<Walked>(tree.nodes + <usize>node * WALKED_BYTES)
      const value = load<f32>(block + at.column + (row << 2))
      node = goesLeft(at, value) ? at.left : at.right
    }
    const sum = sums + (row << 3)
    store<f64>(sum, load<f64>(sum) + load<f64>(tree.leaves + (<usize>~node << 3)))
  }
}

// @ts-ignore: decorator
@inline
function goesLeft(node: Walked, value: f32): bool {
  const kind = node.kind
  if (kind == 0) return !(value > node.threshold)
  if (kind == 1) return value <= node.threshold
  if (kind == 4) return isInSet(node, value)
  if (value != value || abs(value) <= ZERO) return kind == 2
  return value <= node.threshold
}

function isInSet(node: Walked, value: f32): bool {
  if (!(value > -1 && value < 4294967296)) return false
  const category = <u32>value
  const word = category >> 5
  return word < node.length && ((load<u32>(node.words + (<usize>word << 2)) >> (category & 31)) & 1) == 1
}
