/**
 * @file AssemblyScript kernel of the exhaustive search: products of one query with all rows of a table of int8, the
 * query in int16. `src/vectors/quantised-search.ts` lays them out and bounds the error.
 */

/**
 * out[r] = scales[r] · queryScale · ⟨row r, query⟩.
 *
 * @param rows count × width, row-major int8
 * @param scales count, float32
 * @param query width, int16, at most 2¹³ in size so that sums over 2048 products stay below 2³¹
 * @param width a multiple of 16
 * @param out count, float32
 */
export function products(
  rows: usize,
  scales: usize,
  query: usize,
  queryScale: f32,
  width: u32,
  count: u32,
  out: usize,
): void {
  const bytes = <usize>width
  for (let r: u32 = 0; r < count; r++) {
    let low = i32x4.splat(0)
    let high = i32x4.splat(0)
    for (let j: usize = 0; j < bytes; j += 16) {
      const row = v128.load(rows + j)
      const at = query + (j << 1)
      low = i32x4.add(low, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(row), v128.load(at)))
      high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(row), v128.load(at, 16)))
    }
    const sums = i32x4.add(low, high)
    const pairs = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1))
    const sum = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)
    store<f32>(out + (<usize>r << 2), <f32>sum * load<f32>(scales + (<usize>r << 2)) * queryScale)
    rows += bytes
  }
}
