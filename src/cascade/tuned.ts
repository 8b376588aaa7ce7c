/** @file Tuned constants: those of a cascade that differ from their declared defaults, and the trials that found them. */

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { DamagedArtefactError } from '../base/errors.ts'
import { SURFACES } from '../sources/request.ts'

/** Options as their own schemas declare them; what is left out keeps its default. */
const options = z.record(z.string(), z.unknown())

export const constantsSchema = z.strictObject({
  /** By source. */
  sources: z.record(z.string(), options),
  /** By surface: see `blendOptions`. */
  blends: z.partialRecord(z.enum(SURFACES), options),
  /** By ranker. */
  rankers: z.record(z.string(), options).default({}),
  /** By surface: see `surfaceOptions`. */
  surfaces: z.partialRecord(z.enum(SURFACES), options).default({}),
  /** By surface: see `quotaOptions`. */
  quotas: z.partialRecord(z.enum(SURFACES), options).default({}),
})

export type Constants = z.infer<typeof constantsSchema>

/** One measurement of one configuration. */
const trialSchema = z.object({
  trial: z.number().int().min(0),
  /** Share of the requests that it was measured on. */
  share: z.number(),
  value: z.number(),
  seconds: z.number(),
  /** What was not as in the first configuration, by name. */
  changed: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
})

export const tunedSchema = z.strictObject({
  format: z.literal(1),
  constants: constantsSchema,
  /** The run that set them. */
  run: z.strictObject({
    surface: z.enum(SURFACES),
    metric: z.string(),
    /** Requests in the validation periods. */
    requests: z.number().int(),
    seed: z.number(),
    /** The metric at the constants before the run, and at those above; both in the validation periods. */
    before: z.number(),
    after: z.number(),
    history: z.array(trialSchema),
  }),
})

export type Tuned = z.infer<typeof tunedSchema>

export const noConstants: Constants = { sources: {}, blends: {}, rankers: {}, surfaces: {}, quotas: {} }

/** Constants by the names of the options under which learning, fitting and evaluation take them. */
export function optionsOf({ sources, blends, rankers, surfaces, quotas }: Constants = noConstants) {
  return {
    sourceOptions: sources,
    blendOptions: blends,
    rankerOptions: rankers,
    surfaceOptions: surfaces,
    quotas,
  }
}

/** What a report that was measured with tuned constants says of them. */
export function tunedNotes(tuned: Tuned | null): string[] {
  if (!tuned) return []
  const { metric, surface } = tuned.run
  return [`Measured with the constants that \`labrador tune\` found for ${metric} of ${surface}.`]
}

/** Where `labrador tune` leaves constants for `labrador fit`: beside the store. */
export function tunedFileOf(storePath: string): string {
  return join(dirname(storePath), 'tuned.json')
}

/**
 * @returns null when nothing was tuned
 * @throws DamagedArtefactError when the file is not one of tuned constants
 */
export async function readTuned(path: string): Promise<Tuned | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    return tunedSchema.parse(JSON.parse(text))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON'
    throw new DamagedArtefactError(path, problem, 'remove it to go back to the defaults, or tune again')
  }
}

export async function writeTuned(path: string, tuned: Tuned): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(tuned, null, 2)}\n`)
}
