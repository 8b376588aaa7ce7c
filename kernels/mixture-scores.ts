/**
 * @file AssemblyScript kernel of the mixture of logits: scores of one user for some items. `src/models/mixture-of-logits/
 * scorer.ts` lays everything out. Vectors of the user lie side by side in the lanes, so that no sum goes across a register:
 * pair (p, m) of user vector p and item vector m is number m · lanes + p. Behind all pairs stands the direct logit, the product
 * of both towers, in a group of four with nothing else. All numbers are float32.
 */

/** eˣ of four numbers, within 2e-7 of it (Cephes' polynomial). */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const within = f32x4.max(f32x4.min(x, f32x4.splat(88)), f32x4.splat(-87))
  const n = f32x4.nearest(f32x4.mul(within, f32x4.splat(1.44269504088896341)))
  // log 2 in two parts, so that little is lost.
  const near = f32x4.sub(within, f32x4.mul(n, f32x4.splat(0.693359375)))
  const r = f32x4.add(near, f32x4.mul(n, f32x4.splat(2.12194440e-4)))
  let sum = f32x4.splat(1.9875691500e-4)
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.3981999507e-3))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(8.3334519073e-3))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(4.1665795894e-2))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.6666665459e-1))
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(5.0000001201e-1))
  const value = f32x4.add(f32x4.add(f32x4.mul(sum, f32x4.mul(r, r)), r), f32x4.splat(1))
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23)
  return f32x4.mul(value, power)
}

/** x · σ(x) */
// @ts-ignore: decorator
@inline
function silu(x: v128): v128 {
  const one = f32x4.splat(1)
  return f32x4.div(x, f32x4.add(one, exp(f32x4.neg(x))))
}

/** to[c] = shift[c] + Σ from[k] · weight[k][c] for the four columns at c; rows are `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function product(from: usize, rows: u32, weight: usize, stride: usize, shift: v128): v128 {
  // Four sums, so that one need not wait for the other; `rows` is a multiple of 4.
  let a = shift
  let b = f32x4.splat(0)
  let c = f32x4.splat(0)
  let d = f32x4.splat(0)
  const end = from + (<usize>rows << 2)
  for (; from < end; from += 16) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(from), v128.load(weight)))
    b = f32x4.add(b, f32x4.mul(v128.load32_splat(from, 4), v128.load(weight + stride)))
    c = f32x4.add(c, f32x4.mul(v128.load32_splat(from, 8), v128.load(weight + (stride << 1))))
    d = f32x4.add(d, f32x4.mul(v128.load32_splat(from, 12), v128.load(weight + stride * 3)))
    weight += stride << 2
  }
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d))
}

// @ts-ignore: decorator
@inline
function sumOf(x: v128): f32 {
  const low = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)
  return low + f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)
}

/**
 * out[k] = Σ π · logit of item ids[k], π = softmax(silu(user gate · item gate + W₂ silu(W₁ logits))).
 *
 * @param records of the items: vectors × width, lengths that the towers have along their vectors, `lanes`, the gate, `pairs`
 * @param stride bytes of a record
 * @param user width × lanes: value j of all vectors, over the temperature already; 0 in lanes without a vector
 * @param userLengths lanes
 * @param userGate pairs
 * @param closed pairs: 0, or far below 0 in lanes without a vector
 * @param first pairs × hidden, then a shift of `hidden`
 * @param second hidden × pairs, then a shift of `pairs`
 * @param lanes a multiple of 4, as are `width` and `hidden`; pairs = lanes · vectors + 4
 * @param scratch pairs, hidden, pairs
 */
export function score(
  records: usize,
  stride: usize,
  ids: usize,
  count: u32,
  user: usize,
  userLengths: usize,
  userGate: usize,
  closed: usize,
  first: usize,
  second: usize,
  lanes: u32,
  vectors: u32,
  width: u32,
  hidden: u32,
  scratch: usize,
  out: usize,
): void {
  const pairs = lanes * vectors + 4
  const laneBytes = <usize>lanes << 2
  const crossedBytes = laneBytes * vectors
  const pairBytes = <usize>pairs << 2
  const hiddenBytes = <usize>hidden << 2
  const inner = scratch + pairBytes
  const gates = inner + hiddenBytes
  const firstShift = first + <usize>pairs * hiddenBytes
  const secondShift = second + <usize>hidden * pairBytes
  const nothing = f32x4.splat(0)
  for (let k: u32 = 0; k < count; k++) {
    let vector = records + <usize>load<u32>(ids + (<usize>k << 2)) * stride
    const itemLengths = vector + (<usize>(vectors * width) << 2)
    const itemGate = itemLengths + laneBytes
    for (let m: usize = 0; m < crossedBytes; m += laneBytes) {
      for (let p: usize = 0; p < laneBytes; p += 16)
        v128.store(scratch + m + p, product(vector, width, user + p, laneBytes, nothing))
      vector += <usize>width << 2
    }
    // The product of the towers is that of their vectors, each as long as it was.
    let direct: f32 = 0
    for (let p: usize = 0; p < <usize>vectors << 2; p += 4) {
      const alike = load<f32>(scratch + p * lanes + p)
      direct += alike * (load<f32>(userLengths + p) * load<f32>(itemLengths + p))
    }
    v128.store(scratch + crossedBytes, f32x4.replace_lane(nothing, 0, direct))
    for (let h: usize = 0; h < hiddenBytes; h += 16)
      v128.store(inner + h, silu(product(scratch, pairs, first + h, hiddenBytes, v128.load(firstShift + h))))
    let most = f32x4.splat(-1e30)
    for (let c: usize = 0; c < pairBytes; c += 16) {
      const own = f32x4.mul(v128.load(userGate + c), v128.load(itemGate + c))
      const shift = f32x4.add(own, v128.load(secondShift + c))
      const gate = f32x4.add(silu(product(inner, hidden, second + c, pairBytes, shift)), v128.load(closed + c))
      v128.store(gates + c, gate)
      most = f32x4.max(most, gate)
    }
    const top = f32x4.splat(
      max(
        max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
        max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
      ),
    )
    let shares = f32x4.splat(0)
    let total = f32x4.splat(0)
    for (let c: usize = 0; c < pairBytes; c += 16) {
      const share = exp(f32x4.sub(v128.load(gates + c), top))
      shares = f32x4.add(shares, share)
      total = f32x4.add(total, f32x4.mul(share, v128.load(scratch + c)))
    }
    store<f32>(out + (<usize>k << 2), sumOf(total) / sumOf(shares))
  }
}
