/** @file All candidate sources: one line each. Their order fixes the bits of a candidate's source mask. */

import { InvalidOptionError, NotFoundError } from '../base/errors.ts'
import { loadInThreads } from '../base/thread-modules.ts'
import { alsSource } from './als.ts'
import { coOccurrenceSource } from './co-occurrence.ts'
import { easeSource, easeStrongSource } from './ease.ts'
import { freshSource } from './fresh.ts'
import { graphSageSource } from './graph-sage.ts'
import { item2vecSource } from './item2vec.ts'
import { MAX_SOURCES } from './merge.ts'
import { mixtureOfLogitsSource } from './mixture-of-logits.ts'
import { popularSource, recentPopularSource } from './popular.ts'
import { popularCategorySource, popularRegionSource, popularSegmentSource } from './popular-slices.ts'
import { randomWalkSource } from './random-walk.ts'
import { similarUsersSource } from './similar-users.ts'
import type { SourceDefinition } from './source.ts'
import { spectralSource } from './spectral.ts'
import { textSource } from './text.ts'
import { transitionSource } from './transition.ts'
import { twoTowerSource } from './two-tower.ts'
import { visualSource } from './visual.ts'
import { wtfSource } from './wtf.ts'

// biome-ignore lint/suspicious/noExplicitAny: each definition keeps its own options type; the registry only passes them on.
type AnyDefinition = SourceDefinition<any>

const definitions: AnyDefinition[] = [
  coOccurrenceSource,
  transitionSource,
  similarUsersSource,
  randomWalkSource,
  wtfSource,
  easeSource,
  easeStrongSource,
  spectralSource,
  item2vecSource,
  textSource,
  visualSource,
  popularSource,
  recentPopularSource,
  popularRegionSource,
  popularSegmentSource,
  popularCategorySource,
  freshSource,
  twoTowerSource,
  mixtureOfLogitsSource,
  graphSageSource,
  alsSource,
]

/** Ours, then those that were registered. */
export const sourceDefinitions: readonly AnyDefinition[] = definitions

/**
 * Adds a source of a product's own: it is fitted, evaluated and served as ours are, from the next call on.
 *
 * @param module `import.meta.url` of the file that calls this. Threads that ask sources load it before they begin, so what
 *   else it does stands behind `isMainThread`.
 * @throws InvalidOptionError when the name is taken, or all bits of a candidate's source mask are
 *
 * @example
 * registerSource(nextItem, import.meta.url)
 */
export function registerSource(definition: AnyDefinition, module: string): void {
  const { name } = definition
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new InvalidOptionError('name', name, 'lower-case letters, digits and hyphens')
  if (definitions.some((other) => other.name === name))
    throw new InvalidOptionError('name', name, 'a name that no other source has')
  if (definitions.length === MAX_SOURCES)
    throw new InvalidOptionError('name', name, `at most ${MAX_SOURCES} sources`)
  definitions.push(definition)
  loadInThreads(module)
}

export function sourceDefinition(name: string): SourceDefinition {
  const found = sourceDefinitions.find((definition) => definition.name === name)
  if (found) return found
  const names = sourceDefinitions.map((definition) => definition.name).join(', ')
  throw new NotFoundError('source', name, { field: 'sources', hint: `one of ${names}` })
}

/** Names of the sources that are fitted when nobody names any. */
export const defaultSources = () =>
  sourceDefinitions.filter(({ onlyWhenNamed }) => !onlyWhenNamed).map(({ name }) => name)

/** "a,b" are all that are wanted; "+a" adds to those that are fitted anyway. @throws NotFoundError */
export function sourcesNamed(given: string): string[] {
  const isAddition = given.startsWith('+')
  const named = given
    .replace(/^\+/, '')
    .split(',')
    .map((name) => sourceDefinition(name.trim()).name)
  return isAddition ? [...new Set([...defaultSources(), ...named])] : named
}
