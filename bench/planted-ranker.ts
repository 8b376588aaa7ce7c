/** @file A ranker of full size for timings: 300 trees over the real features of real answers, taught arbitrary labels. */

import { silentProgress } from '../src/base/progress.ts'
import { deriveSnapshot } from '../src/cascade/derive-snapshot.ts'
import { LocalCascade } from '../src/cascade/local-executor.ts'
import { activateSnapshot, activeSnapshot, readSnapshot } from '../src/cascade/snapshot.ts'
import { queryWeights } from '../src/cascade/surfaces.ts'
import type { LabelledRows } from '../src/data/features/feature-rows.ts'
import { fitTrees } from '../src/models/trees/fit-trees.ts'
import { writeLightGbm } from '../src/models/trees/lightgbm-writer.ts'

const REQUESTS = 200
const SHOWN = 200
const TREES = { objective: 'logistic', numIterations: 300, numLeaves: 31, learningRate: 0.05 } as const

/** Activates a snapshot that differs from the active one in its ranker for `related`. Timing asks nothing of its quality. */
export async function plantRanker(snapshotFolder: string, threads: number): Promise<void> {
  const active = await activeSnapshot(snapshotFolder)
  const snapshot = await readSnapshot(snapshotFolder, active)
  const cascade = new LocalCascade(snapshot, () => 0)
  const rows = answeredRows(cascade, snapshot.catalog.title.length, snapshot.manifest.fittedAt)
  const model = await fitTrees(rows, null, TREES, { threads, seed: 1, progress: silentProgress })
  const ranker = {
    version: 1 as const,
    ranker: 'trees',
    features: [...model.featureNames],
    blendWeight: 1,
    fixed: {},
    calibration: null,
    fitted: { trees: model.trees.length },
    text: writeLightGbm(model),
  }
  const { name } = await deriveSnapshot(snapshotFolder, active, { related: ranker }, Date.now())
  await activateSnapshot(snapshotFolder, name)
}

function answeredRows(cascade: LocalCascade, items: number, time: number): LabelledRows {
  const parts: Float32Array[] = []
  const labels: number[] = []
  const offsets = [0]
  let names: readonly string[] = []
  for (let k = 0; k < REQUESTS; k++) {
    const request = {
      surface: 'related' as const,
      items: Uint32Array.of(Math.floor((k * items) / REQUESTS)),
      weights: queryWeights(1, 1),
      times: Float64Array.of(time),
      user: -1,
      region: 0,
      language: 0,
      segment: 0,
      time,
      seed: k,
    }
    const asked = {
      request,
      limit: SHOWN,
      seen: new Uint32Array(0),
      filters: [],
      requestId: null,
      record: true,
      useRanker: false,
      boost: false,
      arm: 0,
    }
    const { proposals } = cascade.propose(asked)
    const { recorded, items: shown } = cascade.finish(asked, proposals)
    names = recorded!.names
    parts.push(recorded!.values)
    for (const item of shown) labels.push(item % 11 === 0 ? 1 : 0)
    offsets.push(labels.length)
  }
  const values = new Float32Array(labels.length * names.length)
  let at = 0
  for (const part of parts) {
    values.set(part, at)
    at += part.length
  }
  return {
    names,
    values,
    rows: labels.length,
    offsets: Uint32Array.from(offsets),
    labels: Float32Array.from(labels),
  }
}
