/** @file Sources `popular-region`, `popular-segment` and `popular-category`: what is popular among people or items alike. */

import { z } from 'zod'
import type { Categories } from '../data/dataset.ts'
import { popularOptions } from './popular.ts'
import { fadedWeights } from './query-weights.ts'
import { openSlices, sliceArtefact, slicesByCode, type WeightedCode } from './slices.ts'
import type { FitInput, SourceDefinition } from './source.ts'

type Options = z.infer<typeof popularOptions>
const forever = Number.POSITIVE_INFINITY
const isConstant = ({ labels }: Categories) => labels.length <= 2

/** Slices by a code of the user, which the request carries too. */
function popularAmongUsers(
  name: string,
  column: 'region' | 'segment',
  summary: string,
): SourceDefinition<Options> {
  return {
    name,
    summary,
    surfaces: ['related', 'home'],
    options: popularOptions,
    unsuitable: ({ dataset }) =>
      isConstant(dataset.users[column]) ? `users have no ${column}s to tell apart` : null,
    async fit({ dataset }: FitInput, { length }) {
      const { codes, labels } = dataset.users[column]
      const { user } = dataset.interactions
      const slices = slicesByCode(dataset, (k) => codes[user[k]!]!, labels.length, {
        length,
        halfLifeMs: forever,
      })
      return sliceArtefact(slices)
    },
    open: (artefact) =>
      openSlices(name, artefact, (request) => (request[column] > 0 ? [[request[column], 1]] : [])),
  }
}

export const popularRegionSource = popularAmongUsers(
  'popular-region',
  'region',
  'What is popular in the region.',
)
export const popularSegmentSource = popularAmongUsers(
  'popular-segment',
  'segment',
  'What is popular among people alike.',
)

export const popularCategoryOptions = popularOptions.extend({
  /** Fading of the query items' categories, per place from the newest. */
  fading: z.number().min(0.01).max(1).default(0.95),
})

export const popularCategorySource: SourceDefinition<z.infer<typeof popularCategoryOptions>> = {
  name: 'popular-category',
  summary: 'What is popular in the categories of the query items.',
  surfaces: ['related', 'home'],
  options: popularCategoryOptions,
  unsuitable: ({ dataset }) =>
    isConstant(dataset.catalog.category) ? 'items have no categories to tell apart' : null,
  async fit({ dataset }, { length, fading }) {
    const { codes, labels } = dataset.catalog.category
    const { item } = dataset.interactions
    const slices = slicesByCode(dataset, (k) => codes[item[k]!]!, labels.length, {
      length,
      halfLifeMs: forever,
    })
    const artefact = sliceArtefact(slices)
    return { ...artefact, meta: { ...artefact.meta, fading } }
  },
  open(artefact, { catalog }) {
    const fading = artefact.meta.fading as number
    return openSlices('popular-category', artefact, (request) => {
      const weights = fadedWeights(request, fading)
      const codes: WeightedCode[] = []
      request.items.forEach((item, q) => {
        const code = catalog.category.codes[item] ?? 0
        if (code > 0) codes.push([code, weights[q]!])
      })
      return codes
    })
  },
}
