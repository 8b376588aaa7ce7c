/** @file The cascade's stages as plain functions: propose, then merge → filters → rank → list. Any executor runs these. */

import type { Candidates, MergedCandidates } from '../sources/candidates.ts'
import type { AttributeFilter } from '../sources/condition.ts'
import { filterMerged, mergeCandidates } from '../sources/merge.ts'
import type { ResolvedRequest } from '../sources/request.ts'
import type { Source } from '../sources/source.ts'
import { type AttributeIndex, attributePredicate, type LiveAttributes } from './attribute-filter.ts'
import { type Arrangement, type OpenRanking, type RankedList, rankCandidates } from './rank.ts'

/** What a surface is asked for, resolved to indices. */
export interface CascadeRequest extends Arrangement {
  request: ResolvedRequest
  /** Items left out because the user knows them. */
  seen: Uint32Array
  filters: readonly AttributeFilter[]
}

/** Wall-clock time of one stage; a source's stage is named `source:NAME`. */
export interface StageTime {
  stage: string
  ms: number
}

/** What one source answered. */
export interface Proposal {
  source: string
  candidates: Candidates
  ms: number
}

/** A source that missed the budget or failed, and why. */
export interface MissingSource {
  source: string
  reason: string
}

export interface CascadeResult extends RankedList {
  /** For each item, the sources that proposed it: bit s for `sourceNames[s]`. */
  sourceMasks: Uint32Array
  sourceNames: readonly string[]
  trace: StageTime[]
  /** Candidates before filters. */
  candidates: number
  missing: MissingSource[]
}

/** What the stages after the sources need to know. */
export interface FinishContext {
  ranking: OpenRanking
  /** 1 = never recommended; items beyond its end are live and visible unless in `liveHidden`. */
  hidden: Uint8Array
  liveHidden: ReadonlySet<number>
  attributes: AttributeIndex
  liveAttributes: LiveAttributes
}

/** A clock in milliseconds; the server passes `performance.now`. */
export type Clock = () => number

/**
 * Asks sources one after the other. A source that fails is named, and the others answer without it.
 *
 * @param limitOf candidates asked of a source
 * @param isLate whether the budget is used up: sources that were not asked by then are named
 */
export function propose(
  sources: readonly Source[],
  request: ResolvedRequest,
  limitOf: (source: Source) => number,
  clock: Clock,
  isLate: () => boolean = () => false,
): { proposals: Proposal[]; missing: MissingSource[] } {
  const proposals: Proposal[] = []
  const missing: MissingSource[] = []
  for (const source of sources) {
    if (isLate()) {
      missing.push({ source: source.name, reason: 'not asked within the budget' })
      continue
    }
    const start = clock()
    try {
      const candidates = source.propose(request, limitOf(source))
      proposals.push({ source: source.name, candidates, ms: clock() - start })
    } catch (error) {
      missing.push({ source: source.name, reason: `failed: ${(error as Error).message}` })
    }
  }
  return { proposals, missing }
}

/** Merges, filters, ranks and cuts. Proposals of sources that the blend does not know are left out. */
export function finish(
  cascade: CascadeRequest,
  proposals: readonly Proposal[],
  context: FinishContext,
  clock: Clock,
): CascadeResult {
  const trace: StageTime[] = proposals.map(({ source, ms }) => ({ stage: `source:${source}`, ms }))
  const timed = <T>(stage: string, work: () => T): T => {
    const start = clock()
    const result = work()
    trace.push({ stage, ms: clock() - start })
    return result
  }
  const names = context.ranking.blend.sources
  const merged = timed('merge', () => mergeProposals(proposals, names))
  const filtered = timed('filters', () => filterCandidates(merged, cascade, context))
  const list = rankCandidates(filtered, cascade.request, context.ranking, cascade, timed)
  return {
    ...list,
    sourceMasks: sourceMasks(filtered, list.items),
    sourceNames: names,
    trace,
    candidates: merged.items.length,
    missing: [],
  }
}

/** The candidates of all proposals, with a column for each of the named sources. */
export function mergeProposals(proposals: readonly Proposal[], names: readonly string[]): MergedCandidates {
  return mergeCandidates(
    names.map((name) => proposals.find(({ source }) => source === name)?.candidates ?? null),
  )
}

/** Without what is hidden, what the user knows, and what the request's filters exclude. */
export function filterCandidates(
  merged: MergedCandidates,
  { request, seen, filters }: Pick<CascadeRequest, 'request' | 'seen' | 'filters'>,
  context: FinishContext,
): MergedCandidates {
  const passes = attributePredicate(context.attributes, filters, context.liveAttributes)
  const known = new Set(seen)
  for (const item of request.items) known.add(item)
  return filterMerged(
    merged,
    (item) => context.hidden[item] !== 1 && !context.liveHidden.has(item) && !known.has(item) && passes(item),
  )
}

/** The sources of some items, as bits. Merged items ascend. */
function sourceMasks(merged: MergedCandidates, items: Uint32Array): Uint32Array {
  const rowOf = new Map<number, number>()
  for (const item of items) rowOf.set(item, 0)
  for (let row = 0; row < merged.items.length; row++) {
    if (rowOf.has(merged.items[row])) rowOf.set(merged.items[row], row)
  }
  return Uint32Array.from(items, (item) => merged.sources[rowOf.get(item)!])
}

/** The names whose bits are set. */
export function namesOf(mask: number, names: readonly string[]): string[] {
  return names.filter((_, bit) => (mask >>> bit) & 1)
}
