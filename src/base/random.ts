/** @file Seeded random numbers: xoshiro128** (Blackman and Vigna 2018), one independent stream per (seed, stream). */

/** A deterministic generator. Nothing below the server floor may draw from anything else. */
export interface Random {
  /** Uniform 32-bit unsigned integer. */
  uint32(): number
  /** Uniform integer in [0, bound), 1 ≤ bound ≤ 2³². */
  below(bound: number): number
  /** Uniform float in [0, 1) with 53 bits. */
  float(): number
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
}

/** Spreads a seed and a stream number over the four state words (splitmix32). */
export function seedState(seed: number, stream = 0): Uint32Array {
  const state = new Uint32Array(4)
  let z = (Math.imul(seed >>> 0, 0x9e3779b1) ^ Math.imul((stream + 1) >>> 0, 0x85ebca6b)) >>> 0
  for (let i = 0; i < 4; i++) {
    z = (z + 0x9e3779b9) >>> 0
    let x = z
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    state[i] = (x ^ (x >>> 15)) >>> 0
  }
  if ((state[0]! | state[1]! | state[2]! | state[3]!) === 0) state[0] = 1
  return state
}

/**
 * @param seed any 32-bit integer
 * @param stream number of the stream; different streams of one seed are independent
 */
export function createRandom(seed: number, stream = 0): Random {
  let [a, b, c, d] = seedState(seed, stream) as unknown as [number, number, number, number]
  let spare = Number.NaN

  function uint32(): number {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }

  const float = () => ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992

  return {
    uint32,
    float,
    below: (bound) => Math.floor((uint32() / 4294967296) * bound),
    normal() {
      if (!Number.isNaN(spare)) {
        const value = spare
        spare = Number.NaN
        return value
      }
      for (;;) {
        const x = 2 * float() - 1
        const y = 2 * float() - 1
        const s = x * x + y * y
        if (s > 0 && s < 1) {
          const scale = Math.sqrt((-2 * Math.log(s)) / s)
          spare = y * scale
          return x * scale
        }
      }
    },
  }
}

/** Shuffles in place (Fisher and Yates). */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  values: T,
  random: Random,
): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const held = values[i]
    values[i] = values[j]
    values[j] = held
  }
  return values
}
