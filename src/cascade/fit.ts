/** @file Fits the sources of some surfaces on a dataset, and opens what was fitted. */

import type { Artefact } from '../base/array-file.ts'
import { parseOptions } from '../base/parse-options.ts'
import type { Progress } from '../base/progress.ts'
import type { Catalog, Dataset, UserTable } from '../data/dataset.ts'
import { itemGraphOf } from '../data/item-graph-of.ts'
import type { ItemGraph } from '../graph/item-graph.ts'
import { fitFeatureData } from '../ranking/features/feature-data.ts'
import { defaultSources, sourceDefinition, sourceDefinitions } from '../sources/registry.ts'
import type { Surface } from '../sources/request.ts'
import type { FitInput, Source } from '../sources/source.ts'

export interface FitOptions {
  /** Only sources that serve one of these. */
  surfaces: readonly Surface[]
  /** Only these sources; all when left out. */
  sources?: readonly string[]
  /** Options by source name; what is left out takes the declared defaults. */
  sourceOptions?: Readonly<Record<string, unknown>>
  threads: number
  seed: number
  progress: Progress
}

/** Everything that sources need to answer: shared arrays, ready for workers and for the disk. */
export interface Fitted {
  catalog: Catalog
  users: UserTable
  graph: ItemGraph
  /** Where the items' pictures are, when somebody knows. */
  imageFolder?: string
  /** By source name. */
  artefacts: Record<string, Artefact>
  /** What features need to know: see `fitFeatureData`. */
  features: Artefact
  /** Sources that cannot serve this dataset, with the reason. */
  skipped: Record<string, string>
}

/** Fits one source after the other; each uses all threads. */
export async function fitSources(dataset: Dataset, options: FitOptions): Promise<Fitted> {
  const { threads, seed, progress } = options
  const building = progress.start('Building the graph')
  const graph = itemGraphOf(dataset)
  building.end()
  const input: FitInput = { dataset, graph, threads, seed, progress }
  const { catalog, users, imageFolder } = dataset
  const features = fitFeatureData(dataset)
  const fitted: Fitted = { catalog, users, graph, imageFolder, features, artefacts: {}, skipped: {} }
  const wanted = (options.sources ?? defaultSources()).map(sourceDefinition)
  for (const definition of wanted) {
    if (!definition.surfaces.some((surface) => options.surfaces.includes(surface))) continue
    const { name } = definition
    const parsed = parseOptions(name, definition.options, options.sourceOptions?.[name])
    const reason = definition.unsuitable?.(input, parsed)
    if (reason) {
      fitted.skipped[name] = reason
      continue
    }
    const fitting = progress.start(`Fitting ${name}`)
    fitted.artefacts[name] = await definition.fit(input, parsed)
    fitting.end()
  }
  return fitted
}

/** What sources have to say about their fit, in sentences. */
export function notesOf(artefacts: Readonly<Record<string, Artefact>>): string[] {
  return Object.entries(artefacts).flatMap(([source, { meta }]) =>
    ((meta.notes ?? []) as string[]).map((note) => `Source ${source}: ${note}`),
  )
}

/**
 * Opens the fitted sources of a surface, in the order of the registry. Cheap enough for every worker.
 *
 * @param opened sources that are open already, by name; new ones are added, so that surfaces share them
 * @throws NotFoundError for a fitted source that is not registered
 */
export function openSources(
  fitted: Omit<Fitted, 'skipped'>,
  surface: Surface,
  opened: Map<string, Source> = new Map(),
): Source[] {
  // One that is not registered here would be left out in silence.
  for (const name of Object.keys(fitted.artefacts)) sourceDefinition(name)
  const wanted = sourceDefinitions.filter(
    (definition) => definition.surfaces.includes(surface) && definition.name in fitted.artefacts,
  )
  return wanted.map((definition) => {
    const source = opened.get(definition.name) ?? definition.open(fitted.artefacts[definition.name]!, fitted)
    opened.set(definition.name, source)
    return source
  })
}
