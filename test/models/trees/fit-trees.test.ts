/** @file Fitted trees: against a slow reference, on planted structure, and the same on any number of threads. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import type { LabelledRows } from '../../../src/data/features/feature-rows.ts'
import { fitTrees } from '../../../src/models/trees/fit-trees.ts'
import { importanceOf } from '../../../src/models/trees/importance.ts'
import { traverseTrees } from '../../../src/models/trees/traverse.ts'
import { leavesOf, type TreeModel } from '../../../src/models/trees/tree-model.ts'
import { parseTreeOptions, type TreeOptionsInput } from '../../../src/models/trees/tree-options.ts'
import { auc, meanNdcg } from '../../../src/models/trees/validation-metric.ts'
import { growReference } from './grow-tree.reference.ts'
import { fit, mixedTable, tableOf } from './tables.ts'

function scoresOf(model: TreeModel, values: Float32Array, rows: number): Float64Array {
  const scores = new Float64Array(rows)
  traverseTrees(model, values, rows, scores)
  return scores
}

test('a tree is the one that a search over all cuts of all rows grows', async () => {
  const shapes = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    rows: fc.integer({ min: 1, max: 150 }),
    numLeaves: fc.integer({ min: 2, max: 12 }),
    minDataInLeaf: fc.integer({ min: 1, max: 12 }),
    lambdaL1: fc.constantFrom(0, 0.5),
    lambdaL2: fc.constantFrom(0, 3),
    minGainToSplit: fc.constantFrom(0, 0.2),
  })
  await fc.assert(
    fc.asyncProperty(shapes, async ({ seed, rows, ...given }) => {
      const random = createRandom(seed)
      const table = tableOf(rows, rows, () => {
        const [a, b, c] = [random.normal(), random.normal(), random.below(3)]
        const isMissing = random.float() < 0.2
        return [
          a + b * (c === 1 ? 1 : -1) + random.normal() + (isMissing ? 1 : 0),
          a,
          isMissing ? Number.NaN : b,
          c,
        ]
      })
      const input: TreeOptionsInput = {
        ...given,
        objective: 'squared',
        numIterations: 1,
        minDataInBin: 1,
        categoricalFeature: ['f2'],
      }
      const expected = growReference(table, parseTreeOptions(input))
      const scores = scoresOf(await fit(table, input), table.values, rows)
      for (let row = 0; row < rows; row++) {
        assert.ok(
          Math.abs(scores[row] - expected[row]) < 1e-6,
          `row ${row}: ${scores[row]}, ${expected[row]}`,
        )
      }
    }),
    { numRuns: 15 },
  )
})

/** A last column that says what the first one says. */
const TWIN = 6

function withTwin(table: LabelledRows): LabelledRows {
  const width = table.names.length
  const rows = Array.from({ length: table.rows }, (_, row) => {
    const values = table.values.subarray(row * width, (row + 1) * width)
    return [...values, values[0]]
  })
  return { ...table, names: [...table.names, 'twin'], values: Float32Array.from(rows.flat()) }
}

test('the same rows, options and seed give the same model on any number of threads', async () => {
  const table = withTwin(mixedTable(1500, 2))
  const base: TreeOptionsInput = { numIterations: 6, numLeaves: 15, categoricalFeature: ['f3'] }
  const inputs: TreeOptionsInput[] = [
    { ...base, objective: 'logistic', baggingFraction: 0.7, baggingFreq: 2 },
    { ...base, objective: 'lambdamart' },
  ]
  for (const input of inputs) {
    const one = await fit(table, input)
    assert.ok(one.trees.every((tree) => !tree.splitFeature.includes(TWIN)))
    for (const threads of [2, 3]) assert.deepEqual(await fit(table, input, { threads }), one)
  }
  const drawn: TreeOptionsInput = { ...base, featureFraction: 0.5 }
  const [first, second, again] = await Promise.all([1, 2, 1].map((seed) => fit(table, drawn, { seed })))
  assert.notDeepEqual(first.trees, second.trees)
  assert.deepEqual(first, again)
})

test('an exclusive or is found, and noise is left alone', async () => {
  const features = 22
  const xor = (seed: number) => {
    const random = createRandom(seed)
    return tableOf(4000, 4000, () => {
      const values = Array.from({ length: features }, () => random.float())
      return [values[3] > 0.2 !== values[7] > 0.5 ? 1 : 0, ...values]
    })
  }
  const model = await fit(xor(1), { numLeaves: 4, numIterations: 50 })
  const fresh = xor(2)
  assert.ok(auc(fresh, scoresOf(model, fresh.values, fresh.rows)) > 0.99)
  const gains = importanceOf(model, 'gain')
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  assert.ok(gains[3] + gains[7] > 0.99 * total)
  const splits = importanceOf(model, 'split')
  assert.equal(
    splits.reduce((sum, count) => sum + count, 0),
    model.trees.reduce((sum, tree) => sum + leavesOf(tree) - 1, 0),
  )
})

test('a set of categories is found among many, and unknown ones go with the rest', async () => {
  const random = createRandom(3)
  const wanted = new Set([2, 31, 32, 77, 290])
  const table = tableOf(12_000, 100, () => {
    const category = random.below(300)
    return [wanted.has(category) ? 1 : 0, category, random.normal()]
  })
  const model = await fit(table, {
    numLeaves: 8,
    numIterations: 20,
    categoricalFeature: ['f0'],
    minDataPerGroup: 10,
    catSmooth: 1,
  })
  const probes = [2, 31, 32, 77, 290, 0, 30, 33, 299, 5000, -1, Number.NaN]
  const scores = scoresOf(
    model,
    Float32Array.from(probes.flatMap((category) => [category, 0])),
    probes.length,
  )
  probes.forEach((category, k) => {
    assert.equal(scores[k] > 0, wanted.has(category), `category ${category}: ${scores[k]}`)
  })
})

test('monotone constraints hold everywhere', async () => {
  const random = createRandom(4)
  const table = tableOf(2000, 20, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()]
    return [Math.sin(3 * a) + Math.cos(3 * b) + a * c + 0.3 * random.normal() > 0.5 ? 1 : 0, a, b, c]
  })
  const free = { numIterations: 30, numLeaves: 15 }
  const model = await fit(table, { ...free, monotoneConstraints: { f0: 1, f1: -1 } })
  const falls = (fitted: TreeModel, feature: number, sign: number) => {
    const probe = createRandom(5)
    let found = 0
    for (let k = 0; k < 3000; k++) {
      const low = Array.from({ length: 3 }, () => 1.5 * probe.normal())
      const high = low.slice()
      high[feature] += Math.abs(probe.normal())
      const [before, after] = scoresOf(fitted, Float32Array.from([...low, ...high]), 2)
      if (sign * (after - before) < 0) found++
    }
    return found
  }
  assert.equal(falls(model, 0, 1), 0)
  assert.equal(falls(model, 1, -1), 0)
  assert.ok(falls(await fit(table, free), 0, 1) > 0)
})

test('LambdaMART and the pairwise loss order requests by what is wanted', async () => {
  const train = mixedTable(4000, 6)
  const fresh = mixedTable(2000, 7)
  const blind = meanNdcg(fresh, new Float64Array(fresh.rows), 10)
  for (const objective of ['lambdamart', 'pairwise'] as const) {
    const model = await fit(train, { objective, numIterations: 30, categoricalFeature: ['f3'] })
    const ndcg = meanNdcg(fresh, scoresOf(model, fresh.values, fresh.rows), 10)
    assert.ok(ndcg > blind + 0.2, `${objective}: ${ndcg} after ${blind}`)
    assert.equal(model.objective, 'lambdarank')
  }
})

test('early stopping keeps the trees of the best metric', async () => {
  const train = mixedTable(300, 8)
  const valid = mixedTable(300, 9)
  const input = { numIterations: 200, learningRate: 0.3, minDataInLeaf: 5 }
  let grown = 0
  const stopped = await fitTrees(
    train,
    valid,
    { ...input, earlyStoppingRound: 10 },
    {
      threads: 1,
      seed: 1,
      progress: silentProgress,
      onTree(trees) {
        grown = trees
      },
    },
  )
  assert.equal(grown, stopped.trees.length + 10)
  const all = await fit(train, input, { valid })
  assert.ok(stopped.trees.length < 150)
  assert.deepEqual(stopped.trees, all.trees.slice(0, stopped.trees.length))
  const lossAt = (trees: number) => {
    const scores = scoresOf({ ...all, trees: all.trees.slice(0, trees) }, valid.values, valid.rows)
    return valid.labels.reduce(
      (sum, label, row) => sum + Math.log1p(Math.exp(scores[row])) - label * scores[row],
      0,
    )
  }
  const losses = Array.from({ length: stopped.trees.length + 10 }, (_, k) => lossAt(k + 1))
  assert.equal(losses.indexOf(Math.min(...losses)) + 1, stopped.trees.length)
})

test('a weight counts like so many equal rows, and none like no row at all', async () => {
  const random = createRandom(10)
  const rows = Array.from({ length: 200 }, () => [random.below(2), random.normal(), random.normal()])
  const weights = Float32Array.from(rows, () => random.below(3))
  const weighted = { ...tableOf(200, 200, (row) => rows[row]), weights }
  const repeated = rows.flatMap((row, k) => Array.from({ length: weights[k] }, () => row))
  const plain = tableOf(repeated.length, repeated.length, (row) => repeated[row])
  // Counts would tell them apart, so that only the sums decide.
  const input: TreeOptionsInput = {
    numIterations: 3,
    minDataInLeaf: 1,
    minSumHessianInLeaf: 5,
    minDataInBin: 1,
  }
  const [one, other] = [await fit(weighted, input), await fit(plain, input)]
  const scores = scoresOf(one, weighted.values, 200)
  scoresOf(other, weighted.values, 200).forEach((score, row) => {
    assert.ok(weights[row] === 0 || Math.abs(score - scores[row]) < 1e-5, `row ${row}`)
  })
})

test('trees on top of base scores learn what those leave, and do not hold them', async () => {
  const random = createRandom(11)
  const table = tableOf(600, 600, () => {
    const [a, b] = [random.normal(), random.normal()]
    return [5 * a + (b > 0 ? 1 : -1), a, b]
  })
  const baseScores = Float32Array.from({ length: 600 }, (_, row) => 5 * table.values[2 * row])
  const model = await fit({ ...table, baseScores }, { objective: 'squared', numLeaves: 2, numIterations: 60 })
  const [low, high] = scoresOf(model, Float32Array.of(3, -1, 3, 1), 2)
  assert.ok(Math.abs(low + 1) < 0.05 && Math.abs(high - 1) < 0.05, `${low}, ${high}`)
  assert.equal(importanceOf(model, 'split')[0], 0)
})

test('rows that nothing can be learned from give the start score', async () => {
  const model = await fit(
    tableOf(50, 50, (row) => [row % 2, 1]),
    {},
  )
  assert.equal(model.trees.length, 1)
  assert.equal(scoresOf(model, Float32Array.of(7), 1)[0], 0)
})

test('options and rows that do not fit are refused by name', async () => {
  const table = mixedTable(40, 1)
  await assert.rejects(fit(table, { numLeaves: 1 }), /numLeaves/)
  await assert.rejects(fit(table, { leaves: 3 } as TreeOptionsInput), /leaves/)
  await assert.rejects(fit(table, { categoricalFeature: ['nobody'] }), /nobody/)
  await assert.rejects(fit(table, { earlyStoppingRound: 3 }), /valid/)
  await assert.rejects(fit({ ...table, labels: table.labels.map(() => 7) }, {}), /train.labels\[0\]/)
  await assert.rejects(fit({ ...table, values: table.values.subarray(1) }, {}), /train.values/)
  await assert.rejects(fit({ ...table, weights: table.labels.map(() => -1) }, {}), /train.weights/)
  await assert.rejects(fit({ ...table, baseScores: new Float32Array(1) }, {}), /train.baseScores/)
  const based = { ...table, baseScores: new Float32Array(table.rows) }
  await assert.rejects(fit(table, {}, { valid: based }), /valid.baseScores/)
  const other = { ...table, names: table.names.map((name) => `${name}?`) }
  await assert.rejects(fit(table, {}, { valid: other }), /valid.names/)
})
