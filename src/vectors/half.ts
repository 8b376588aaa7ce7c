/** @file Numbers of 16 bits (IEEE 754 binary16), to and from float32. */

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

export const HALF_MOST = 65504

/** The nearest half, ties to even; the value must be finite and at most HALF_MOST in size. */
export function toHalf(value: number): number {
  float[0] = value
  const sign = (bits[0] >>> 16) & 0x8000
  const size = bits[0] & 0x7fffffff
  // Below 2⁻¹⁴ the steps are 2⁻²⁴ wide: adding ½ lets float32 round to them, its own steps there being as wide.
  if (size < 0x38800000) {
    float[0] = Math.abs(value) + 0.5
    return sign | (bits[0] - 0x3f000000)
  }
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
}

export function fromHalf(half: number): number {
  bits[0] = (half & 0x7fff) << 13
  const size = float[0] * 2 ** 112
  return half & 0x8000 ? -size : size
}
