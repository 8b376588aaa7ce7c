/**
 * @file Training batches of the graph's tower: pairs of items that somebody took together, with a sample of the neighbours
 * of each, level below level.
 */

import { type Csr, degree } from '../../base/csr.ts'
import { createRandom, type Random } from '../../base/random.ts'
import { sharedFloat32, sharedUint32 } from '../../base/shared.ts'
import type { BatchTask, TrainBatch } from '../../nn/batches.ts'
import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'
import { levelInputs } from './tower.ts'

export interface BatchOptions {
  /** Pairs in a batch. */
  pairs: number
  /** Neighbours drawn for an item, at each level. */
  sampled: number
  /** Hops. */
  layers: number
  /** Probability that an item's own row is hidden, so that neighbours and content learn to stand alone. */
  hiddenIds: number
}

export interface PairExamples extends BatchOptions {
  /** Collections × items, those that teach: each has at least two. */
  collections: Csr
  /** Items × items with positive weights. */
  neighbours: Csr
  /** What items are made of; null when nothing is known. */
  content: VectorMatrix | null
  /** How often an item is drawn: sums to 1. */
  popularity: Float32Array
  seed: number
}

/** An item whose vector is wanted, and the other end of the link that it must not see; −1 where there is none. */
interface Wanted {
  item: number
  hidden: number
}

interface Arrays extends Record<string, Float32Array | Int32Array | Uint32Array> {}

/** Opens a maker of batches; the same task gives the same batch. */
export function openBatches(examples: PairExamples): (task: BatchTask) => TrainBatch {
  const { collections, pairs, layers, popularity, seed } = examples
  return ({ epoch, index }) => {
    const random = createRandom(seed ^ (0x73616765 + epoch), index)
    const links = Array.from({ length: pairs }, () => drawLink(collections, random))
    let wanted: Wanted[] = [
      ...links.map(([item, hidden]) => ({ item, hidden })),
      ...links.map(([hidden, item]) => ({ item, hidden })),
    ]
    const arrays: Arrays = { logQ: sharedFloat32(pairs) }
    links.forEach(([, second], k) => {
      arrays.logQ![k] = Math.log(popularity[second]!)
    })
    for (let level = layers; level >= 1; level--) {
      const made = levelBelow(examples, wanted, level === 1, random)
      const names = levelInputs(level)
      arrays[names.self] = Int32Array.from(made.self)
      arrays[names.neighbours] = Int32Array.from(made.neighbours)
      arrays[names.rowOf] = Int32Array.from(made.rowOf)
      arrays[names.weights] = Float32Array.from(made.weights)
      wanted = made.below
    }
    return { ...arrays, ...layerZero(examples, wanted, random) }
  }
}

/** Two distinct items of a collection: an edge of the graph, all alike, then another edge of its collection. */
function drawLink({ offsets, targets }: Csr, random: Random): [number, number] {
  const edge = random.below(targets.length)
  let [low, high] = [0, offsets.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (offsets[middle]! <= edge) low = middle
    else high = middle
  }
  const [start, end] = [offsets[low]!, offsets[low + 1]!]
  const other = start + random.below(end - start - 1)
  return [targets[edge]!, targets[other < edge ? other : other + 1]!]
}

/** What a level reads of the one below: its own rows there, and bags of neighbours. */
interface Level {
  self: number[]
  neighbours: number[]
  rowOf: number[]
  weights: number[]
  below: Wanted[]
}

/** @param isLast below it are items as such, where nothing has to be hidden */
function levelBelow(
  { neighbours, sampled }: PairExamples,
  wanted: readonly Wanted[],
  isLast: boolean,
  random: Random,
): Level {
  const level: Level = { self: [], neighbours: [], rowOf: [], weights: [], below: [] }
  const places = new Map<number, number>()
  const placeOf = (item: number) => {
    const known = places.get(item)
    if (known !== undefined) return known
    places.set(item, level.below.length)
    level.below.push({ item, hidden: -1 })
    return level.below.length - 1
  }
  const chosen = new Int32Array(sampled)
  wanted.forEach(({ item, hidden }, row) => {
    // An end of a link goes down with the link hidden, not as what others know it by.
    if (isLast || hidden < 0) level.self.push(placeOf(item))
    else level.self.push(level.below.push({ item, hidden }) - 1)
    const count = sampleOf(neighbours, item, hidden, chosen, random)
    let total = 0
    for (let k = 0; k < count; k++) total += neighbours.weights![chosen[k]!]!
    for (let k = 0; k < count; k++) {
      level.neighbours.push(placeOf(neighbours.targets[chosen[k]!]!))
      level.rowOf.push(row)
      level.weights.push(neighbours.weights![chosen[k]!]! / total)
    }
  })
  return level
}

/** Writes places of edges, all alike likely and each once (reservoir sampling, Vitter 1985). @returns how many */
function sampleOf(
  { offsets, targets }: Csr,
  item: number,
  hidden: number,
  out: Int32Array,
  random: Random,
): number {
  let met = 0
  for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
    if (targets[k] === hidden) continue
    const place = met < out.length ? met : random.below(met + 1)
    if (place < out.length) out[place] = k
    met++
  }
  return Math.min(met, out.length)
}

/** Rows and content of items. The row behind the catalogue stands for an item whose own is not known. */
function layerZero(
  { content, neighbours, hiddenIds }: PairExamples,
  wanted: readonly Wanted[],
  random: Random,
): Arrays {
  const items = sharedUint32(wanted.length)
  wanted.forEach(({ item }, k) => {
    items[k] = random.float() < hiddenIds ? neighbours.rows : item
  })
  if (!content) return { items }
  const made = sharedFloat32(wanted.length * content.dim)
  wanted.forEach(({ item }, k) => {
    made.set(vectorAt(content, item), k * content.dim)
  })
  return { items, content: made }
}

/** Collections of at least two items and at most so many; the others teach nothing, or too slowly. */
export function teachingCollections(toItems: Csr, most: number): Csr {
  const kept = Uint32Array.from({ length: toItems.rows }, (_, c) => c).filter(
    (c) => degree(toItems, c) >= 2 && degree(toItems, c) <= most,
  )
  const offsets = sharedUint32(kept.length + 1)
  kept.forEach((c, k) => {
    offsets[k + 1] = offsets[k]! + degree(toItems, c)
  })
  const targets = sharedUint32(offsets[kept.length]!)
  kept.forEach((c, k) => {
    targets.set(toItems.targets.subarray(toItems.offsets[c]!, toItems.offsets[c + 1]!), offsets[k]!)
  })
  return { rows: kept.length, columns: toItems.columns, offsets, targets }
}
