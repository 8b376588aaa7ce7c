/** @file Remembers what a source proposed for a page: few pages get most of the traffic, and walking for them again finds the same. */

import type { Candidates } from '../sources/candidates.ts'
import type { ResolvedRequest } from '../sources/request.ts'
import type { Source } from '../sources/source.ts'

/** Answers kept per source, the ones asked for last: some 3 kB each. */
const KEPT = 2000

/**
 * The same source, which does the work for a page once. Requests with more than one query item are nearly never the same,
 * and are passed on; so is everything to a source whose answers depend on more than the query.
 */
export function memoised(source: Source, kept = KEPT): Source {
  // What takes in new items may have another answer after that.
  if (!source.followsFromQuery || source.addItems) return source
  /** Insertion order is the order of the last use. */
  const known = new Map<string, Candidates>()
  return {
    name: source.name,
    followsFromQuery: true,
    propose(request, limit) {
      if (request.items.length !== 1) return source.propose(request, limit)
      const key = keyOf(request, limit)
      const candidates = known.get(key) ?? source.propose(request, limit)
      known.delete(key)
      known.set(key, candidates)
      if (known.size > kept) known.delete(known.keys().next().value!)
      return candidates
    },
  }
}

const keyOf = ({ surface, items, weights, region, language, seed }: ResolvedRequest, limit: number) =>
  [surface, items[0], weights[0], region, language, seed, limit].join()
