/**
 * @file Steps of training: ONNX Runtime runs one graph a step. Weights and what the optimiser keeps live in two sets of
 * arrays that change places after each step, so that nothing is allocated for them in the loop.
 */

import type { Tensor as OnnxTensor } from 'onnxruntime-node'
import { createRandom } from '../base/random.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { type Batch, type BatchInput, concreteShape, sizesOf, toOnnx } from './batch.ts'
import { firstNotFinite } from './diagnose.ts'
import { NotFiniteError, ShapeError } from './errors.ts'
import { flopCounter } from './flops.ts'
import { type GraphSession, openOutputs } from './graph-session.ts'
import { LossScale, type LossScaleOptions } from './loss-scale.ts'
import type { Optimiser } from './optimisers/optimiser.ts'
import { checkFloat16, type Precision, productsOf } from './precision.ts'
import type { SessionOptions } from './session.ts'
import { INSIDE, type InputAttributes, inOrder, isInput, nameOf, type Tensor } from './tensor.ts'
import {
  GRADIENT,
  LOSS,
  LOSS_SCALE,
  NEXT,
  SCALAR,
  type Slot,
  SQUARES,
  type TrainGraphOptions,
  trainGraph,
} from './train-graph.ts'
import { initialWeights, parametersOf, type Weights } from './weights.ts'

export interface TrainStepOptions extends SessionOptions, Partial<Omit<TrainGraphOptions, 'isScaled'>> {
  optimiser: Optimiser
  /** Of the initial weights, and of the noise of each step. */
  seed: number
  /**
   * `mixed`: matrix products in float16, all else and the weights in float32. Graphics processors multiply faster so; on a processor
   * the products are rounded to the same numbers and slower. `float32` when left out.
   */
  precision?: Precision
  /** Of mixed precision. */
  lossScale?: LossScaleOptions
}

export interface StepResult {
  loss: number
  /** Length of all gradients, before it is clipped; not finite when they overflowed. */
  gradientLength: number
  /** Size of the first axis of the first input. */
  examples: number
  /** Multiplications and additions of the matrix products. */
  flops: number
  /**
   * Gradients of this batch, or of one before it that is for the same update, were too large for float16: the update is left out.
   */
  isSkipped: boolean
  /** Gradients of the rows, by the names of their inputs; valid until the next run. */
  rows: Readonly<Record<string, Float32Array>>
}

/** Values of one slot now, and the array that the next step fills. */
interface Kept extends Slot {
  now: Float32Array
  next: Float32Array
}

/** Parameters larger than this gain nothing from being packed: a pass over them takes longer than to begin one. */
const PACKED = 65_536

/** Name of the loss scale in a state: a part of how far a training is, as batches are, not of what was learned. */
export const SCALE = `${INSIDE}scale`
const NOISE = 0x6e6f6973

export class TrainStep {
  readonly #loss: Tensor
  readonly #options: TrainStepOptions
  readonly #update: GraphSession
  readonly #accumulate: GraphSession | null
  /** The update's own products are none: both graphs have the same. */
  readonly #flops: (sizes: ReadonlyMap<string, number>) => number
  readonly #inputs: BatchInput[]
  readonly #noises: BatchInput[]
  readonly #kept: Kept[]
  readonly #sums: Kept[]
  /** How many of the kept arrays hold parameters. */
  readonly #groups: number
  readonly #scale: LossScale | null
  /** Gradients of the rows and noise by the names of their inputs, kept while the sizes stay. */
  readonly #arrays = new Map<string, Float32Array>()
  #batches = 0

  private constructor(
    loss: Tensor,
    options: TrainStepOptions,
    sessions: { update: GraphSession; accumulate: GraphSession | null },
    kept: Kept[],
    sums: Kept[],
    groups: number,
    flops: (sizes: ReadonlyMap<string, number>) => number,
  ) {
    this.#loss = loss
    this.#options = options
    this.#update = sessions.update
    this.#accumulate = sessions.accumulate
    this.#kept = kept
    this.#sums = sums
    this.#groups = groups
    this.#flops = flops
    this.#scale = options.precision === 'mixed' ? new LossScale(options.lossScale) : null
    const leaves = inOrder([loss]).filter(isInput)
    this.#inputs = leaves.filter((leaf) => !isNoise(leaf)).map(inputOf)
    this.#noises = leaves.filter(isNoise).map(inputOf)
  }

  /** @param loss a scalar, the mean over a batch */
  static async open(loss: Tensor, options: TrainStepOptions): Promise<TrainStep> {
    const { rows = [], accumulate = 1, device = 'cpu', precision = 'float32' } = options
    const products = productsOf(precision, device)
    if (products === 'float16') await checkFloat16(options)
    // A GPU's kernels take few arrays at a time.
    const packed = device === 'cpu' ? PACKED : 0
    const graph = trainGraph(loss, {
      packed,
      ...options,
      rows,
      accumulate,
      isScaled: precision === 'mixed',
    })
    const open = (outputs: Record<string, Tensor>) =>
      openOutputs(outputs, { ...options, packs: graph.packs, products })
    const update = await open(graph.update)
    const sessions = { update, accumulate: graph.accumulate && (await open(graph.accumulate)) }
    const initial = initialWeights([loss], options.seed)
    const [kept, sums] = [graph.slots, graph.sums].map((slots) => slots.map((slot) => keep(slot, initial)))
    const flops = flopCounter(Object.values(graph.update))
    return new TrainStep(loss, options, sessions, kept!, sums!, graph.groups, flops)
  }

  /** Batches done. */
  get batches(): number {
    return this.#batches
  }

  /** Updates done. */
  get steps(): number {
    return Math.floor(this.#batches / (this.#options.accumulate ?? 1)) - this.skipped
  }

  /** Updates left out, because their gradients were too large for float16. */
  get skipped(): number {
    return this.#scale?.skipped ?? 0
  }

  /** What the loss is multiplied by before it is differentiated; 1 in float32. */
  get lossScale(): number {
    return this.#scale?.scale ?? 1
  }

  /** Parameters by name; the arrays are others after each step. */
  get weights(): Weights {
    return new Map(this.#kept.slice(0, this.#groups).flatMap(partsOf))
  }

  /** Everything that the next step depends on: parameters, what the optimiser keeps, sums of gradients, the loss scale. */
  get state(): Weights {
    const state = new Map([...this.#kept, ...this.#sums].flatMap(partsOf))
    return this.#scale ? state.set(SCALE, this.#scale.state) : state
  }

  /** Goes on from `state` after so many batches. @throws ShapeError when it does not fit: then nothing changes */
  restore(batches: number, state: Weights): void {
    for (const [name, { length }] of this.state)
      if (state.get(name)?.length !== length)
        throw new ShapeError(`${name} [${length}]`, 'the state to go on from has no such values')
    for (const [name, values] of this.state) values.set(state.get(name)!)
    this.#batches = batches
  }

  /**
   * @param rate learning rate of this step
   * @param given sizes of named axes that do not follow from the lengths of the arrays
   * @returns the loss before the update
   * @throws ShapeError when the batch does not fit; NotFiniteError when the loss or a gradient is no number: then
   *   the weights stay
   */
  async run(batch: Batch, rate: number, given?: Readonly<Record<string, number>>): Promise<StepResult> {
    const { optimiser, rows = [], accumulate = 1, seed } = this.#options
    const sizes = sizesOf(this.#inputs, batch, given)
    const feeds: Record<string, OnnxTensor> = {}
    for (const { name, shape, dtype } of this.#inputs)
      feeds[name] = toOnnx(dtype, batch[name]!, concreteShape(shape, sizes))
    this.#noises.forEach(({ name, shape }, k) => {
      const dims = concreteShape(shape, sizes)
      const { uint32 } = createRandom(seed ^ NOISE, this.#batches * this.#noises.length + k)
      const values = this.#arrayOf(name, dims)
      // 24 bits: more would round to 1.
      for (let at = 0; at < values.length; at++) values[at] = (uint32() >>> 8) / 2 ** 24
      feeds[name] = toOnnx('float32', values, dims)
    })
    const updates = (this.#batches + 1) % accumulate === 0
    const session = updates ? this.#update : (this.#accumulate as GraphSession)
    const fetches: Record<string, OnnxTensor> = {}
    for (const name of [LOSS, SQUARES]) fetches[name] = toOnnx('float32', new Float32Array(1), [])
    const gradients: Record<string, Float32Array> = {}
    for (const row of rows) {
      const dims = concreteShape(row.shape, sizes)
      const values = this.#arrayOf(nameOf(row), dims)
      fetches[GRADIENT + nameOf(row)] = toOnnx('float32', values, dims)
      gradients[nameOf(row)] = values
    }
    const scalars = updates ? optimiser.scalars(this.steps + 1, rate) : {}
    for (const [name, value] of Object.entries(scalars))
      feeds[SCALAR + name] = toOnnx('float32', Float32Array.of(value), [])
    feeds[LOSS_SCALE] = toOnnx('float32', Float32Array.of(this.lossScale), [])
    const written = updates ? this.#kept : this.#sums
    for (const { name, shape, now } of [...this.#kept, ...this.#sums])
      feeds[name] = toOnnx('float32', now, shape)
    for (const { name, shape, next } of written) fetches[NEXT + name] = toOnnx('float32', next, shape)
    await session.run(feeds, fetches)
    const [loss, squares] = [LOSS, SQUARES].map((name) => (fetches[name]!.data as Float32Array)[0]!) as [
      number,
      number,
    ]
    const overflows = !Number.isFinite(squares)
    if (!Number.isFinite(loss) || (overflows && (this.#scale?.isLeast ?? true))) {
      const { weights } = this
      for (const parameter of parametersOf([this.#loss]))
        feeds[nameOf(parameter)] = toOnnx(
          'float32',
          weights.get(nameOf(parameter))!,
          parameter.shape as number[],
        )
      const expression = await firstNotFinite(this.#loss, rows, feeds, this.#options)
      throw new NotFiniteError(this.steps + 1, expression)
    }
    if (overflows) this.#scale?.overflow()
    const isSkipped = this.#scale?.hasOverflowed ?? false
    if (!isSkipped) for (const kept of written) [kept.now, kept.next] = [kept.next, kept.now]
    if (updates) {
      for (const { now } of this.#sums) now.fill(0)
      this.#scale?.endUpdate()
    }
    this.#batches++
    const [first] = this.#inputs
    const examples = first ? (concreteShape(first.shape, sizes)[0] ?? 1) : 1
    const flops = this.#flops(sizes)
    return { loss, gradientLength: Math.sqrt(squares), examples, flops, isSkipped, rows: gradients }
  }

  async close(): Promise<void> {
    await this.#update.close()
    await this.#accumulate?.close()
  }

  #arrayOf(name: string, dims: readonly number[]): Float32Array {
    const length = dims.reduce((a, b) => a * b, 1)
    const known = this.#arrays.get(name)
    if (known?.length === length) return known
    const values = new Float32Array(length)
    this.#arrays.set(name, values)
    return values
  }
}

function keep(slot: Slot, initial: Weights): Kept {
  const sizes = slot.parts.map(({ length }) => length)
  const now = sharedFloat32(sizes.reduce((a, b) => a + b, 0))
  const kept = { ...slot, now, next: new Float32Array(now.length) }
  for (const [name, values] of partsOf(kept)) values.set(initial.get(name) ?? [])
  return kept
}

/** Views of the values now, by name. */
function partsOf({ parts, now }: Kept): [string, Float32Array][] {
  let from = 0
  return parts.map(({ name, length }) => {
    const values = now.subarray(from, from + length)
    from += length
    return [name, values]
  })
}

const isNoise = (leaf: Tensor) => (leaf.attributes as InputAttributes).isNoise === true
const inputOf = (leaf: Tensor): BatchInput => ({ name: nameOf(leaf), shape: leaf.shape, dtype: leaf.dtype })
