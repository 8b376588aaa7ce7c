/** @file Source `ease`: what a linear autoencoder expects beside the query items (Steck 2019). */

import { z } from 'zod'
import { historiesOf } from '../data/histories.ts'
import { fitEase } from '../models/ease.ts'
import { neighbourArtefact, openNeighbours } from './neighbours.ts'
import { fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const easeOptions = z.strictObject({
  lambda: z.number().min(0.1).max(1e6).default(300),
  userExponent: z.number().min(0).max(1).default(0.5),
  keep: z.number().int().min(0).default(1000),
  /** Memory is 2·n² bytes and time grows with n³: beyond this the source steps aside. */
  maxItems: z.number().int().min(1).max(40_000).default(20_000),
  fading: fadingOption.default(1),
})

export const easeSource: SourceDefinition<z.infer<typeof easeOptions>> = {
  name: 'ease',
  summary: 'What a linear autoencoder expects beside the query items.',
  surfaces: ['related', 'home'],
  options: easeOptions,
  unsuitable({ dataset }, { maxItems }) {
    const items = dataset.catalog.items.ids.length
    return items > maxItems
      ? `${items.toLocaleString('en')} items are more than ${maxItems.toLocaleString('en')}`
      : null
  },
  async fit({ dataset, threads, progress }, { fading, maxItems: _, ...options }) {
    const { interactions, users, catalog } = dataset
    const histories = historiesOf(interactions, users.users.ids.length, catalog.items.ids.length)
    return neighbourArtefact(await fitEase(histories, options, threads, progress), fading)
  },
  open: (artefact) => openNeighbours('ease', artefact),
}
