/** @file The features of a surface, open for writing: the same code for training rows and for serving rows. */

import type { FeatureFamily, OpenFeatures, RankingInput } from './feature-group.ts'
import { featureGroups } from './registry.ts'

export interface FeatureSet {
  /** One per column. */
  readonly names: readonly string[]
  /** Beside the names. */
  readonly families: readonly FeatureFamily[]
  /** Writes rows × names, row-major, from the start. */
  write(input: RankingInput, values: Float32Array): void
}

/** Opens all groups. */
export function openFeatureSet(open: OpenFeatures): FeatureSet {
  const groups = featureGroups.map((group) => ({
    group,
    columns: group.columns(open),
    write: group.open(open),
  }))
  const names = groups.flatMap(({ columns }) => columns)
  const families = groups.flatMap(({ group, columns }) => columns.map(() => group.family))
  return {
    names,
    families,
    write(input, values) {
      let column = 0
      for (const { columns, write } of groups) {
        write(input, { values, width: names.length, column })
        column += columns.length
      }
    },
  }
}
