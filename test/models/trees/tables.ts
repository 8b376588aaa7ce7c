/** @file Tables and trees for tests: planted structure, and trees of any shape. */

import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom, type Random } from '../../../src/base/random.ts'
import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'
import { fitTrees } from '../../../src/models/trees/fit-trees.ts'
import type { Tree, TreeModel } from '../../../src/models/trees/tree-model.ts'
import type { TreeOptionsInput } from '../../../src/models/trees/tree-options.ts'

/** Rows of a generator: the first value is the label, the others are features. */
export function tableOf(rows: number, perRequest: number, draw: (row: number) => number[]): LabelledRows {
  const drawn = Array.from({ length: rows }, (_, row) => draw(row))
  const names = drawn[0].slice(1).map((_, f) => `f${f}`)
  const requests = Math.ceil(rows / perRequest)
  return {
    names,
    rows,
    values: Float32Array.from(drawn.flatMap((row) => row.slice(1))),
    labels: Float32Array.from(drawn, ([label]) => label),
    offsets: Uint32Array.from({ length: requests + 1 }, (_, r) => Math.min(rows, r * perRequest)),
  }
}

/** Rows with a shape of every kind: a step, a product, a category, missing values; one row in a few is wanted. */
export function mixedTable(rows: number, seed: number): LabelledRows {
  const random = createRandom(seed)
  return tableOf(rows, 20, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()]
    const category = random.below(30)
    const isMissing = random.float() < 0.2
    const score = (a > 0.3 ? 1 : 0) + b * c + (category % 3 === 0 ? 1 : -0.5) + (isMissing ? 0.7 : 0)
    const label = score + random.normal() > 1 ? 1 : 0
    return [label, a, b, c, category, isMissing ? Number.NaN : random.normal(), Math.round(random.normal())]
  })
}

export const fit = (
  train: LabelledRows,
  options: TreeOptionsInput,
  { threads = 1, seed = 1, valid = null as LabelledRows | null } = {},
) => fitTrees(train, valid, options, { threads, seed, progress: silentProgress })

/** A tree of any shape with nodes of every kind, over so many features. */
export function randomTree(leaves: number, features: number, random: Random, plain = false): Tree {
  const leftChild = new Int32Array(leaves - 1)
  const rightChild = new Int32Array(leaves - 1)
  const parents: [node: number, isLeft: boolean][] = []
  for (let node = 0; node < leaves - 1; node++) {
    // Any leaf so far may be the next node.
    if (node > 0) {
      const [parent, isLeft] = parents.splice(random.below(parents.length), 1)[0]
      ;(isLeft ? leftChild : rightChild)[parent] = node
    }
    parents.push([node, true], [node, false])
  }
  parents.forEach(([node, isLeft], leaf) => {
    ;(isLeft ? leftChild : rightChild)[node] = ~leaf
  })
  const nodes = leaves - 1
  const catBoundaries = [0]
  const catThreshold: number[] = []
  const threshold = new Float64Array(nodes)
  const decisionType = new Uint8Array(nodes)
  for (let node = 0; node < nodes; node++) {
    if (!plain && random.below(4) === 0) {
      threshold[node] = catBoundaries.length - 1
      decisionType[node] = 1 | (random.below(3) << 2)
      for (let words = 1 + random.below(2); words > 0; words--) catThreshold.push(random.uint32())
      catBoundaries.push(catThreshold.length)
    } else {
      threshold[node] = random.below(5) === 0 ? 0 : random.normal()
      decisionType[node] = (random.below(2) << 1) | ((plain ? 2 * random.below(2) : random.below(3)) << 2)
    }
  }
  const positive = (length: number) => Uint32Array.from({ length }, () => 1 + random.below(50))
  return {
    splitFeature: Int32Array.from({ length: nodes }, () => random.below(features)),
    splitGain: Float64Array.from({ length: nodes }, () => random.float()),
    threshold,
    decisionType,
    leftChild,
    rightChild,
    leafValue: Float64Array.from({ length: leaves }, () => random.normal()),
    leafWeight: new Float64Array(leaves),
    leafCount: positive(leaves),
    internalValue: new Float64Array(nodes),
    internalWeight: new Float64Array(nodes),
    internalCount: positive(nodes),
    catBoundaries: Uint32Array.from(catThreshold.length > 0 ? catBoundaries : []),
    catThreshold: Uint32Array.from(catThreshold),
    shrinkage: 0.1,
  }
}

export function modelOf(trees: Tree[], features: number, averageOutput = false): TreeModel {
  return {
    featureNames: Array.from({ length: features }, (_, f) => `f${f}`),
    featureInfos: Array.from({ length: features }, () => 'none'),
    monotoneConstraints: [],
    objective: 'regression',
    averageOutput,
    trees,
    parameters: [],
  }
}

/** Values around thresholds, categories, zeros, and what is missing. */
export function randomValues(count: number, random: Random): Float32Array {
  const kinds = [
    () => random.normal(),
    () => random.below(70) - 3,
    () => Number.NaN,
    () => 0,
    () => 1e-36,
    () => Number.POSITIVE_INFINITY,
    () => Number.NEGATIVE_INFINITY,
    () => 3e9,
  ]
  return Float32Array.from({ length: count }, () =>
    kinds[random.float() < 0.7 ? random.below(2) : random.below(kinds.length)](),
  )
}
