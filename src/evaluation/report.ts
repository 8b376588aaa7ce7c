/** @file The evaluation report: one JSON value, from which Markdown, HTML and the terminal's table are made. */

import { z } from 'zod'
import { SURFACES } from '../sources/request.ts'

/** A figure with the ends of its interval; null ends where the figure is not a mean over users. */
export const figureSchema = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
})
export type Figure = z.infer<typeof figureSchema>

const figures = z.record(z.string(), figureSchema)

export const resultSchema = z.object({
  name: z.string(),
  kind: z.enum(['source', 'blend', 'baseline', 'ranker']),
  metrics: figures,
})
export type Result = z.infer<typeof resultSchema>

export const reportSchema = z.object({
  dataset: z.string(),
  protocol: z.enum(['temporal', 'hold-out, unordered', 'sessions, temporal', 'visits, temporal']),
  /** Whether those were asked for of whom nothing is known. */
  newcomers: z.boolean().default(false),
  surface: z.enum(SURFACES),
  /** Users (or sessions) that were asked for: what the intervals resample. */
  users: z.number().int(),
  /** Ranked lists judged; more than users where a session gives several. */
  requests: z.number().int(),
  /** Size of the catalogue that is ranked. */
  items: z.number().int(),
  seed: z.number(),
  confidence: z.number(),
  resamples: z.number().int(),
  /** The two metrics that decide, first. */
  headline: z.array(z.string()),
  results: z.array(resultSchema),
  /** Of the blend less a source or baseline, and of a ranker less the blend; paired over users. */
  differences: z.array(z.object({ name: z.string(), other: z.string(), metrics: figures })),
  /** Recall of all sources' candidates together: no blend can find more. */
  candidateRecall: figureSchema,
  blend: z.object({
    weights: z.array(z.object({ source: z.string(), weight: z.number() })),
    fitted: z.record(z.string(), z.union([z.number(), z.string()])),
  }),
  /** What a reader must know: dropped rows, skipped sources, sampled users. */
  notes: z.array(z.string()),
})
export type EvaluationReport = z.infer<typeof reportSchema>

/** Best of a metric over all systems, by value. */
export function bestOf(report: EvaluationReport, metric: string): Result | undefined {
  let best: Result | undefined
  for (const result of report.results) {
    const value = result.metrics[metric]?.value
    if (value !== undefined && (!best || value > best.metrics[metric]!.value)) best = result
  }
  return best
}

/** The name under which figures compare. */
export function protocolText({
  protocol,
  newcomers,
}: Pick<EvaluationReport, 'protocol' | 'newcomers'>): string {
  return newcomers ? `${protocol}, newcomers` : protocol
}
