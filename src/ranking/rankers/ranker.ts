/** @file What a ranker is: one definition that learns from labelled rows and opens what it learned as a scorer. */

import { z } from 'zod'
import type { Progress } from '../../base/progress.ts'
import type { LabelledRows } from '../../data/features/feature-rows.ts'
import { calibrationSchema } from '../calibration/calibration.ts'
import type { FeatureFamily } from '../features/feature-group.ts'
import type { Scorer } from '../scorer.ts'

export const rankerModelSchema = z.object({
  version: z.literal(1),
  /** Name of the ranker's definition. */
  ranker: z.string(),
  /** Columns that the scorer reads, in this order. */
  features: z.array(z.string()),
  /** What the blend's score counts beside the model's. */
  blendWeight: z.number().default(0),
  /** Columns that have one value for all when serving, such as the position that is not known yet. */
  fixed: z.record(z.string(), z.number()).default({}),
  /** From its score to the probability that a shown item is wanted; null where no shown list taught it. */
  calibration: calibrationSchema.nullable().default(null),
  /** How it was fitted, for reports: requests, rows, validation figures. */
  fitted: z.record(z.string(), z.union([z.number(), z.string()])),
})

/** What a fit leaves: a head that stands in the manifest, and the model in a format of its own. */
export interface RankerModel extends z.infer<typeof rankerModelSchema> {
  /** LightGBM's text format for trees, JSON for linear models. */
  text: string
}

/** Requests with their candidates, what each is about, and who asked. */
export interface RankRows extends LabelledRows {
  /** Beside `names`. */
  readonly families: readonly FeatureFamily[]
  /** One per request: rows of one user (session) must not be on both sides of a validation. */
  readonly units: Uint32Array
  /** One per request: the validation period that it is of, 0 = the latest; absent = all of one. */
  readonly periods?: Uint8Array
  /** Relevant items per request, those included that are no candidate. */
  readonly relevant: Uint32Array
}

/** A row's contributions and the base sum to its score. */
export interface Contributions {
  /** Row-major, rows × the model's features. */
  values: Float64Array
  /** The score before anything is known of a row. */
  base: number
}

export interface RankerFit {
  threads: number
  seed: number
  progress: Progress
}

/** One file per ranker in this folder declares one of these; `registry.ts` lists them. */
export interface RankerDefinition<Options = unknown> {
  readonly name: string
  /** One sentence for `--help`, reports and the page. */
  readonly summary: string
  /** Options with their ranges and defaults. */
  readonly options: z.ZodType<Options>
  /** Whether it looks at a feature. */
  uses(name: string, family: FeatureFamily): boolean
  /** @param rows only columns that it uses */
  fit(rows: RankRows, options: Options, fit: RankerFit): Promise<RankerModel>
  /** @throws DamagedArtefactError when the model's text cannot be read */
  open(model: RankerModel, file: string): Scorer
  /** What each feature adds to the scores of some rows: see `Contributions`. */
  explain(model: RankerModel, file: string): (values: Float32Array, rows: number) => Contributions
}
