/** @file Remembers what a source proposed for a page: few pages get most of the traffic, and walking for them again finds the same. */

import { type ResolvedRequest, SURFACES } from '../sources/request.ts'
import type { Source } from '../sources/source.ts'
import { KEY_WORDS, type PageMemory } from './page-memory.ts'

/** What takes in new items may have another answer after that. */
export const isMemoised = (source: Source) => source.followsFromQuery === true && !source.addItems

/**
 * The same source, which does the work for a page once. Requests with more than one query item are nearly never the same,
 * and are passed on; so is everything to a source whose answers depend on more than the query.
 *
 * @param number tells the source from the others that share the memory
 */
export function memoised(source: Source, memory: PageMemory, number: number): Source {
  if (!isMemoised(source)) return source
  const key = new Uint32Array(KEY_WORDS)
  const weight = new Float32Array(key.buffer, 3 * 4, 1)
  const isKey = ({ surface, items, weights, region, language, seed }: ResolvedRequest, limit: number) => {
    key.set([number, SURFACES.indexOf(surface), items[0], 0, region, language, seed, limit])
    weight[0] = weights[0]
    // Anything else would stand for another one.
    return seed === key[6] && limit === key[7]
  }
  return {
    name: source.name,
    followsFromQuery: true,
    propose(request, limit) {
      const isFiltered = source.heedsCondition && request.condition !== undefined
      if (request.items.length !== 1 || isFiltered || !isKey(request, limit))
        return source.propose(request, limit)
      const known = memory.find(key)
      if (known) return known
      const candidates = source.propose(request, limit)
      memory.keep(key, candidates)
      return candidates
    },
  }
}
