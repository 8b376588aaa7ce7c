/** @file Source `transition`: what people went on to, directly after the query items, in sessions or in their histories. */

import { z } from 'zod'
import { sequencesOf } from '../data/sequences.ts'
import { transitions } from '../graph/transitions.ts'
import { neighbourArtefact, openNeighbours } from './neighbours.ts'
import { fadingOption } from './query-weights.ts'
import type { SourceDefinition } from './source.ts'

export const transitionOptions = z.strictObject({
  neighbours: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(200)
    .meta({ tune: { scale: 'log', from: 50, to: 1000 } }),
  window: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(10)
    .meta({ tune: { scale: 'log', from: 1, to: 50 } }),
  backward: z.number().min(0).max(1).default(0.5),
  maxPauseMinutes: z.number().min(0).default(60),
  itemExponent: z.number().min(0).max(1).default(1),
  fading: fadingOption.default(0.6),
})

export const transitionSource: SourceDefinition<z.infer<typeof transitionOptions>> = {
  name: 'transition',
  summary: 'What people went on to after the query items.',
  surfaces: ['related', 'home'],
  options: transitionOptions,
  unsuitable: ({ dataset }) => (dataset.interactions.time ? null : 'the data has no times'),
  async fit({ dataset }, { fading, maxPauseMinutes, ...options }) {
    const { interactions, users, catalog } = dataset
    const { rows, times } = sequencesOf(interactions, users.users.ids.length, catalog.items.ids.length)
    return neighbourArtefact(
      transitions(rows, times, { ...options, maxPauseMs: maxPauseMinutes * 60_000 }),
      fading,
    )
  },
  open: (artefact) => openNeighbours('transition', artefact),
}
