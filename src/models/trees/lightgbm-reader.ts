/**
 * @file Reads LightGBM's text model format, versions 3 and 4 (`GBDT::LoadModelFromString`), and trusts nothing in it:
 * every length, index and category set is checked, and every tree is one tree.
 */

import { checkTree } from './check-tree.ts'
import { type Entry, type ModelLines, openLines, type Section } from './model-lines.ts'
import { CATEGORICAL, type Tree, type TreeModel } from './tree-model.ts'

const VERSIONS = ['v3', 'v4']
/** Features beyond this are a damaged file, not a model. */
const MOST_FEATURES = 1_000_000
const MOST_INTEGER = 2 ** 31 - 1
const MOST_WORD = 2 ** 32 - 1

/**
 * @param file name for messages
 * @throws InvalidRowError that names the line and the field
 */
export function readLightGbm(text: string, file: string): TreeModel {
  const lines = openLines(text, file)
  if (lines.current() !== 'tree') lines.fail('tree', lines.current(), 'the word "tree" on the first line')
  lines.next()
  const header = lines.section()
  const model = readHeader(lines, header)
  const trees: Tree[] = []
  while (lines.current() !== 'end of trees') {
    if (lines.current() !== `Tree=${trees.length}`) {
      lines.fail('Tree', lines.current(), `Tree=${trees.length} or "end of trees"`)
    }
    trees.push(readTree(lines, model.featureNames.length))
  }
  const sizes = header.fields.get('tree_sizes')
  if (sizes && tokensOf(sizes).length !== trees.length) {
    lines.failAt(sizes, 'tree_sizes', `one for each of ${trees.length} trees`)
  }
  return { ...model, trees, parameters: lines.parameters() }
}

function readHeader(lines: ModelLines, header: Section): Omit<TreeModel, 'trees' | 'parameters'> {
  const version = lines.required(header, 'version')
  if (!VERSIONS.includes(version.value)) lines.failAt(version, 'version', VERSIONS.join(' or '))
  for (const name of ['num_class', 'num_tree_per_iteration']) {
    const entry = lines.required(header, name)
    if (entry.value !== '1') lines.failAt(entry, name, '1: models with several classes have no single score')
  }
  const names = lines.required(header, 'feature_names')
  const featureNames = tokensOf(names)
  const [highest] = lines.integers(header, 'max_feature_idx', 1, 0, MOST_FEATURES)
  if (featureNames.length !== highest + 1) lines.failAt(names, 'feature_names', `${highest + 1} names`)
  const infos = header.fields.get('feature_infos')
  const featureInfos = infos ? tokensOf(infos) : featureNames.map(() => 'none')
  if (infos && featureInfos.length !== featureNames.length) {
    lines.failAt(infos, 'feature_infos', `${featureNames.length} of them`)
  }
  return {
    featureNames,
    featureInfos,
    monotoneConstraints: header.fields.has('monotone_constraints')
      ? lines.integers(header, 'monotone_constraints', featureNames.length, -1, 1)
      : [],
    objective: header.fields.get('objective')?.value ?? '',
    averageOutput: header.fields.has('average_output'),
  }
}

function readTree(lines: ModelLines, features: number): Tree {
  const first = lines.at()
  lines.next()
  const section = lines.section()
  const [leaves] = lines.integers(section, 'num_leaves', 1, 1, MOST_INTEGER)
  const [sets] = lines.integers(section, 'num_cat', 1, 0, Math.max(0, leaves - 1))
  const linear = section.fields.get('is_linear')
  if (linear && linear.value !== '0') lines.failAt(linear, 'is_linear', '0: linear trees are not supported')
  const nodes = leaves - 1
  const nodeIntegers = (name: string, least: number, most: number) =>
    lines.integers(section, name, nodes, least, most)
  const numbers = (name: string, count: number) => Float64Array.from(lines.numbers(section, name, count))
  const optional = (name: string, count: number) =>
    section.fields.has(name) ? numbers(name, count) : new Float64Array(count)
  const counts = (name: string, count: number) =>
    section.fields.has(name)
      ? Uint32Array.from(lines.integers(section, name, count, 0, MOST_WORD))
      : new Uint32Array(count)
  const tree: Tree = {
    splitFeature: Int32Array.from(nodeIntegers('split_feature', 0, features - 1)),
    splitGain: optional('split_gain', nodes),
    threshold: numbers('threshold', nodes),
    decisionType: Uint8Array.from(nodeIntegers('decision_type', 0, 15)),
    leftChild: Int32Array.from(nodeIntegers('left_child', -leaves, nodes - 1)),
    rightChild: Int32Array.from(nodeIntegers('right_child', -leaves, nodes - 1)),
    leafValue: numbers('leaf_value', leaves),
    leafWeight: optional('leaf_weight', leaves),
    leafCount: counts('leaf_count', leaves),
    internalValue: optional('internal_value', nodes),
    internalWeight: optional('internal_weight', nodes),
    internalCount: counts('internal_count', nodes),
    catBoundaries: Uint32Array.from(
      sets > 0 ? lines.integers(section, 'cat_boundaries', sets + 1, 0, MOST_WORD) : [],
    ),
    catThreshold: Uint32Array.from(sets > 0 ? readSets(lines, section) : []),
    shrinkage: section.fields.has('shrinkage') ? lines.numbers(section, 'shrinkage', 1)[0] : 1,
  }
  for (const type of tree.decisionType) {
    if ((type & CATEGORICAL) !== 0 && sets === 0)
      lines.failAt(first, 'decision_type', 'numeric nodes, num_cat being 0')
  }
  const fault = checkTree(tree)
  if (fault) lines.failAt(section.fields.get(fault.field) ?? first, fault.field, fault.expected)
  return tree
}

/** As many words as the last boundary says; `checkTree` looks at the boundaries themselves. */
function readSets(lines: ModelLines, section: Section): number[] {
  const words = tokensOf(lines.required(section, 'cat_threshold')).length
  return lines.integers(section, 'cat_threshold', words, 0, MOST_WORD)
}

const tokensOf = ({ value }: Entry) => value.split(' ').filter((token) => token !== '')
