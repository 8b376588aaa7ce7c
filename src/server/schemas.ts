/** @file The HTTP API's shapes: validation, types and the OpenAPI document all come from here. */

import { z } from 'zod'
import { SURFACES } from '../sources/request.ts'
import { EVENT_KINDS } from '../store/records.ts'

const MAX_LIMIT = 500
const MAX_BATCH = 1000
const MAX_DEPTH = 16
/** Year 2100: a later time is a mistake of units. */
const MAX_TIME = 4_102_444_800_000

/** Half a surrogate pair or a NUL would come back from a database as something else. */
const isStorable = (given: string) => given.isWellFormed() && !given.includes('\0')
const text = (most: number) => z.string().max(most).refine(isStorable, 'not well-formed text')
const id = text(256).min(1)
const label = text(200).min(1)
const time = z.number().min(0).max(MAX_TIME).describe('Milliseconds since 1970.')

export const itemParams = z.object({ id: id.describe('Your id of the item.') })
export const userParams = z.object({ id: id.describe('Your id of the user.') })

const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(20).describe('Length of the list.')

/** `filter=category:poetry,drama` (repeatable). */
const filter = z
  .union([z.string(), z.array(z.string()).max(20)])
  .optional()
  .transform((given) => (given === undefined ? [] : [given].flat()))
  .pipe(
    z.array(
      z
        .string()
        .max(500)
        .regex(/^[^:]+:.+$/, 'expected attribute:value or attribute:value,value'),
    ),
  )
  .transform((filters) =>
    filters.map((one) => {
      const colon = one.indexOf(':')
      return { attribute: one.slice(0, colon), values: one.slice(colon + 1).split(',') }
    }),
  )
  .describe(
    'Keep items whose attribute has one of the values, as attribute:value,value; repeat for more attributes.',
  )

const requestOptions = {
  limit,
  filter,
  region: label.optional(),
  language: label.optional(),
  seed: z.coerce.number().int().min(0).max(0xffffffff).optional().describe('Repeats random choices.'),
}

export const relatedQuery = z.strictObject({ ...requestOptions, user: id.optional() })
export const homeQuery = z.strictObject(requestOptions)
export const searchQuery = z.strictObject({
  query: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Words; the last may be unfinished. Left out: the most popular items.'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})

export const card = z.object({
  id: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  category: z.string(),
  image: z.string().nullable(),
})

export const recommendations = z.object({
  requestId: z.string(),
  surface: z.enum(SURFACES),
  knownUser: z
    .boolean()
    .optional()
    .describe(
      'Whether anything is known of the user; absent when none was named. A new user gets items all the same.',
    ),
  snapshot: z.string(),
  logged: z
    .boolean()
    .optional()
    .describe('Whether the answer is in the log: false when the store could not be written in time.'),
  policy: z.string().describe('How the list was arranged: `ranked`, or the name of a policy that explores.'),
  query: card.optional().describe('The item of the page, on the related surface.'),
  items: z.array(
    card.extend({
      score: z.number(),
      probability: z
        .number()
        .optional()
        .describe('How likely it is wanted, where the ranker that `labrador learn` trained is calibrated.'),
      sources: z.array(z.string()),
    }),
  ),
  candidates: z.number().describe('Distinct candidates before filters.'),
  trace: z.array(z.object({ stage: z.string(), ms: z.number() })).describe('Time of each stage, in ms.'),
  missing: z
    .array(z.object({ source: z.string(), reason: z.string() }))
    .describe('Sources that did not answer in time or failed.'),
  totalMs: z.number(),
})

export const found = z.object({ requestId: z.string(), items: z.array(card) })

const attributes = z
  .record(z.string().min(1).max(100), z.union([text(1000), z.number(), z.boolean()]))
  .refine((given) => Object.keys(given).length <= 50, 'at most 50 attributes')

/** JSON that nobody meant can be nested deeper than a stack: looked at level by level, without recursion. */
function isShallow(given: object): boolean {
  let level: object[] = [given]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return false
    level = level
      .flatMap((value) => Object.values(value))
      .filter((value) => value !== null && typeof value === 'object')
  }
  return true
}

export const eventsBody = z.strictObject({
  events: z
    .array(
      z.strictObject({
        id: id.optional().describe('Makes sending again harmless: a known id is counted as repeated.'),
        user: id,
        item: id,
        kind: z.enum(EVENT_KINDS),
        time: time.optional().describe('Milliseconds since 1970; now when left out.'),
        value: z.number().optional(),
        session: id.optional(),
        context: z
          .record(z.string(), z.unknown())
          .refine(isShallow, { error: 'nested too deeply', abort: true })
          .refine((given) => JSON.stringify(given).length <= 4096, 'at most 4096 characters as JSON')
          .optional()
          .describe('Surface, position, request id…: any JSON, at most 4096 characters.'),
      }),
    )
    .min(1)
    .max(MAX_BATCH),
})

export const itemsBody = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id,
        title: text(1000).default(''),
        text: text(20_000).default(''),
        tags: z.array(label).max(200).default([]),
        attributes: attributes.default({}),
        image: text(2000).nullable().default(null),
        createdAt: time.optional().describe('Milliseconds since 1970; now when left out.'),
        hidden: z.boolean().default(false),
      }),
    )
    .min(1)
    .max(MAX_BATCH),
})

export const written = z.object({
  requestId: z.string(),
  added: z.number(),
  updated: z.number(),
  repeated: z.number(),
})

export const sourceNotes = z.object({
  requestId: z.string(),
  sources: z.array(
    z.object({
      name: z.string(),
      summary: z.string().describe('What the source proposes, in a sentence.'),
      surfaces: z.array(z.enum(SURFACES)),
    }),
  ),
})

export const health = z.object({
  status: z.literal('ok'),
  snapshot: z.string().describe('The one that answers.'),
  loading: z.string().nullable().describe('A snapshot that is being opened to take its place.'),
  refused: z
    .object({ snapshot: z.string(), reason: z.string() })
    .nullable()
    .describe('The active snapshot, where it could not be served, and why; the former one goes on.'),
  dataset: z.string(),
  items: z.number(),
  users: z.number(),
  sources: z.array(z.string()),
  uptimeSeconds: z.number(),
})

export const explanation = z.object({
  requestId: z.string(),
  explanation: z.object({
    request: z.object({
      id: z.string(),
      time: z.number(),
      surface: z.string(),
      user: z.string().nullable(),
      item: z.string().nullable(),
      snapshot: z.string(),
      ranker: z.string().describe('What ordered the candidates: a ranker, or `blend`.'),
      policy: z.string(),
      seed: z.number(),
      arms: z.record(z.string(), z.string()).describe('Arm by experiment.'),
      query: z.array(z.string()).describe('Items that it was asked with, oldest first.'),
    }),
    ranker: z.string().nullable().describe('What ordered the list; null when its snapshot serves no more.'),
    base: z.number().describe('Score of an item of which nothing is known.'),
    items: z.array(
      z.object({
        item: z.string(),
        place: z.number().describe('From 1.'),
        score: z.number(),
        propensity: z.number().describe('Probability at its place, given the places before it.'),
        sources: z.array(z.string()),
        features: z.array(
          z.object({
            feature: z.string(),
            value: z.number().nullable().describe('As the ranker saw it; null when missing.'),
            contribution: z.number().nullable().describe('What it added to the score.'),
          }),
        ),
        outcomes: z.array(z.string()).describe('Kinds of the events that name the request and the item.'),
      }),
    ),
  }),
  cards: z.array(card).describe("The page's item, if there is one, and the shown items, as they are now."),
})

export const experimentsQuery = z.strictObject({ user: id.optional().describe('Whose arms are wanted.') })

export const experimentsAnswer = z.object({
  requestId: z.string(),
  experiments: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['experiment', 'hold-back']),
      layer: z.string(),
      surfaces: z.array(z.enum(SURFACES)),
      control: z.string(),
      arms: z.array(z.object({ name: z.string(), share: z.number() })),
      arm: z.string().nullable().optional().describe("The user's arm; null for one who takes no part."),
    }),
  ),
})

export const requestParams = z.object({ id: z.string().min(1).max(256).describe('Id of the request.') })

export const problem = z.object({
  requestId: z.string(),
  error: z.object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional().describe('The parameter or body field at fault.'),
    hint: z.string().optional().describe('What to do about it.'),
  }),
})
