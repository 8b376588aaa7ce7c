/**
 * @file The programmatic API: what `import … from 'labrador'` gives. It does what the command does, from code.
 *
 * A store keeps items, users and events (`openStore`, `prepareDataset`, `importFile`); `fit` learns from it and leaves a
 * snapshot beside it; `openRecommender` answers in this process, `serve` over HTTP; `evaluate` measures.
 */

import { type Progress, silentProgress } from './base/progress.ts'
import { defaultThreads } from './base/worker-pool.ts'
import { fitStore } from './cascade/fit-store.ts'
import type { Manifest } from './cascade/snapshot.ts'
import { snapshotFolderOf } from './cascade/snapshot-folder.ts'
import { loadDataset } from './data/load-dataset.ts'
import { type EvaluateOptions, evaluate as evaluateDataset } from './evaluation/evaluate.ts'
import type { EvaluationReport } from './evaluation/report.ts'
import type { Retention } from './server/retention.ts'
import { DEFAULT_FOLLOW_MS, type RunningServer, startServer } from './server/serve.ts'
import type { Store } from './store/store.ts'

export type { Artefact } from './base/array-file.ts'
export * from './base/errors.ts'
export { type IdTable, idAt, indexOfId } from './base/id-table.ts'
export type { Measures, Progress, ProgressTask } from './base/progress.ts'
export type { ExplainedFeature, ExplainedItem, Explanation } from './cascade/explain.ts'
export type { ItemCard } from './cascade/live-items.ts'
export type {
  Recommendation,
  Recommendations,
  Recommender,
  RecommendOptions,
  SourceNote,
} from './cascade/recommender.ts'
export type { Manifest } from './cascade/snapshot.ts'
export type { FeatureRows, LabelledRows } from './data/features/feature-rows.ts'
export { LogStream, type LogStreamOptions } from './data/log-stream.ts'
export { type PrepareOptions, prepareDataset } from './data/prepare.ts'
export type { DatasetReader } from './data/reader.ts'
export { datasetReaders } from './data/readers.ts'
export { markdownReport } from './evaluation/markdown-report.ts'
export type { EvaluationReport } from './evaluation/report.ts'
export { explainTrees } from './models/trees/explain-trees.ts'
export { type FitTreesContext, fitTrees } from './models/trees/fit-trees.ts'
export { readLightGbm } from './models/trees/lightgbm-reader.ts'
export { writeLightGbm } from './models/trees/lightgbm-writer.ts'
export type { TreeModel } from './models/trees/tree-model.ts'
export type { TreeOptionsInput } from './models/trees/tree-options.ts'
export { type TreeScorer, treeScorer } from './models/trees/tree-scorer.ts'
export { rankerDefinitions } from './ranking/rankers/registry.ts'
export { type OpenRecommenderOptions, openRecommender } from './server/open-recommender.ts'
export type { RunningServer } from './server/serve.ts'
export type { Candidates } from './sources/candidates.ts'
export type { AttributeFilter, Condition } from './sources/condition.ts'
export { bestCandidates } from './sources/merge.ts'
export { registerSource, sourceDefinitions } from './sources/registry.ts'
export { type ResolvedRequest, SURFACES, type Surface } from './sources/request.ts'
export type { FitInput, LiveItem, OpenInput, Source, SourceDefinition } from './sources/source.ts'
export { type ImportOptions, type ImportSummary, importFile } from './store/import/import-file.ts'
export type { MappingInput, RecordKind } from './store/import/mapping.ts'
export {
  type Attributes,
  type Collection,
  EVENT_KINDS,
  type EventKind,
  type EventRecord,
  type Item,
  type User,
} from './store/records.ts'
export { openStore } from './store/sqlite-store.ts'
export type { Store, StoreCounts, WriteCount } from './store/store.ts'
export type { WeightedItems } from './text/items-of-words.ts'

export interface FitOptions {
  /** Only these sources; all that suit the data when left out. */
  sources?: readonly string[]
  /** Options by source name. */
  sourceOptions?: Readonly<Record<string, unknown>>
  /** What orders the blend's best, by name (`rankerDefinitions`); the blend alone when left out. */
  ranker?: string
  /** Default: the folder `snapshots` beside the store, where `serve` and `openRecommender` look. */
  snapshotFolder?: string
  /** Snapshots kept, the newest ones. Default 3. */
  keep?: number
  /** Default: all that the machine offers. */
  threads?: number
  /** Of every random choice; the same seed gives the same snapshot. Default 1. */
  seed?: number
  progress?: Progress
}

/**
 * Learns from everything in a store and makes the snapshot that `openRecommender` and `serve` load.
 *
 * @example
 * const store = openStore('shop/store.db')
 * const { sources } = await fit(store)
 */
export function fit(store: Store, options: FitOptions = {}): Promise<Manifest> {
  return fitStore(store, {
    ...options,
    snapshotFolder: options.snapshotFolder ?? snapshotFolderOf(store.path),
    keep: options.keep ?? 3,
    ...defaults(options),
    now: Date.now(),
  })
}

/**
 * Measures every source, the blend and the baselines on held-out data.
 *
 * @example
 * const report = await evaluate(store, { surface: 'home' })
 * console.log(markdownReport(report))
 */
export function evaluate(store: Store, options: Partial<EvaluateOptions> = {}): Promise<EvaluationReport> {
  return evaluateDataset(loadDataset(store), { ...options, ...defaults(options) })
}

export interface ServeOptions {
  /** Default: only this machine. */
  host?: string
  /** Default 0: a free one; `address` says which. */
  port?: number
  /** Threads that answer. Default: all that the machine offers. */
  workers?: number
  /** A snapshot that is activated meanwhile is looked for so often and takes over. Default 5 s; 0 = never. */
  followMs?: number
  /** Days that answered requests are kept in the log: 90, and 365 where they showed an arm of an experiment; 0 = for ever. */
  retention?: Retention
  snapshotFolder?: string
  progress?: Progress
}

/**
 * Answers over HTTP from a store and its active snapshot, until `close` is called.
 *
 * @example
 * const server = await serve('shop/store.db', { port: 8080 })
 * console.log(server.address)
 */
export function serve(storePath: string, options: ServeOptions = {}): Promise<RunningServer> {
  return startServer({
    storePath,
    snapshotFolder: options.snapshotFolder ?? snapshotFolderOf(storePath),
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    workers: options.workers,
    followMs: options.followMs ?? DEFAULT_FOLLOW_MS,
    retention: options.retention,
    progress: options.progress ?? silentProgress,
  })
}

function defaults(options: { threads?: number; seed?: number; progress?: Progress }) {
  return {
    threads: options.threads ?? defaultThreads(),
    seed: options.seed ?? 1,
    progress: options.progress ?? silentProgress,
  }
}
