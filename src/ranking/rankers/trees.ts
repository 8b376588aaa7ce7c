/**
 * @file Boosted trees over all features, grown on top of the blend: they learn what the blend does not see, and where
 * there is nothing to learn the blend's order stays.
 */

import { z } from 'zod'
import { listNdcg } from '../../data/features/list-ndcg.ts'
import { explainTrees } from '../../models/trees/explain-trees.ts'
import { fitTrees } from '../../models/trees/fit-trees.ts'
import { readLightGbm } from '../../models/trees/lightgbm-reader.ts'
import { writeLightGbm } from '../../models/trees/lightgbm-writer.ts'
import { treeOptionsSchema } from '../../models/trees/tree-options.ts'
import { treeScorer } from '../../models/trees/tree-scorer.ts'
import { BLEND_SCORE } from '../features/membership.ts'
import { holdOutUnits } from './hold-out.ts'
import type { RankerDefinition, RankerFit, RankRows } from './ranker.ts'

/** The trees' own defaults are for any table; these are for candidates that a blend has put in order already. */
export const treeRankerOptions = z.strictObject({
  ...treeOptionsSchema.shape,
  objective: treeOptionsSchema.shape.objective.default('lambdamart'),
  numIterations: treeOptionsSchema.shape.numIterations.default(300),
  learningRate: treeOptionsSchema.shape.learningRate.default(0.05),
  numLeaves: treeOptionsSchema.shape.numLeaves.default(15),
  minDataInLeaf: treeOptionsSchema.shape.minDataInLeaf.default(100),
  lambdaL2: treeOptionsSchema.shape.lambdaL2.default(10),
  featureFraction: treeOptionsSchema.shape.featureFraction.default(0.5),
  lambdarankTruncationLevel: treeOptionsSchema.shape.lambdarankTruncationLevel.default(20),
  earlyStoppingRound: treeOptionsSchema.shape.earlyStoppingRound.default(30),
  /** Share of the users (sessions) that say how many trees are enough, before all teach. */
  heldOut: z.number().min(0.05).max(0.5).default(0.2).meta({ tune: false }),
})

type Options = z.infer<typeof treeRankerOptions>

export const treeRanker: RankerDefinition<Options> = {
  name: 'trees',
  summary: 'Boosted trees over all features, on top of the blend.',
  options: treeRankerOptions,
  uses: () => true,
  async fit(rows, { heldOut, ...options }, fit) {
    const { train, valid } = holdOutUnits(onBlend(rows), heldOut, fit.seed)
    const { iterations, gain } = await enoughTrees(train, valid, options, fit)
    const whole = { requests: rows.offsets.length - 1, rows: rows.rows, trees: iterations }
    const fitted = { ...whole, 'validation-gain@10': gain }
    const head = {
      version: 1,
      ranker: 'trees',
      blendWeight: 1,
      fixed: {},
      calibration: null,
      fitted,
    } as const
    if (iterations === 0) return { ...head, features: [], text: '' }
    const model = await fitTrees(
      onBlend(rows),
      null,
      { ...options, numIterations: iterations, earlyStoppingRound: 0 },
      fit,
    )
    return { ...head, features: [...model.featureNames], text: writeLightGbm(model) }
  },
  open({ text }, file) {
    // No tree was worth growing: the blend's score alone.
    if (text === '') return { features: [], score: (_values, rows, scores) => void scores.fill(0, 0, rows) }
    return treeScorer(readLightGbm(text, file))
  },
  explain({ text }, file) {
    if (text === '') return () => ({ values: new Float64Array(0), base: 0 })
    const model = readLightGbm(text, file)
    const width = model.featureNames.length
    return (values, rows) => {
      const explained = explainTrees(model, values, rows)
      const contributions = new Float64Array(rows * width)
      for (let row = 0; row < rows; row++) {
        const from = row * (width + 1)
        contributions.set(explained.subarray(from, from + width), row * width)
      }
      return { values: contributions, base: rows > 0 ? explained[width] : 0 }
    }
  },
}

/** The same rows with the blend's score to start from. */
function onBlend(rows: RankRows): RankRows {
  const width = rows.names.length
  const column = rows.names.indexOf(BLEND_SCORE)
  return {
    ...rows,
    baseScores: Float32Array.from({ length: rows.rows }, (_, row) => rows.values[row * width + column]),
  }
}

/**
 * How many trees serve users best that did not teach them, and what they are worth in NDCG@10; none where the gain could
 * be chance.
 */
async function enoughTrees(
  train: RankRows,
  valid: RankRows,
  options: Omit<Options, 'heldOut'>,
  fit: RankerFit,
): Promise<{ iterations: number; gain: number }> {
  if (!hasWanted(train) || !hasWanted(valid)) return { iterations: 0, gain: 0 }
  const model = await fitTrees(train, valid, { ...options, metric: 'ndcg', evalAt: 10 }, fit)
  const scores = new Float32Array(valid.rows)
  treeScorer(model).score(valid.values, valid.rows, scores)
  for (let row = 0; row < valid.rows; row++) scores[row] += valid.baseScores![row]
  const gains = gainsOf(valid, scores)
  const { mean, error } = meanWithError(gains)
  return mean > CERTAIN * error ? { iterations: model.trees.length, gain: mean } : { iterations: 0, gain: 0 }
}

/** NDCG@10 more than the blend's, of every request that led to something. */
function gainsOf({ offsets, labels, baseScores }: RankRows, scores: Float32Array): Float64Array {
  const gains: number[] = []
  for (let request = 0; request + 1 < offsets.length; request++) {
    const [start, end] = [offsets[request], offsets[request + 1]]
    const wanted = labels.subarray(start, end)
    if (!wanted.some((label) => label > 0)) continue
    const [by, before] = [scores, baseScores!].map((values) =>
      listNdcg(wanted, values.subarray(start, end), 10),
    )
    gains.push(by - before)
  }
  return Float64Array.from(gains)
}

/** Standard errors that a gain must be above zero. */
const CERTAIN = 2

function meanWithError(values: Float64Array): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) }
}

const hasWanted = ({ labels }: RankRows) => labels.some((label) => label > 0)
