/** @file The learning loop: trains a ranker on the log, holds it against the one that serves, and activates it when it may. */

import { z } from 'zod'
import { InvalidFileError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import { deriveSnapshot } from '../cascade/derive-snapshot.ts'
import { LocalCascade } from '../cascade/local-executor.ts'
import {
  activateSnapshot,
  activeSnapshot,
  type Manifest,
  readSnapshot,
  removeOldSnapshots,
} from '../cascade/snapshot.ts'
import { readDatasetMeta } from '../data/store-meta.ts'
import type { Reliability } from '../evaluation/reliability.ts'
import { PLACE_FEATURE } from '../ranking/examination/place-feature.ts'
import { selectRequests } from '../ranking/rankers/hold-out.ts'
import type { RankerModel } from '../ranking/rankers/ranker.ts'
import { fitRanker } from '../ranking/rankers/registry.ts'
import type { Surface } from '../sources/request.ts'
import type { Store } from '../store/store.ts'
import { chooseCalibration } from './choose-calibration.ts'
import { type Comparison, compareRankings, failedGates, gateOptions } from './gates.ts'
import { type LogRows, readLogRows } from './log-rows.ts'
import { logScorer } from './score-log.ts'
import { measureSkew, type SkewReport } from './skew.ts'
import { trafficOptions, trainingTraffic } from './training-traffic.ts'

export const learnOptions = z.strictObject({
  ...trafficOptions.shape,
  ...gateOptions.shape,
  ranker: z.string().default('trees'),
  rankerOptions: z.record(z.string(), z.unknown()).default({}),
  /** The newest so many requests are learned from. */
  requests: z.number().int().min(1).max(5_000_000).default(200_000),
  /** Logged requests that are asked again, to compare the features. */
  skewSample: z.number().int().min(0).max(10_000).default(100),
})

export type LearnOptions = z.infer<typeof learnOptions>

export interface LearnContext {
  snapshotFolder: string
  /** Snapshots kept, the newest ones. */
  keep: number
  threads: number
  seed: number
  progress: Progress
  /** Wall clock, ms since 1970. */
  now: number
  /** Measures and says what would be done, and changes nothing. */
  dryRun: boolean
}

/** What was learned, how it compares, and whether it serves now. */
export interface LearnReport {
  surface: Surface
  requests: number
  randomised: number
  rows: number
  ranker: Omit<RankerModel, 'text'>
  /** Of the calibration that the ranker got, on rows that taught neither; null where it got none. */
  reliability: Reliability | null
  comparison: Comparison | null
  skew: SkewReport
  /** Why it may not serve; empty when it may. */
  failed: string[]
  /** Name of the snapshot that is active now. */
  active: string
  activated: boolean
}

/** @throws NotFoundError when nothing was fitted, InvalidFileError when no request of the surface was logged */
export async function learnFromLog(
  store: Store,
  surface: Surface,
  options: LearnOptions,
  context: LearnContext,
): Promise<LearnReport> {
  const { snapshotFolder, progress, seed } = context
  const active = await activeSnapshot(snapshotFolder)
  const reading = progress.start('Reading the log')
  const positive = readDatasetMeta(store)?.positive ?? {}
  const log = readLogRows(store, { surface, positive, requests: options.requests })
  reading.end()
  if (log.rows === 0) {
    throw new InvalidFileError(store.path, `has no logged request of ${surface}`, {
      hint: 'requests are logged by `labrador serve`; events name them in context.requestId',
    })
  }
  const { taught, judged } = splitByTime(log, options.judged)
  const model = await fitRanker(
    options.ranker,
    trainingTraffic(taught, options),
    options.rankerOptions,
    context,
  )
  const uncalibrated =
    options.places === 'feature' ? { ...model, fixed: { ...model.fixed, [PLACE_FEATURE]: 0 } } : model
  const scores = logScorer(uncalibrated, judged)(judged.values, judged.rows)
  const comparison = compareRankings(judged, judged.served, scores, seed)
  const calibrated = chooseCalibration(scores, judged.labels)
  const placed = { ...uncalibrated, calibration: calibrated?.calibration ?? null }
  const checking = progress.start('Comparing served with recomputed features')
  const skew = await skewOf(store, surface, active, options.skewSample, context)
  checking.end()
  const failed = failedGates(comparison, skew.share, options)
  const activated = failed.length === 0 && !context.dryRun
  const manifest = activated ? await activate(active, surface, placed, context) : null
  const { text: _, ...head } = placed
  return {
    surface,
    requests: log.offsets.length - 1,
    randomised: log.randomised.reduce((sum, one) => sum + one, 0),
    rows: log.rows,
    ranker: head,
    reliability: calibrated?.judged ?? null,
    comparison,
    skew,
    failed,
    active: manifest?.name ?? active,
    activated,
  }
}

async function activate(
  active: string,
  surface: Surface,
  model: RankerModel,
  { snapshotFolder, keep, now }: LearnContext,
): Promise<Manifest> {
  const manifest = await deriveSnapshot(snapshotFolder, active, { [surface]: model }, now)
  await activateSnapshot(snapshotFolder, manifest.name)
  await removeOldSnapshots(snapshotFolder, keep)
  return manifest
}

/** The older requests teach, the newest judge. */
function splitByTime(log: LogRows, share: number): { taught: LogRows; judged: LogRows } {
  const requests = log.offsets.length - 1
  const cut = Math.max(1, Math.floor(requests * (1 - share)))
  return { taught: sliceRequests(log, 0, cut), judged: sliceRequests(log, cut, requests) }
}

function sliceRequests(log: LogRows, from: number, to: number): LogRows {
  const requests = Array.from({ length: to - from }, (_, k) => from + k)
  const [start, end] = [log.offsets[from], log.offsets[to]]
  return {
    ...selectRequests(log, requests),
    times: log.times.slice(from, to),
    randomised: log.randomised.slice(from, to),
    places: log.places.slice(start, end),
    propensities: log.propensities.slice(start, end),
    served: log.served.slice(start, end),
  }
}

async function skewOf(
  store: Store,
  surface: Surface,
  active: string,
  sample: number,
  { snapshotFolder }: LearnContext,
): Promise<SkewReport> {
  if (sample === 0) return { requests: 0, share: 0, features: [], passedOver: [] }
  const snapshot = await readSnapshot(snapshotFolder, active)
  const cascade = new LocalCascade(snapshot, () => 0)
  const from = Math.max(0, store.lastRequestPosition() - sample)
  const newest = [...store.requests(from)].flatMap((batch) => batch.requests.map(({ request }) => request))
  return measureSkew(
    cascade,
    snapshot,
    newest.filter((request) => request.surface === surface),
  )
}
