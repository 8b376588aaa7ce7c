/** @file Source `ease`: what a linear autoencoder expects beside the query items (Steck 2019). */

import { z } from 'zod'
import { fitEase } from '../models/ease.ts'
import { easeRows } from '../models/ease-rows.ts'
import { neighbourArtefact, openNeighbours } from './neighbours.ts'
import { fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

function optionsWith(lambda: number, rowExponent: number) {
  return z.strictObject({
    lambda: z
      .number()
      .min(0.1)
      .max(1e6)
      .default(lambda)
      .meta({ tune: { scale: 'log', from: 10, to: 20_000 } }),
    rowExponent: z.number().min(0).max(1).default(rowExponent),
    minimumSupport: z.number().int().min(1).default(1),
    /** A touch counts half after so many days; all count alike when null or without times. */
    halfLifeDays: z.number().min(0.01).max(36_500).nullable().default(null),
    keep: z.number().int().min(1).default(1000),
    /** Memory is 2·n² bytes and time grows with n³: beyond this the source steps aside. */
    maxItems: z.number().int().min(1).max(40_000).default(20_000).meta({ tune: false }),
    fading: fadingOption.default(1),
  })
}

type Options = z.infer<ReturnType<typeof optionsWith>>

function easeVariant(name: string, summary: string, options: z.ZodType<Options>): SourceDefinition<Options> {
  return {
    name,
    summary,
    surfaces: ['related', 'home'],
    options,
    unsuitable({ dataset }, { maxItems }) {
      const items = dataset.catalog.items.ids.length
      return items > maxItems
        ? `${items.toLocaleString('en')} items are more than ${maxItems.toLocaleString('en')}`
        : null
    },
    async fit(
      { dataset, graph, threads, progress },
      { fading, keep, halfLifeDays, maxItems: _, ...options },
    ) {
      const rows = easeRows(dataset, graph, halfLifeDays)
      return neighbourArtefact(await fitEase(rows, options, keep, threads, progress), fading)
    },
    open: (artefact) => openNeighbours(name, artefact),
  }
}

export const easeSource = easeVariant(
  'ease',
  'What a linear autoencoder expects beside the query items.',
  optionsWith(300, 0.5),
)

/** A strong ridge leans on what is common: steadier where histories are short or tastes move. */
export const easeStrongSource = easeVariant(
  'ease-strong',
  'The same with a strong ridge: leans on what is common.',
  optionsWith(5000, 0),
)
