/** @file All rankers, and what is the same for each of them: which columns it sees, and its options. */

import { InvalidOptionError } from '../../base/errors.ts'
import { parseOptions } from '../../base/parse-options.ts'
import type { Scorer } from '../scorer.ts'
import { withColumns } from './columns.ts'
import { linearRankerOverNine, personalRanker } from './linear.ts'
import type { RankerDefinition, RankerFit, RankerModel, RankRows } from './ranker.ts'
import { treeRanker } from './trees.ts'

const rankers = [linearRankerOverNine, personalRanker, treeRanker] as readonly RankerDefinition[]

export const rankerDefinitions: readonly RankerDefinition[] = rankers

/** For messages and `--help`. */
export const rankerNames = () => rankers.map(({ name }) => name).join(', ')

/** @throws InvalidOptionError when there is no ranker of that name */
export function rankerNamed(name: string): RankerDefinition {
  const found = rankers.find((definition) => definition.name === name)
  if (!found) throw new InvalidOptionError('ranker', name, `one of ${rankerNames()}`)
  return found
}

/** Fits a ranker by name on the columns that it uses. */
export async function fitRanker(
  name: string,
  rows: RankRows,
  options: unknown,
  fit: RankerFit,
): Promise<RankerModel> {
  const definition = rankerNamed(name)
  const parsed = parseOptions(name, definition.options, options)
  const fitting = fit.progress.start(`Fitting the ranker ${name}`)
  const used = withColumns(rows, (column) => definition.uses(rows.names[column], rows.families[column]))
  const model = await definition.fit(used, parsed, fit)
  fitting.end()
  return model
}

/** @param file where the model comes from, for errors */
export function openRanker(model: RankerModel, file: string): Scorer {
  return rankerNamed(model.ranker).open(model, file)
}
