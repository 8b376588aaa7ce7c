/** @file item2vec in plain TypeScript and float64, slowly: what the kernel `kernels/item2vec.ts` is compared with. */

import { aliasTable } from '../../src/base/alias-table.ts'
import { rowOf } from '../../src/base/csr.ts'
import type { Item2vecOptions } from '../../src/models/item2vec.ts'
import { type ItemSequences, occurrences } from '../../src/models/item2vec-memory.ts'

/** Items × dim, updated in place. */
export interface Vectors {
  inputs: Float64Array
  outputs: Float64Array
}

/** What the window of one centre is trained on. */
export interface Position {
  /** Items of the window: rows of `inputs`. */
  inputs: number[]
  /** The centre, then the negatives: rows of `outputs`. */
  outputs: number[]
}

/** Σ over the window: log σ(u_centre·v) + Σ_negatives log σ(−u·v). */
export function objective({ inputs, outputs }: Vectors, position: Position, dim: number): number {
  let sum = 0
  for (const input of position.inputs) {
    position.outputs.forEach((output, k) => {
      const product = dot(inputs, input, outputs, output, dim)
      sum += Math.log(sigmoid(k === 0 ? product : -product))
    })
  }
  return sum
}

/** One step up the objective's gradient, all of it from the vectors as they were. */
export function step(vectors: Vectors, position: Position, dim: number, rate: number): void {
  const before = { inputs: vectors.inputs.slice(), outputs: vectors.outputs.slice() }
  for (const input of position.inputs) {
    position.outputs.forEach((output, k) => {
      const label = k === 0 ? 1 : 0
      const gain = rate * (label - sigmoid(dot(before.inputs, input, before.outputs, output, dim)))
      for (let j = 0; j < dim; j++) {
        vectors.inputs[input * dim + j] += gain * before.outputs[output * dim + j]
        vectors.outputs[output * dim + j] += gain * before.inputs[input * dim + j]
      }
    })
  }
}

/** Trains in place, with the kernel's random draws in the kernel's order. */
export function trainReference(
  { rows, unordered }: ItemSequences,
  options: Item2vecOptions,
  seed: number,
  vectors: Vectors,
): void {
  const { dim, epochs, learningRate } = options
  const counts = occurrences(rows)
  const noise = aliasTable(counts.map((count) => (count === 0 ? 0 : count ** options.noiseExponent)))
  const total = rows.targets.length
  const share = (item: number) => {
    const ratio = (options.subsampling * total) / counts[item]
    return options.subsampling === 0 ? 1 : Math.min(1, Math.sqrt(ratio) + ratio)
  }
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let s = 0; s < rows.rows; s++) {
      const { draw, below } = splitmix(seed, epoch, s)
      const sequence = [...rowOf(rows, s)].filter((item) => draw() < Math.round(share(item) * 2 ** 32))
      if (s < unordered) {
        for (let i = sequence.length; i > 1; i--) {
          const other = below(i)
          const held = sequence[i - 1]
          sequence[i - 1] = sequence[other]
          sequence[other] = held
        }
      }
      const done = (epoch * total + rows.offsets[s]) / (epochs * total)
      const rate = learningRate * (1 - done * (1 - 1 / 1000))
      sequence.forEach((centre, at) => {
        const reach = 1 + below(options.window)
        const around = sequence.slice(Math.max(0, at - reach), at + reach + 1)
        const inputs = around.filter((item) => item !== centre)
        if (inputs.length === 0) return
        const outputs = [centre]
        for (let k = 0; k < options.negatives; k++) {
          const slot = below(rows.columns)
          const item = draw() <= noise.thresholds[slot] ? slot : noise.aliases[slot]
          if (item !== centre) outputs.push(item)
        }
        step(vectors, { inputs, outputs }, dim, rate)
      })
    }
  }
}

function splitmix(seed: number, epoch: number, s: number) {
  const mask = (1n << 64n) - 1n
  const golden = 0x9e3779b97f4a7c15n
  let state = (((BigInt(seed) << 32n) | BigInt(epoch)) * golden + BigInt(s) * 0xd1342543de82ef95n) & mask
  const draw = () => {
    state = (state + golden) & mask
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask
    return Number(z >> 32n)
  }
  return { draw, below: (bound: number) => Number((BigInt(draw()) * BigInt(bound)) >> 32n) }
}

function dot(a: Float64Array, rowA: number, b: Float64Array, rowB: number, dim: number): number {
  let sum = 0
  for (let j = 0; j < dim; j++) sum += a[rowA * dim + j] * b[rowB * dim + j]
  return sum
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
