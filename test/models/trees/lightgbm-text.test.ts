/** @file LightGBM's text format: a truth table, a file of LightGBM's own, round trips, and damaged files. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidRowError } from '../../../src/base/errors.ts'
import { createRandom } from '../../../src/base/random.ts'
import { explainTrees } from '../../../src/models/trees/explain-trees.ts'
import { readLightGbm } from '../../../src/models/trees/lightgbm-reader.ts'
import { writeLightGbm } from '../../../src/models/trees/lightgbm-writer.ts'
import { traverseTrees } from '../../../src/models/trees/traverse.ts'
import type { TreeModel } from '../../../src/models/trees/tree-model.ts'
import { treeScorer } from '../../../src/models/trees/tree-scorer.ts'
import { fit, mixedTable, modelOf, randomTree, randomValues } from './tables.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const written = readFileSync(join(fixtures, 'lightgbm-4.7.txt'), 'utf8')

/** Three trees by hand: numeric nodes of all missing types, a category set of two words, a constant. */
const byHand = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=price ctr cat
feature_infos=none none none

Tree=0
num_leaves=4
num_cat=1
split_feature=0 2 1
threshold=10.5 0 0.25
decision_type=2 1 8
left_child=1 -1 -2
right_child=2 -3 -4
leaf_value=0.5 -0.25 0.125 1
cat_boundaries=0 2
cat_threshold=5 256

Tree=1
num_leaves=2
num_cat=0
split_feature=1
threshold=0
decision_type=6
left_child=-1
right_child=-2
leaf_value=-0.5 0.75

Tree=2
num_leaves=1
num_cat=0
split_feature=
threshold=
decision_type=
left_child=
right_child=
leaf_value=0.0625

end of trees
`

function scoresOf(model: TreeModel, rows: number[][]): number[] {
  const values = Float64Array.from(rows.flat())
  const scores = new Float64Array(rows.length)
  traverseTrees(model, values, rows.length, scores)
  return [...scores]
}

test('a model written by hand gives the scores of its truth table', () => {
  const table: [price: number, ctr: number, cat: number, score: number][] = [
    [10.5, 0.3, 0, 1.3125],
    [10.5, 0.3, 1, 0.9375],
    [5, 0.3, 40, 1.3125],
    [5, 0.3, 41, 0.9375],
    [5, 0.3, 1000, 0.9375],
    [5, 0.3, -1, 0.9375],
    [5, 0.3, Number.NaN, 0.9375],
    [5, 0.3, 2.9, 1.3125],
    [11, 0.25, 0, 0.5625],
    [11, 0.2500001, 0, 1.8125],
    [11, Number.NaN, 0, 0.5625],
    [Number.NaN, 0, 0, 0.0625],
    [11, 0, 0, -0.6875],
    [11, -1, 0, -0.6875],
    [11, 1e-36, 0, -0.6875],
  ]
  const model = readLightGbm(byHand, 'by-hand.txt')
  const rows = table.map((row) => row.slice(0, 3))
  const expected = table.map((row) => row[3])
  assert.deepEqual(scoresOf(model, rows), expected)
  const scores = new Float32Array(rows.length)
  treeScorer(model).score(Float32Array.from(rows.flat()), rows.length, scores)
  assert.deepEqual([...scores], expected)
})

test('a file of LightGBM scores and explains rows as LightGBM does', () => {
  const golden = JSON.parse(readFileSync(join(fixtures, 'lightgbm-4.7.json'), 'utf8')) as {
    rows: (number | string)[][]
    scores: number[]
    contributions: number[][]
  }
  const model = readLightGbm(written, 'lightgbm-4.7.txt')
  const values = Float32Array.from(golden.rows.flat(), Number)
  const scores = new Float32Array(golden.rows.length)
  treeScorer(model).score(values, scores.length, scores)
  golden.scores.forEach((score, row) => {
    assert.ok(Math.abs(scores[row] - score) <= 1e-6, `row ${row}`)
  })
  const contributions = explainTrees(model, values, golden.contributions.length)
  golden.contributions.flat().forEach((contribution, k) => {
    assert.ok(Math.abs(contributions[k] - contribution) <= 1e-9)
  })
})

test('what is written is read again as the same model', async () => {
  const random = createRandom(4)
  const fitted = await fit(mixedTable(500, 1), { numIterations: 5, categoricalFeature: ['f3'] })
  const models = [
    fitted,
    readLightGbm(written, 'lightgbm-4.7.txt'),
    modelOf([randomTree(20, 4, random), randomTree(1, 4, random)], 4, true),
    { ...modelOf([randomTree(3, 2, random)], 2), monotoneConstraints: [1, -1] },
  ]
  for (const model of models) assert.deepEqual(readLightGbm(writeLightGbm(model), 'again.txt'), model)
})

test('tree_sizes are the bytes of the trees', () => {
  const text = writeLightGbm(readLightGbm(written, 'lightgbm-4.7.txt'))
  const sizes = /tree_sizes=(.*)/.exec(text)![1].split(' ').map(Number)
  let at = text.indexOf('Tree=0')
  sizes.forEach((size, k) => {
    assert.ok(text.slice(at).startsWith(`Tree=${k}\n`))
    at += size
  })
  assert.ok(text.slice(at).startsWith('end of trees'))
})

test('a damaged file is refused with the line', () => {
  const faults: [from: string | RegExp, to: string, line: number, field: string][] = [
    ['tree\n', 'forest\n', 1, 'tree'],
    ['version=v4', 'version=v9', 2, 'version'],
    ['num_class=1', 'num_class=3', 3, 'num_class'],
    ['price ctr cat', 'price ctr', 8, 'feature_names'],
    ['Tree=1', 'Tree=7', 23, 'Tree'],
    ['num_leaves=4', 'num_leaves=1000000000', 14, 'split_feature'],
    ['num_leaves=4\n', '', 12, 'num_leaves'],
    ['num_leaves=4\n', 'num_leaves=4\nnum_leaves=4\n', 13, 'num_leaves'],
    ['split_feature=0 2 1', 'split_feature=0 3 1', 14, 'split_feature'],
    ['split_feature=0 2 1', 'split_feature=0 2', 14, 'split_feature'],
    ['threshold=10.5', 'threshold=ten', 15, 'threshold'],
    ['threshold=10.5 0', 'threshold=10.5 1', 15, 'threshold'],
    ['threshold=10.5 0', 'threshold=10.5 nan', 15, 'threshold'],
    ['left_child=1 -1', 'left_child=0 -1', 17, 'left_child'],
    ['left_child=1 -1', 'left_child=2 -1', 17, 'left_child'],
    ['left_child=1 -1', 'left_child=1 -5', 17, 'left_child'],
    ['left_child=1 -1', 'left_child=1 -2', 17, 'left_child'],
    ['leaf_value=0.5', 'leaf_value=inf', 19, 'leaf_value'],
    ['cat_boundaries=0 2', 'cat_boundaries=0 3', 20, 'cat_boundaries'],
    ['cat_boundaries=0 2', 'cat_boundaries=2 2', 20, 'cat_boundaries'],
    ['cat_threshold=5 256', 'cat_threshold=5 -1', 21, 'cat_threshold'],
    ['end of trees\n', '', 43, 'file'],
  ]
  for (const [from, to, line, field] of faults) {
    assert.notEqual(byHand.replace(from, to), byHand)
    assert.throws(
      () => readLightGbm(byHand.replace(from, to), 'model.txt'),
      (error) => {
        assert.ok(error instanceof InvalidRowError, String(error))
        assert.deepEqual([error.fault.file, error.fault.line, error.fault.field], ['model.txt', line, field])
        return true
      },
    )
  }
})

test('mutated files are refused with a typed error, or read as a model that can be scored', () => {
  const texts = [byHand, written]
  const pieces = [
    '-1',
    '0',
    '1',
    '99999999999',
    '1e999',
    'nan',
    ' ',
    '\n',
    '=',
    'Tree=0',
    '-',
    '.',
    '\0',
    '4294967295',
  ]
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    length: fc.integer({ min: 0, max: 12 }),
    piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })),
  })
  const random = createRandom(6)
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
      let mutated = text
      for (const { at, length, piece } of edits) {
        const from = Math.floor(at * mutated.length)
        mutated = mutated.slice(0, from) + piece + mutated.slice(from + length)
      }
      let model: TreeModel
      try {
        model = readLightGbm(mutated, 'mutated.txt')
      } catch (error) {
        assert.ok(error instanceof InvalidRowError, `${error}`)
        return
      }
      const values = randomValues(8 * model.featureNames.length, random)
      const expected = new Float32Array(8)
      const scores = new Float32Array(8)
      traverseTrees(model, values, 8, expected)
      treeScorer(model).score(values, 8, scores)
      assert.deepEqual(scores, expected)
    }),
    { numRuns: 4000 },
  )
})

test('a feature whose name the format cannot hold is refused', () => {
  const model = { ...modelOf([], 1), featureNames: ['two words'] }
  assert.throws(() => writeLightGbm(model), /white space/)
})
