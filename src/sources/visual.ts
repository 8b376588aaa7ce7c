/** @file Source `visual`: items whose pictures look like those of the query items. Needs no engagement. */

import { z } from 'zod'
import { packColumns, unpackColumns } from '../base/columns.ts'
import { stringAt } from '../base/string-column.ts'
import type { ImageEncoder } from '../models/image-encoder.ts'
import { type NetworkOptions, networkOptions, openImageEncoder } from '../models/image-encoder.ts'
import { placeOfImage, readPixels } from '../models/image-pixels.ts'
import { type ImageVectors, imageVectorsOf } from '../models/image-vectors.ts'
import { LiveVectors } from '../vectors/live-vectors.ts'
import { openSearch } from '../vectors/quantised-search.ts'
import { normalise, type VectorMatrix, vectorAt } from '../vectors/vector-matrix.ts'
import type { Candidates } from './candidates.ts'
import { leftOut } from './left-out.ts'
import { bestCandidates } from './merge.ts'
import { fadedWeights, fadingOption } from './query-weights.ts'
import type { FitInput, LiveItem, OpenInput, Source, SourceDefinition } from './source.ts'

export const visualOptions = z.strictObject({
  /** An image encoder of your own; a description by colour and texture when left out. */
  encoder: networkOptions.optional(),
  /** Less alike than that is not proposed. */
  minCosine: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .meta({ tune: { from: 0, to: 0.8 } }),
  fading: fadingOption.default(0.9),
})

interface VisualColumns {
  /** Rows of length 1; 0 for items without a picture. */
  vectors: VectorMatrix
  /** The encoder's options as JSON, "null" for the default description. */
  network: string
  minCosine: number
  fading: number
  /** What was left out, and why: see `SourceDefinition.fit`. */
  notes: string[]
}

export const visualSource: SourceDefinition<z.infer<typeof visualOptions>> = {
  name: 'visual',
  summary: 'Items whose pictures look like those of the query items.',
  surfaces: ['related', 'home'],
  options: visualOptions,
  unsuitable: whyWithoutPictures,
  async fit({ dataset, threads, progress }, { encoder, ...options }) {
    const folder = dataset.imageFolder ?? null
    const network = encoder ?? null
    const found = await imageVectorsOf(dataset.catalog.image, folder, network, threads, progress)
    return packColumns({
      ...options,
      vectors: found.vectors,
      network: JSON.stringify(network),
      notes: notesOn(found),
    } satisfies VisualColumns)
  },
  open(artefact, input) {
    const required = ['vectors.count', 'vectors.dim', 'vectors.values', 'network', 'minCosine', 'fading']
    return openVisual(unpackColumns<VisualColumns>(artefact, 'visual', required), input)
  },
}

function notesOn({ addresses, broken, faults }: ImageVectors): string[] {
  const number = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'picture' : 'pictures'}`
  const notes: string[] = []
  if (addresses > 0) notes.push(`${number(addresses)} behind addresses were not fetched.`)
  if (broken > 0) notes.push(`${number(broken)} cannot be used.`)
  notes.push(...faults.map((fault) => `${fault}.`))
  if (broken > faults.length) notes.push(`… and ${number(broken - faults.length)} more.`)
  return notes
}

function whyWithoutPictures({ dataset }: FitInput): string | null {
  const { image } = dataset.catalog
  let addresses = 0
  for (let item = 0; item < image.length; item++) {
    const place = placeOfImage(stringAt(image, item), dataset.imageFolder ?? null)
    if (place === 'here') return null
    if (place === 'address') addresses++
  }
  return addresses > 0
    ? `the ${addresses.toLocaleString('en')} pictures are addresses, which are not fetched`
    : 'items have no pictures'
}

function openVisual(columns: VisualColumns, { imageFolder }: OpenInput): Source {
  const { vectors, minCosine, fading } = columns
  const { count, dim } = vectors
  const folder = imageFolder ?? null
  /** Vectors of items that arrived later. */
  const live = new LiveVectors(dim)
  let encoder: Promise<ImageEncoder> | null = null
  const search = openSearch(vectors)
  const query = new Float32Array(dim)

  return {
    name: 'visual',
    heedsCondition: true,
    propose(request, limit) {
      const weights = fadedWeights(request, fading)
      query.fill(0)
      for (let q = 0; q < request.items.length; q++) {
        const item = request.items[q]
        const vector = item < count ? vectorAt(vectors, item) : live.get(item)
        if (vector) for (let j = 0; j < dim; j++) query[j] += weights[q] * vector[j]
      }
      const found = search(normalise(query), limit, leftOut(request, count))
      return live.size === 0
        ? alike(found, limit)
        : alike(joined(found, live.products(query, request.items, request.condition?.passes)), limit)
    },
    async addItems(items) {
      await Promise.all(items.map(add))
    },
  }

  function alike({ items, scores }: Candidates, limit: number): Candidates {
    const kept = Array.from(items.keys()).filter((k) => scores[k] > 0 && scores[k] >= minCosine)
    return bestCandidates(
      Uint32Array.from(kept, (k) => items[k]),
      Float32Array.from(kept, (k) => scores[k]),
      limit,
    )
  }

  /** An item whose picture cannot be used stays without a vector. */
  async function add({ index, image }: LiveItem): Promise<void> {
    if (dim === 0 || !image || placeOfImage(image, folder) !== 'here') return
    encoder ??= openImageEncoder(JSON.parse(columns.network) as NetworkOptions | null, 1)
    try {
      const open = await encoder
      const [vector] = await open.encode([await readPixels(image, folder, open.size)])
      if (vector.length === dim) live.put(index, vector)
    } catch {
      // Nothing is known of how it looks.
    }
  }
}

function joined(first: Candidates, second: Candidates): Candidates {
  const items = Uint32Array.from([...first.items, ...second.items])
  const scores = Float32Array.from([...first.scores, ...second.scores])
  return { items, scores }
}
