/** @file Mixtures of logits and sides with random numbers, and the slow, obvious score of two of them. */

import { createRandom } from '../../../src/base/random.ts'
import type { Mixture } from '../../../src/models/mixture-of-logits/scorer.ts'
import {
  type Perceptron,
  type Side,
  type Sides,
  type SideWeights,
  sidesOf,
} from '../../../src/models/mixture-of-logits/sides.ts'
import { normalise, vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

export interface MixtureSize {
  vectors: number
  /** Of one vector. */
  width: number
  hidden: number
  items: number
  /** Width of the first stage. */
  first: number
  temperature: number
}

export interface RandomMixture {
  mixture: Mixture
  userSide: SideWeights
  itemSide: SideWeights
  users: Sides
  items: Sides
}

const USERS = 3

export function randomMixture(seed: number, size: MixtureSize): RandomMixture {
  const { normal } = createRandom(seed)
  const dim = size.vectors * size.width
  const logits = size.vectors ** 2 + 1
  const numbers = (length: number) => Float32Array.from({ length }, normal)
  const perceptron = (from: number): Perceptron => ({
    firstWeight: numbers(from * size.hidden),
    firstBias: numbers(size.hidden),
    secondWeight: numbers(size.hidden * logits),
    secondBias: numbers(logits),
  })
  const side = (): SideWeights => ({
    vectors: size.vectors,
    gate: perceptron(dim),
    first: numbers(dim * size.first),
  })
  const towers = (count: number) => {
    const matrix = vectorMatrix(count, dim)
    matrix.values.set(numbers(count * dim))
    for (let row = 0; row < count; row++) normalise(vectorAt(matrix, row))
    return matrix
  }
  const [userSide, itemSide] = [side(), side()]
  const { vectors, temperature } = size
  return {
    mixture: { dim, vectors, temperature, pairGate: perceptron(logits) },
    userSide,
    itemSide,
    users: sidesOf(userSide, towers(USERS)),
    items: sidesOf(itemSide, towers(size.items)),
  }
}

const silu = (x: number) => x / (1 + Math.exp(-x))

/** ⟨u_p, v_m⟩ / temperature at p · vectors + m, then ⟨u, v⟩ / temperature. */
export function logitsOf({ dim, vectors, temperature }: Mixture, user: Side, item: Side): number[] {
  const width = dim / vectors
  const dot = (p: number, m: number) => {
    let sum = 0
    for (let j = 0; j < width; j++) sum += user.vectors[p * width + j]! * item.vectors[m * width + j]!
    return sum
  }
  const pairs = Array.from({ length: vectors ** 2 }, (_, k) => dot(Math.floor(k / vectors), k % vectors))
  const whole = Array.from(user.lengths, (length, p) => length * item.lengths[p]! * dot(p, p))
  return [...pairs, whole.reduce((a, b) => a + b)].map((product) => product / temperature)
}

/** x W + b of one layer. */
function layer(x: readonly number[], weight: Float32Array, bias: Float32Array): number[] {
  return Array.from(bias, (shift, j) =>
    x.reduce((sum, value, k) => sum + value * weight[k * bias.length + j]!, shift),
  )
}

/** Σ π · logit, π = softmax(silu(user gate · item gate + W(logits))). */
export function slowScore(mixture: Mixture, user: Side, item: Side): number {
  const { firstWeight, firstBias, secondWeight, secondBias } = mixture.pairGate
  const logits = logitsOf(mixture, user, item)
  const added = layer(layer(logits, firstWeight, firstBias).map(silu), secondWeight, secondBias)
  const gates = added.map((value, k) => silu(value + user.gates[k]! * item.gates[k]!))
  const top = Math.max(...gates)
  const shares = gates.map((gate) => Math.exp(gate - top))
  const total = shares.reduce((a, b) => a + b)
  return shares.reduce((sum, share, k) => sum + (share / total) * logits[k]!, 0)
}
