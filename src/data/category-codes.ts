/** @file Looks up labels of a category column. */

import { stringAt } from '../base/string-column.ts'
import type { Categories } from './dataset.ts'

/** @returns the label's code, -1 when no row has it */
export function codeOfLabel(categories: Categories, label: string): number {
  for (let code = 0; code < categories.labels.length; code++)
    if (stringAt(categories.labels, code) === label) return code
  return -1
}
