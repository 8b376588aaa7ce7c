/** @file An answered request as the log keeps it: ids instead of indices, and everything that decided the list. */

import type { ItemId, ItemIndex, UserId } from '../base/id-table.ts'
import type { AttributeFilter } from '../sources/condition.ts'
import type { ResolvedRequest } from '../sources/request.ts'
import type { RequestRecord } from '../store/records.ts'
import type { CascadeResult } from './cascade.ts'

/** What the request and its result do not know themselves. */
export interface RecordContext {
  user: UserId | null
  filters: readonly AttributeFilter[]
  /** Arm by experiment. */
  arms: Record<string, string>
  /** Name of the snapshot that answered. */
  snapshot: string
  idOf(item: ItemIndex): ItemId
}

export function requestRecord(
  id: string,
  { surface, items, times, time, seed, region, language, segment }: ResolvedRequest,
  result: CascadeResult,
  { user, filters, arms, snapshot, idOf }: RecordContext,
): RequestRecord {
  const { ranker, policy, scores, propensities, sourceMasks, sourceNames, recorded } = result
  return {
    id,
    time,
    surface,
    user,
    item: surface === 'related' ? idOf(items[items.length - 1]) : null,
    snapshot,
    ranker,
    policy,
    seed,
    arms,
    query: {
      items: Array.from(items, idOf),
      times: Float64Array.from(times),
      region,
      language,
      segment,
      filters: filters.map(({ attribute, values }) => ({ attribute, values: [...values] })),
    },
    shown: {
      items: Array.from(result.items, idOf),
      scores,
      propensities,
      sources: sourceNames,
      sourceMasks,
      features: recorded?.names ?? [],
      values: recorded?.values ?? new Float32Array(0),
    },
  }
}
