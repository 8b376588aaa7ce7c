/**
 * @file Scores of a user for many items by the mixture of logits: `kernels/mixture-scores.ts` over records of the items, each
 * its vectors, their lengths and its gates, in the order in which the kernel reads them.
 */

import {
  KERNEL_MEMORY_LIMIT,
  type KernelMemory,
  KernelPlaces,
  kernelMemory,
  loadKernel,
  openKernel,
  PAGE_BYTES,
} from '../../base/kernel.ts'
import type { Perceptron, Side } from './sides.ts'

/** What scores depend on besides the two sides. */
export interface Mixture {
  dim: number
  /** Vectors of a side. */
  vectors: number
  temperature: number
  /** From all logits of a pair to what they add to its gates. */
  pairGate: Perceptron
}

interface Functions {
  score(
    ...given: [
      ...[records: number, stride: number, ids: number, count: number],
      ...[user: number, userLengths: number, userGate: number],
      ...[closed: number, first: number, second: number],
      ...[lanes: number, vectors: number, width: number, hidden: number, scratch: number, out: number],
    ]
  ): void
}

/** All of a side but what the first stage needs. */
type ScoredSide = Omit<Side, 'first'>

/** A gate that no share comes through. */
const CLOSED = -1e9
/** Items scored at a time: their ids and scores stay in the cache. */
const BLOCK = 4096

const fours = (count: number) => 4 * Math.ceil(count / 4)

/** Not re-entrant: one user at a time. */
export class MixtureScorer {
  readonly #mixture: Mixture
  readonly #kernel: Functions
  readonly #memory: KernelMemory
  readonly #lanes: number
  /** Logits with those of lanes without a vector. */
  readonly #pairs: number
  readonly #hidden: number
  /** Bytes of an item. */
  readonly #stride: number
  readonly #at: Record<
    | 'ids'
    | 'user'
    | 'userLengths'
    | 'userGate'
    | 'closed'
    | 'first'
    | 'second'
    | 'scratch'
    | 'out'
    | 'records',
    number
  >

  /**
   * @param items that there is room for at once; more come when they are put
   * @throws UnavailableError when the kernel has not been built
   */
  constructor(mixture: Mixture, items: number) {
    const { dim, vectors, pairGate } = mixture
    this.#mixture = mixture
    this.#lanes = fours(vectors)
    this.#hidden = fours(pairGate.firstBias.length)
    const pairs = this.#lanes * vectors + 4
    this.#pairs = pairs
    this.#stride = 4 * (dim + this.#lanes + pairs)
    const places = new KernelPlaces()
    const floats = (count: number) => places.place(4 * count)
    this.#at = {
      ids: floats(BLOCK),
      out: floats(BLOCK),
      user: floats((dim / vectors) * this.#lanes),
      userLengths: floats(this.#lanes),
      userGate: floats(pairs),
      closed: floats(pairs),
      first: floats((pairs + 1) * this.#hidden),
      second: floats((this.#hidden + 1) * pairs),
      scratch: floats(2 * pairs + this.#hidden),
      records: floats(0),
    }
    this.#memory = kernelMemory(this.#at.records + items * this.#stride, KERNEL_MEMORY_LIMIT)
    this.#kernel = openKernel<Functions>(loadKernel('mixture-scores'), this.#memory)
    this.#putWeights()
  }

  /** Sets an item, known or new. */
  put(item: number, { vectors, lengths, gates }: ScoredSide): void {
    const at = this.#at.records + item * this.#stride
    const missing = at + this.#stride - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    const record = this.#floats(at, this.#stride / 4)
    record.set(vectors)
    record.set(lengths, vectors.length)
    this.#spread(gates, record.subarray(vectors.length + this.#lanes))
  }

  /**
   * @param items that were put
   * @param out as many scores
   */
  score(user: ScoredSide, items: Uint32Array, out: Float32Array): Float32Array {
    this.#putUser(user)
    const { vectors, dim } = this.#mixture
    const at = this.#at
    for (let from = 0; from < items.length; from += BLOCK) {
      const part = items.subarray(from, from + BLOCK)
      new Uint32Array(this.#memory.buffer, at.ids, part.length).set(part)
      this.#kernel.score(
        ...([at.records, this.#stride, at.ids, part.length] as const),
        ...([at.user, at.userLengths, at.userGate, at.closed, at.first, at.second] as const),
        ...([this.#lanes, vectors, dim / vectors, this.#hidden, at.scratch, at.out] as const),
      )
      out.set(this.#floats(at.out, part.length), from)
    }
    return out
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length)
  }

  /** Values of pairs p · vectors + m to places m · lanes + p, and the last one behind them; `step` apart. */
  #spread(values: Float32Array, out: Float32Array, step = 1): void {
    const { vectors } = this.#mixture
    for (let p = 0; p < vectors; p++)
      for (let m = 0; m < vectors; m++) out[(m * this.#lanes + p) * step] = values[p * vectors + m]!
    out[this.#lanes * vectors * step] = values[vectors ** 2]!
  }

  #putUser({ vectors, lengths, gates }: ScoredSide): void {
    const { temperature, vectors: count, dim } = this.#mixture
    const width = dim / count
    const user = this.#floats(this.#at.user, width * this.#lanes)
    for (let p = 0; p < count; p++)
      for (let j = 0; j < width; j++) user[j * this.#lanes + p] = vectors[p * width + j]! / temperature
    this.#floats(this.#at.userLengths, count).set(lengths)
    this.#spread(gates, this.#floats(this.#at.userGate, this.#pairs))
  }

  #putWeights(): void {
    const { vectors, pairGate } = this.#mixture
    const hidden = pairGate.firstBias.length
    const width = this.#hidden
    const pairs = this.#pairs
    const logits = vectors ** 2 + 1
    const closed = this.#floats(this.#at.closed, pairs).fill(CLOSED)
    this.#spread(new Float32Array(logits), closed)
    const first = this.#floats(this.#at.first, (pairs + 1) * width)
    const second = this.#floats(this.#at.second, (width + 1) * pairs)
    for (let h = 0; h < hidden; h++) {
      this.#spread(columnOf(pairGate.firstWeight, hidden, h), first.subarray(h), width)
      this.#spread(pairGate.secondWeight.subarray(h * logits), second.subarray(h * pairs))
    }
    first.set(pairGate.firstBias, pairs * width)
    this.#spread(pairGate.secondBias, second.subarray(width * pairs))
  }
}

/** Column h of a row-major matrix. */
function columnOf(matrix: Float32Array, width: number, h: number): Float32Array {
  return Float32Array.from({ length: matrix.length / width }, (_, row) => matrix[row * width + h]!)
}
