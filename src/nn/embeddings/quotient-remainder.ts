/** @file Two small tables in one, whose pairs of rows tell all ids apart (Shi et al. 2020, "compositional embeddings"). */

import { type RowMapping, rowMapping } from './row-mapping.ts'

/**
 * id → rows (id mod divisor) and (divisor + ⌊id / divisor⌋): no two ids have both.
 *
 * @param ids how many there are: 0 … ids − 1
 * @param divisor ⌈√ids⌉ when left out, which needs the fewest rows: about 2 √ids
 */
export function quotientRemainderRows(ids: number, divisor = Math.ceil(Math.sqrt(ids))): RowMapping {
  return rowMapping(divisor + Math.ceil(ids / divisor), 2, (id, lookup) =>
    lookup === 0 ? id % divisor : divisor + Math.floor(id / divisor),
  )
}
