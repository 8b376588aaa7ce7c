/** @file Fits and opens sources on a dataset, for tests that compare what they find. */

import { silentProgress } from '../../src/base/progress.ts'
import { fitSources, openSources } from '../../src/cascade/fit.ts'
import type { Dataset } from '../../src/data/dataset.ts'
import { type ResolvedRequest, SURFACES } from '../../src/sources/request.ts'
import type { Source } from '../../src/sources/source.ts'

export interface OpenOptions {
  /** Every source that suits the dataset when left out. */
  sources?: readonly string[]
  sourceOptions?: Readonly<Record<string, unknown>>
}

/** Sources by name. */
export async function openOn(train: Dataset, given: OpenOptions = {}): Promise<Map<string, Source>> {
  const options = { ...given, surfaces: SURFACES, threads: 1, seed: 1, progress: silentProgress }
  const fitted = await fitSources(train, options)
  const opened = new Map<string, Source>()
  for (const surface of SURFACES) openSources(fitted, surface, opened)
  return opened
}

/** The items that a source proposes, best first; nothing when the source does not suit the dataset. */
export function proposed(
  sources: ReadonlyMap<string, Source>,
  name: string,
  request: ResolvedRequest,
  limit: number,
): number[] {
  return Array.from(sources.get(name)?.propose(request, limit).items ?? [])
}

/** Names of the sources for which `holds`, in their own order. */
export function sourcesThat(
  sources: ReadonlyMap<string, Source>,
  holds: (source: Source) => boolean,
): string[] {
  return Array.from(sources.values())
    .filter(holds)
    .map(({ name }) => name)
}
