/** @file Asks the sources as the cascade does, for a task instead of a live request. */

import type { Candidates, MergedCandidates } from '../sources/candidates.ts'
import { filterMerged, mergeCandidates } from '../sources/merge.ts'
import type { ResolvedRequest } from '../sources/request.ts'
import type { Source } from '../sources/source.ts'
import { contains } from './metrics.ts'
import type { EvaluationTasks } from './tasks.ts'
import { listOf } from './tasks.ts'

/**
 * Where a protocol asks for returns to items seen earlier in the session, these items are candidates too. No source
 * proposes an item of its own request, so evaluation adds this list; the serving cascade never does.
 */
export const REVISIT = 'revisit'

/** The columns of merged candidates: the sources, and the revisits where the protocol has them. */
export function columnNames(tasks: EvaluationTasks, sources: readonly Source[]): string[] {
  const names = sources.map((source) => source.name)
  return revisitsCount(tasks) ? [...names, REVISIT] : names
}

/** Sessions rank the items of their own prefix, so returning to one of them counts. */
export const revisitsCount = (tasks: EvaluationTasks) => tasks.protocol === 'sessions, temporal'

/**
 * Proposals of all sources for a task, merged, without what the protocol takes out of the ranking.
 *
 * @param asked candidates asked of each source, beside them
 * @param hidden 1 = never recommended, per item
 */
export function askSources(
  sources: readonly Source[],
  request: ResolvedRequest,
  tasks: EvaluationTasks,
  task: number,
  asked: readonly number[],
  hidden: Uint8Array,
): MergedCandidates {
  const lists: Candidates[] = sources.map((source, s) => source.propose(request, asked[s]!))
  if (revisitsCount(tasks)) lists.push(revisitsOf(request))
  const seen = listOf(tasks.seen, task)
  return filterMerged(
    mergeCandidates(lists),
    (item) => tasks.eligible[item] === 1 && hidden[item] !== 1 && !contains(seen, item),
  )
}

/** Earlier items of the session, the latest first, without the page's own. */
function revisitsOf(request: ResolvedRequest): Candidates {
  const items = request.items.slice(0, -1).reverse()
  return { items, scores: Float32Array.from(items, (_, back) => 1 / (back + 1)) }
}

/** One source's own list, best first, as it stands in the merged candidates. */
export function listOfSource(
  merged: MergedCandidates,
  columns: number,
  source: number,
  depth: number,
): Uint32Array {
  const rows: number[] = []
  for (let row = 0; row < merged.items.length; row++)
    if ((merged.sources[row]! >>> source) & 1) rows.push(row)
  const rank = (row: number) => merged.ranks[row * columns + source]!
  rows.sort((a, b) => rank(a) - rank(b))
  return Uint32Array.from(rows.slice(0, depth), (row) => merged.items[row]!)
}
