/** @file Lays sequences, vectors and options of item2vec out in the shared memory of its kernel. */

import { aliasTable } from '../base/alias-table.ts'
import type { Csr } from '../base/csr.ts'
import { InvalidOptionError } from '../base/errors.ts'
import { KERNEL_MEMORY_LIMIT, type KernelMemory, KernelPlaces, kernelMemory } from '../base/kernel.ts'
import { createRandom } from '../base/random.ts'
import type { Item2vecOptions } from './item2vec.ts'

/** Sequences of items; in the first `unordered` of them the order means nothing, so every pair of them counts. */
export interface ItemSequences {
  rows: Csr
  unordered: number
}

/** What workers share: addresses of the kernel's `Layout` and of one `Scratch` a worker. */
export interface Item2vecMemory {
  memory: KernelMemory
  layout: number
  scratches: number[]
  /** Views, items × dim. */
  inputs: Float32Array
  outputs: Float32Array
}

/** Fields of `Layout` and `Scratch` in `kernels/item2vec.ts`, four bytes each. */
const LAYOUT_FIELDS = 17
const SCRATCH_FIELDS = 5
/** Outputs are taken four at a time. */
const OUTPUT_GROUP = 4

/** @param workers how many will run over the memory */
export function layOut(
  { rows, unordered }: ItemSequences,
  options: Item2vecOptions,
  seed: number,
  workers: number,
): Item2vecMemory {
  const { dim, window, negatives } = options
  const items = rows.columns
  const rowBytes = dim * 4
  const places = new KernelPlaces()
  const at = {
    layout: places.place(LAYOUT_FIELDS * 4),
    inputs: places.place(items * rowBytes),
    outputs: places.place(items * rowBytes),
    offsets: places.place((rows.rows + 1) * 4),
    targets: places.place(rows.targets.length * 4),
    thresholds: places.place(items * 4),
    aliases: places.place(items * 4),
    keep: places.place(items * 4),
  }
  const inputRows = 2 * window
  const outputRows = Math.ceil((negatives + 1) / OUTPUT_GROUP) * OUTPUT_GROUP
  const scratches = Array.from({ length: workers }, () => ({
    fields: places.place(SCRATCH_FIELDS * 4),
    parts: [
      longestRow(rows) * 4,
      inputRows * 4,
      outputRows * 4,
      inputRows * outputRows * 4,
      inputRows * rowBytes,
    ],
  })).map(({ fields, parts }) => ({ fields, parts: parts.map((bytes) => places.place(bytes)) }))
  if (places.bytes > KERNEL_MEMORY_LIMIT) {
    const needed = `${(places.bytes / 2 ** 30).toFixed(1)} GiB are needed, the kernel has 4`
    throw new InvalidOptionError('dim', dim, `fewer: ${needed}`)
  }

  const memory = kernelMemory(places.bytes)
  const words = (address: number, length: number) => new Uint32Array(memory.buffer, address, length)
  const floats = (address: number, length: number) => new Float32Array(memory.buffer, address, length)
  const counts = occurrences(rows)
  const noise = aliasTable(counts.map((count) => (count === 0 ? 0 : count ** options.noiseExponent)))
  words(at.offsets, rows.rows + 1).set(rows.offsets)
  words(at.targets, rows.targets.length).set(rows.targets)
  words(at.thresholds, items).set(noise.thresholds)
  words(at.aliases, items).set(noise.aliases)
  keepThresholds(counts, options.subsampling, words(at.keep, items))
  const { inputs, outputs, offsets, targets, thresholds, aliases, keep } = at
  words(at.layout, LAYOUT_FIELDS).set([inputs, outputs, offsets, targets, thresholds, aliases, keep])
  words(at.layout + 28, 8).set([items, dim, window, negatives, rows.rows, unordered, seed, options.epochs])
  floats(at.layout + 60, 2).set([options.learningRate, options.learningRate / 1000])
  for (const { fields, parts } of scratches) words(fields, SCRATCH_FIELDS).set(parts)

  const vectors = {
    memory,
    layout: at.layout,
    scratches: scratches.map(({ fields }) => fields),
    inputs: floats(inputs, items * dim),
    outputs: floats(outputs, items * dim),
  }
  startVectors(vectors.inputs, counts, dim, seed)
  return vectors
}

/** How often each item occurs. Counted in float64: it goes into powers. */
export function occurrences(rows: Csr): Float64Array {
  const counts = new Float64Array(rows.columns)
  for (let k = 0; k < rows.targets.length; k++) counts[rows.targets[k]]++
  return counts
}

/** Keeps √(t/f) + t/f of the occurrences of an item with relative frequency f (word2vec's program); t = 0 keeps all. */
function keepThresholds(counts: Float64Array, t: number, out: Uint32Array): void {
  let total = 0
  for (let i = 0; i < counts.length; i++) total += counts[i]
  for (let i = 0; i < counts.length; i++) {
    const ratio = (t * total) / counts[i]
    const share = t === 0 || counts[i] === 0 ? 1 : Math.min(1, Math.sqrt(ratio) + ratio)
    out[i] = Math.max(0, Math.round(share * 2 ** 32) - 1)
  }
}

/** Inputs start uniform in ±½/dim, outputs at 0; items that never occur stay at 0. */
function startVectors(inputs: Float32Array, counts: Float64Array, dim: number, seed: number): void {
  const random = createRandom(seed)
  for (let i = 0; i < counts.length; i++) {
    for (let j = i * dim; j < (i + 1) * dim; j++)
      inputs[j] = counts[i] === 0 ? 0 : (random.float() - 0.5) / dim
  }
}

function longestRow({ offsets, rows }: Csr): number {
  let longest = 0
  for (let r = 0; r < rows; r++) longest = Math.max(longest, offsets[r + 1] - offsets[r])
  return longest
}
