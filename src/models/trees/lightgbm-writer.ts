/** @file Writes boosted trees in LightGBM's text model format, version 4 (`GBDT::SaveModelToString`). */

import { InvalidOptionError } from '../../base/errors.ts'
import { importanceOf } from './importance.ts'
import { leavesOf, type Tree, type TreeModel } from './tree-model.ts'

/**
 * Numbers are written so that reading gives back the same doubles.
 *
 * @throws InvalidOptionError when a feature's name has white space, which the format cannot hold
 */
export function writeLightGbm(model: TreeModel): string {
  const { featureNames, featureInfos, monotoneConstraints, objective, averageOutput, parameters } = model
  for (const name of featureNames) {
    if (!/^\S+$/.test(name)) throw new InvalidOptionError('feature', name, 'a name without white space')
  }
  const trees = model.trees.map((tree, k) => `Tree=${k}\n${treeText(tree)}\n\n`)
  const header = [
    'tree',
    'version=v4',
    'num_class=1',
    'num_tree_per_iteration=1',
    'label_index=0',
    `max_feature_idx=${featureNames.length - 1}`,
    `objective=${objective}`,
    ...(averageOutput ? ['average_output'] : []),
    `feature_names=${featureNames.join(' ')}`,
    ...(monotoneConstraints.length > 0 ? [`monotone_constraints=${monotoneConstraints.join(' ')}`] : []),
    `feature_infos=${featureInfos.join(' ')}`,
    `tree_sizes=${trees.map((text) => Buffer.byteLength(text)).join(' ')}`,
  ]
  return [
    `${header.join('\n')}\n\n`,
    ...trees,
    'end of trees\n\n',
    `feature_importances:\n${importanceText(model)}\n`,
    `parameters:\n${parameters.map(([name, value]) => `[${name}: ${value}]\n`).join('')}\nend of parameters\n`,
  ].join('')
}

function treeText(tree: Tree): string {
  const isCategorical = tree.catBoundaries.length > 0
  const lines = [
    `num_leaves=${leavesOf(tree)}`,
    `num_cat=${isCategorical ? tree.catBoundaries.length - 1 : 0}`,
    `split_feature=${tree.splitFeature.join(' ')}`,
    `split_gain=${tree.splitGain.join(' ')}`,
    `threshold=${Array.from(tree.threshold, numberText).join(' ')}`,
    `decision_type=${tree.decisionType.join(' ')}`,
    `left_child=${tree.leftChild.join(' ')}`,
    `right_child=${tree.rightChild.join(' ')}`,
    `leaf_value=${tree.leafValue.join(' ')}`,
    `leaf_weight=${tree.leafWeight.join(' ')}`,
    `leaf_count=${tree.leafCount.join(' ')}`,
    `internal_value=${tree.internalValue.join(' ')}`,
    `internal_weight=${tree.internalWeight.join(' ')}`,
    `internal_count=${tree.internalCount.join(' ')}`,
  ]
  if (isCategorical) {
    lines.push(
      `cat_boundaries=${tree.catBoundaries.join(' ')}`,
      `cat_threshold=${tree.catThreshold.join(' ')}`,
    )
  }
  lines.push('is_linear=0', `shrinkage=${tree.shrinkage}`)
  return `${lines.join('\n')}\n`
}

/** As C++ streams read it. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? 'inf' : '-inf'
}

/** Features that split anything, the most frequent first. */
function importanceText(model: TreeModel): string {
  const splits = importanceOf(model, 'split')
  return model.featureNames
    .map((name, f) => ({ name, count: splits[f] }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ name, count }) => `${name}=${count}\n`)
    .join('')
}
