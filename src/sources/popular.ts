/** @file Sources `popular` and `recent-popular`: what everybody touches, ever and lately. */

import { z } from 'zod'
import { periodMs } from '../data/popularity.ts'
import { openSlices, sliceArtefact, slicesByCode } from './slices.ts'
import type { SourceDefinition } from './source.ts'

const length = z.number().int().min(1).max(20_000).default(2000).meta({ tune: false })
export const popularOptions = z.strictObject({ length })
export const recentPopularOptions = z.strictObject({
  length,
  /** Half-life of a touch, as a share of the time that the data spans. */
  halfLifeShare: z
    .number()
    .min(1e-6)
    .max(1)
    .default(0.04)
    .meta({ tune: { scale: 'log', from: 0.005, to: 0.5 } }),
})

const everyone = [[0, 1]] as const

export const popularSource: SourceDefinition<z.infer<typeof popularOptions>> = {
  name: 'popular',
  summary: 'What is touched most.',
  surfaces: ['related', 'home'],
  options: popularOptions,
  async fit({ dataset }, { length }) {
    return sliceArtefact(slicesByCode(dataset, () => 0, 1, { length, halfLifeMs: Number.POSITIVE_INFINITY }))
  },
  open: (artefact) => openSlices('popular', artefact, () => everyone),
}

export const recentPopularSource: SourceDefinition<z.infer<typeof recentPopularOptions>> = {
  name: 'recent-popular',
  summary: 'What is touched most lately.',
  surfaces: ['related', 'home'],
  options: recentPopularOptions,
  unsuitable: ({ dataset }) => (dataset.interactions.time ? null : 'the data has no times'),
  async fit({ dataset }, { length, halfLifeShare }) {
    const halfLifeMs = halfLifeShare * periodMs(dataset)
    return sliceArtefact(slicesByCode(dataset, () => 0, 1, { length, halfLifeMs }))
  },
  open: (artefact) => openSlices('recent-popular', artefact, () => everyone),
}
