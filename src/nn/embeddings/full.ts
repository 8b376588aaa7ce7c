/** @file A row for each id. */

import { type RowMapping, rowMapping } from './row-mapping.ts'

/** @param ids how many there are: 0 … ids − 1 */
export const fullRows = (ids: number): RowMapping => rowMapping(ids, 1, (id) => id)
