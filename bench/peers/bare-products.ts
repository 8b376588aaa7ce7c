/**
 * @file AssemblyScript loop of the bare dot product instruction of WebAssembly SIMD, on registers: what no kernel there
 * can pass. `bench/machine-limits.ts` compiles it.
 */

/**
 * @param number any: the compiler must not know it, or it makes constants anew in every round
 * @returns something of the sums, so that they are computed; rounds × 5 × 8 multiply-adds, all in 16 registers
 */
export function products(rounds: u32, number: i16): i32 {
  let a = i16x8.splat(number)
  const one = i16x8.splat(number >> 1)
  const b0 = i16x8.splat(number + 2)
  const b1 = i16x8.splat(number + 4)
  const b2 = i16x8.splat(number + 6)
  const b3 = i16x8.splat(number + 8)
  const b4 = i16x8.splat(number + 10)
  let s0 = i32x4.splat(0)
  let s1 = i32x4.splat(0)
  let s2 = i32x4.splat(0)
  let s3 = i32x4.splat(0)
  let s4 = i32x4.splat(0)
  for (let round: u32 = 0; round < rounds; round++) {
    // Changes with every round, or the compiler would multiply once.
    a = i16x8.add(a, one)
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(a, b0))
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(a, b1))
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(a, b2))
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(a, b3))
    s4 = i32x4.add(s4, i32x4.dot_i16x8_s(a, b4))
  }
  const all = i32x4.add(i32x4.add(i32x4.add(s0, s1), i32x4.add(s2, s3)), s4)
  return i32x4.extract_lane(all, 0)
}
