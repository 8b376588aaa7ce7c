/** @file One tree on squared loss, grown the slow way: every cut of every feature is tried on the rows themselves. */

import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'
import type { TreeOptions } from '../../../src/models/trees/tree-options.ts'

interface Cut {
  gain: number
  left: number[]
  right: number[]
}

/** @returns the score of every row: the start score plus its leaf's value; no two cuts may gain the same */
export function growReference(table: LabelledRows, options: TreeOptions): Float64Array {
  const { labels, rows } = table
  const start = labels.reduce((sum, label) => sum + label, 0) / rows
  const gradients = Float64Array.from(labels, (label) => start - label)
  const leaves = [Array.from({ length: rows }, (_, row) => row)]
  while (leaves.length < options.numLeaves) {
    const cuts = leaves.map((leaf) => bestCut(table, gradients, leaf, options))
    const best = cuts.reduce((winner, cut, k) => (gainOf(cut) > gainOf(cuts[winner]) ? k : winner), 0)
    const cut = cuts[best]
    if (!cut) break
    leaves[best] = cut.left
    leaves.push(cut.right)
  }
  const scores = new Float64Array(rows)
  for (const leaf of leaves) {
    const value = leaves.length > 1 ? leafValue(gradients, leaf, options) * options.learningRate : 0
    for (const row of leaf) scores[row] = start + value
  }
  return scores
}

const gainOf = (cut: Cut | null) => cut?.gain ?? 0

function bestCut(
  table: LabelledRows,
  gradients: Float64Array,
  leaf: number[],
  options: TreeOptions,
): Cut | null {
  let best: Cut | null = null
  const whole = gainOfLeaf(gradients, leaf, options)
  table.names.forEach((name, feature) => {
    for (const isLeft of sides(table, leaf, feature, options.categoricalFeature.includes(name))) {
      const left = leaf.filter((row) => isLeft(valueOfRow(table, row, feature)))
      const right = leaf.filter((row) => !isLeft(valueOfRow(table, row, feature)))
      if (Math.min(left.length, right.length) < options.minDataInLeaf) continue
      const gain = gainOfLeaf(gradients, left, options) + gainOfLeaf(gradients, right, options) - whole
      if (gain > Math.max(gainOf(best), options.minGainToSplit)) best = { gain, left, right }
    }
  })
  return best
}

/** Thresholds with NaN on either side; for categories, each one against the rest. */
function sides(table: LabelledRows, leaf: number[], feature: number, isCategorical: boolean) {
  const values = [...new Set(leaf.map((row) => valueOfRow(table, row, feature)))].filter(
    (x) => !Number.isNaN(x),
  )
  if (isCategorical) return values.map((one) => (value: number) => value === one)
  return values.flatMap((threshold) => [
    (value: number) => value <= threshold,
    (value: number) => value <= threshold || Number.isNaN(value),
  ])
}

const valueOfRow = ({ values, names }: LabelledRows, row: number, feature: number) =>
  values[row * names.length + feature]

function sumOf(gradients: Float64Array, leaf: number[], { lambdaL1 }: TreeOptions): number {
  const sum = leaf.reduce((total, row) => total + gradients[row], 0)
  return Math.sign(sum) * Math.max(0, Math.abs(sum) - lambdaL1)
}

function gainOfLeaf(gradients: Float64Array, leaf: number[], options: TreeOptions): number {
  return sumOf(gradients, leaf, options) ** 2 / (leaf.length + options.lambdaL2)
}

function leafValue(gradients: Float64Array, leaf: number[], options: TreeOptions): number {
  return -sumOf(gradients, leaf, options) / (leaf.length + options.lambdaL2)
}
