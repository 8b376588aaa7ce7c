/** @file The linear rankers, first without and then with what is known of the user (Liu et al. 2017, section 4). */

import { DamagedArtefactError } from '../../base/errors.ts'
import type { FeatureFamily } from '../features/feature-group.ts'
import { fitLinear, type LinearOptions, linearOptions } from '../linear/fit-linear.ts'
import { type LinearModel, linearModelSchema, openLinear } from '../linear/linear-model.ts'
import type { RankerDefinition } from './ranker.ts'

/** How alike query and candidate are, each measured in its own way, and how known the candidate is. */
const NINE = [
  'co-occurrence.share',
  'random-walk.share',
  'transition.share',
  'item2vec.lately',
  'text.share',
  'tags-words.lately',
  'visual.share',
  'user.same-language',
  'item.count',
]

function linearRanker(
  name: string,
  summary: string,
  uses: (name: string, family: FeatureFamily) => boolean,
): RankerDefinition<LinearOptions> {
  return {
    name,
    summary,
    options: linearOptions,
    uses,
    async fit(rows, options, { seed }) {
      const model = fitLinear(rows, options, seed)
      return {
        version: 1,
        ranker: name,
        features: [...model.features],
        blendWeight: 0,
        fixed: {},
        calibration: null,
        fitted: model.fitted,
        text: `${JSON.stringify(model)}\n`,
      }
    },
    open: ({ text }, file) => openLinear(parseLinear(text, file)),
    explain({ text }, file) {
      const { weights, missing, intercept } = parseLinear(text, file)
      return (values, rows) => {
        const contributions = Float64Array.from({ length: rows * weights.length }, (_, k) => {
          const feature = k % weights.length
          return Number.isNaN(values[k]) ? missing[feature] : weights[feature] * values[k]
        })
        return { values: contributions, base: intercept }
      }
    },
  }
}

export const linearRankerOverNine = linearRanker(
  'linear',
  'A weight for each of nine similarities.',
  (name) => NINE.includes(name),
)

export const personalRanker = linearRanker(
  'personal',
  "The same with what is known of the user's taste.",
  (name, family) => NINE.includes(name) || family === 'user',
)

function parseLinear(text: string, file: string): LinearModel {
  const parsed = linearModelSchema.safeParse(jsonOf(text))
  if (!parsed.success) throw new DamagedArtefactError(file, parsed.error.issues[0]!.message)
  return parsed.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
