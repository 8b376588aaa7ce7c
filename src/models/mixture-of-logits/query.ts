/** @file The user's side for a request: the tower of `two-tower/query.ts`, and what the mixture makes of it. */

import { openQuery } from '../two-tower/query.ts'
import type { MixtureModel } from './mixture-of-logits.ts'
import { emptySide, openSide, type Side } from './sides.ts'

/** See `EmbedQuery`; what comes back is valid until the next call. */
export type SideOfQuery = (
  items: ArrayLike<number>,
  weights: ArrayLike<number> | null,
  codes: readonly number[],
) => Side

/** @param live what later items add to a history, by item */
export function openSideOfQuery(
  { rows, userSide }: Pick<MixtureModel, 'rows' | 'userSide'>,
  live?: ReadonlyMap<number, Float32Array>,
): SideOfQuery {
  const embed = openQuery(rows, live)
  const fill = openSide(userSide)
  const side = emptySide(userSide, rows.history.dim)
  return (items, weights, codes) => fill(embed(items, weights, codes), side)
}
