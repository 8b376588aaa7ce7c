/** @file From a dataset to a snapshot: fits all sources on everything, with blends learned on a validation period. */

import type { Csr } from '../base/csr.ts'
import { InvalidOptionError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { sharedFloat64 } from '../base/shared.ts'
import type { Dataset } from '../data/dataset.ts'
import { historiesOf } from '../data/histories.ts'
import { itemTexts } from '../data/item-texts.ts'
import { type LearnedRanking, learnRanking } from '../evaluation/learn-ranking.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import { fitItemSearch } from '../text/item-search.ts'
import { indexAttributes } from './attribute-filter.ts'
import { fitSources, notesOf } from './fit.ts'
import { type Histories, MANIFEST_FORMAT, type Snapshot } from './snapshot.ts'
import { snapshotName } from './snapshot-name.ts'
import { allSurfaceConstants } from './surfaces.ts'
import { optionsOf, type Tuned } from './tuned.ts'

export interface FitSnapshotOptions {
  /** Constants to fit with; `sourceOptions` go before them. The declared defaults when left out. */
  tuned?: Tuned
  /** Only these sources; all when left out. */
  sources?: readonly string[]
  sourceOptions?: Readonly<Record<string, unknown>>
  threads: number
  seed: number
  progress: Progress
  /** Ranker of every surface, by name; the blend alone ranks when left out. */
  ranker?: string
  /** What was learned already on the same data; learned here when left out. */
  learned?: Partial<Record<Surface, LearnedRanking>>
  /** Position of the last event that the dataset holds. */
  eventPosition: number
  /** Clock of the caller, ms since 1970: names the snapshot. */
  now: number
}

/** Learns what is not given, then fits the sources once more on all of the data. */
export async function fitSnapshot(dataset: Dataset, given: FitSnapshotOptions): Promise<Snapshot> {
  const tuned = optionsOf(given.tuned?.constants)
  const options = { ...given, ...tuned, sourceOptions: { ...tuned.sourceOptions, ...given.sourceOptions } }
  // Read first: what is not declared is refused before anything is fitted.
  const surfaces = allSurfaceConstants(options)
  const rankers = options.ranker === undefined ? [] : [options.ranker]
  const learned =
    options.learned ?? (await learnRanking(dataset, { ...options, rankers, surfaces: SURFACES }))
  const ranking = rankingOf(learned, options.ranker)
  const { skipped, ...fitted } = await fitSources(dataset, { ...options, surfaces: SURFACES })
  requireSome(Object.keys(fitted.artefacts), skipped, options.sources)
  const indexing = options.progress.start('Indexing for search')
  const search = fitItemSearch(itemTexts(dataset.catalog))
  indexing.end()
  return {
    ...fitted,
    search,
    ...ranking,
    surfaces,
    attributes: indexAttributes(dataset.catalog),
    histories: snapshotHistories(dataset),
    manifest: {
      format: MANIFEST_FORMAT,
      name: snapshotName(options.now),
      dataset: dataset.name,
      fittedAt: options.now,
      eventPosition: options.eventPosition,
      items: dataset.catalog.items.ids.length,
      users: dataset.users.users.ids.length,
      interactions: dataset.interactions.length,
      seed: options.seed,
      sources: Object.keys(fitted.artefacts),
      skipped,
      notes: notesOf(fitted.artefacts),
      tuned: options.tuned,
      ...ranking,
      surfaces,
    },
  }
}

/** Blend and ranker of every surface that was learned. */
function rankingOf(
  learned: Partial<Record<Surface, LearnedRanking>>,
  ranker: string | undefined,
): Pick<Snapshot, 'blends' | 'rankers'> {
  const ranking: Pick<Snapshot, 'blends' | 'rankers'> = { blends: {}, rankers: {} }
  for (const surface of SURFACES) {
    const found = learned[surface]
    if (!found) continue
    ranking.blends[surface] = found.blend
    const model = found.rankers.find((one) => one.ranker === ranker)
    if (model) ranking.rankers[surface] = model
  }
  return ranking
}

function snapshotHistories(dataset: Dataset): Histories {
  const { interactions, users, catalog } = dataset
  const { times, rows, columns, offsets, targets } = historiesOf(
    interactions,
    users.users.ids.length,
    catalog.items.ids.length,
  )
  const items: Csr = { rows, columns, offsets, targets }
  return { items, times: times ?? sharedFloat64(targets.length).fill(Number.NaN) }
}

/** A snapshot that can propose nothing must not replace one that can. */
function requireSome(
  fitted: readonly string[],
  skipped: Readonly<Record<string, string>>,
  wanted: readonly string[] | undefined,
): void {
  if (fitted.length > 0) return
  const reasons = Object.entries(skipped).map(([source, reason]) => `${source}: ${reason}`)
  throw new InvalidOptionError('sources', wanted ?? null, `one that suits the data (${reasons.join('; ')})`)
}
