/** @file Thresholds for float32 values: x ≤ t and x ≤ floorFloat32(t) say the same of every float32 x. */

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** The largest float32 that is ≤ x; NaN stays NaN. */
export function floorFloat32(x: number): number {
  const rounded = Math.fround(x)
  if (!(rounded > x)) return rounded
  // Neighbouring floats have neighbouring bits; the sign decides which way is down.
  float[0] = rounded
  if (rounded === 0) return -(2 ** -149)
  bits[0] += rounded > 0 ? -1 : 1
  return float[0]
}
