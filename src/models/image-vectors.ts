/** @file Vectors of a catalog's pictures: reads and encodes them all, and keeps account of those that cannot be used. */

import type { Progress } from '../base/progress.ts'
import { sharedFloat32 } from '../base/shared.ts'
import { type StringColumn, stringAt } from '../base/string-column.ts'
import type { VectorMatrix } from '../vectors/vector-matrix.ts'
import type { ImageEncoder, NetworkOptions } from './image-encoder.ts'
import { openImageEncoder } from './image-encoder.ts'
import { placeOfImage, readPixels } from './image-pixels.ts'

export interface ImageVectors {
  /** Items × dim, of length 1; 0 for items without a picture that can be used. */
  vectors: VectorMatrix
  described: number
  /** Pictures that are addresses; they are not fetched. */
  addresses: number
  broken: number
  /** What is wrong with the first broken ones, in the order of the items. */
  faults: string[]
}

/** So many faults are told; the others are counted. */
const FAULTS_TOLD = 20
/** Batches at hand at once for each thread: one is decoded while another is encoded. */
const BATCHES_PER_THREAD = 2

/**
 * Vectors by catalog column, for as long as the column lives: a blend is learned from several fits of one catalog, and
 * its pictures do not change in between.
 */
const known = new WeakMap<StringColumn, Map<string, Promise<ImageVectors>>>()

/** @param images references of all items */
export function imageVectorsOf(
  images: StringColumn,
  folder: string | null,
  network: NetworkOptions | null,
  threads: number,
  progress: Progress,
): Promise<ImageVectors> {
  const ofColumn = known.get(images) ?? new Map<string, Promise<ImageVectors>>()
  known.set(images, ofColumn)
  const key = JSON.stringify([folder, network])
  const found = ofColumn.get(key) ?? readAll(images, folder, network, threads, progress)
  ofColumn.set(key, found)
  found.catch(() => ofColumn.delete(key))
  return found
}

async function readAll(
  images: StringColumn,
  folder: string | null,
  network: NetworkOptions | null,
  threads: number,
  progress: Progress,
): Promise<ImageVectors> {
  const encoder = await openImageEncoder(network, threads)
  const places = Array.from({ length: images.length }, (_, item) =>
    placeOfImage(stringAt(images, item), folder),
  )
  const wanted = [...places.keys()].filter((item) => places[item] === 'here')
  const reading = progress.start('Describing pictures', wanted.length)
  const faults = new Map<number, string>()
  let vectors: VectorMatrix = { count: images.length, dim: 0, values: sharedFloat32(0) }
  let next = 0
  let done = 0
  const readNext = async () => {
    while (next < wanted.length) {
      const items = wanted.slice(next, next + encoder.batch)
      next += items.length
      const { good, pictures } = await readBatch(items, images, folder, encoder, faults)
      const encoded = pictures.length > 0 ? await encoder.encode(pictures) : []
      encoded.forEach((vector, k) => {
        if (vectors.dim === 0) {
          const dim = vector.length
          vectors = { count: images.length, dim, values: sharedFloat32(images.length * dim) }
        }
        vectors.values.set(vector, good[k] * vectors.dim)
      })
      done += items.length
      reading.update(done)
    }
  }
  try {
    await Promise.all(Array.from({ length: threads * BATCHES_PER_THREAD }, readNext))
  } finally {
    reading.end()
  }
  return {
    vectors,
    described: wanted.length - faults.size,
    addresses: places.filter((place) => place === 'address').length,
    broken: faults.size,
    faults: [...faults]
      .sort(([a], [b]) => a - b)
      .slice(0, FAULTS_TOLD)
      .map(([, fault]) => fault),
  }
}

async function readBatch(
  items: readonly number[],
  images: StringColumn,
  folder: string | null,
  encoder: ImageEncoder,
  faults: Map<number, string>,
): Promise<{ good: number[]; pictures: Uint8Array[] }> {
  const good: number[] = []
  const pictures: Uint8Array[] = []
  const read = await Promise.allSettled(
    items.map((item) => readPixels(stringAt(images, item), folder, encoder.size)),
  )
  read.forEach((result, k) => {
    if (result.status === 'rejected') faults.set(items[k], (result.reason as Error).message)
    else {
      good.push(items[k])
      pictures.push(result.value)
    }
  })
  return { good, pictures }
}
