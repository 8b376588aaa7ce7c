/** @file Both sources with towers take the towers' options: attention pooling and hard negatives. */

import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import { mixtureOfLogitsSource } from '../../src/sources/mixture-of-logits.ts'
import type { LiveItem, SourceDefinition } from '../../src/sources/source.ts'
import { twoTowerSource } from '../../src/sources/two-tower.ts'
import { worldDataset } from '../data/world-dataset.ts'
import { requestFor } from './requests.ts'

const ITEMS = 400
const { dataset, remove } = await worldDataset(
  { items: ITEMS, users: 200, events: 5_000, collections: 30, topics: 8 },
  false,
)
after(remove)
const graph = itemGraphOf(dataset)
const shared = { catalog: dataset.catalog, users: dataset.users, graph }
const late: LiveItem = {
  index: ITEMS,
  title: 'copper kettle',
  text: 'a hammered copper kettle for the kitchen',
  tags: ['kettle'],
  category: 'kitchen',
  region: '',
  language: '',
  createdAt: 0,
}

async function open<Options>(definition: SourceDefinition<Options>, given: object) {
  const pace = { temperature: 0.2, rate: 0.003, tableRate: 0.005, epochs: 3, candidates: 64 }
  const options = definition.options.parse({ ...pace, dim: 16, hidden: 16, content: 16, ...given })
  const input = { dataset, graph, threads: 1, seed: 1, progress: silentProgress }
  const artefact = await definition.fit(input, options)
  return { artefact, source: definition.open(artefact, shared) }
}

for (const [name, fit] of [
  ['two-tower', (given: object) => open(twoTowerSource, given)],
  ['mixture-of-logits', (given: object) => open(mixtureOfLogitsSource, { first: 8, ...given })],
] as const) {
  test(`${name}: attention is kept with the rows, and what arrives later is weighed too`, async () => {
    const [summed, attentive] = [await fit({}), await fit({ pooling: 'attention' })]
    const namesOf = ({ artefact }: typeof summed) =>
      Object.keys(artefact.arrays).filter((one) => one.startsWith('rows.attention'))
    assert.deepEqual(namesOf(summed), [])
    assert.equal(namesOf(attentive).length, 3)
    const { source } = attentive
    source.addItems?.([late])
    const propose = (items: number[]) => source.propose(requestFor(items), 20)
    assert.ok(propose([1, 5, 9]).items.length === 20)
    assert.notDeepEqual(propose([1, 5, 9, ITEMS]).scores, propose([1, 5, 9]).scores)
    // Without a preference for any of its items an artefact is that of a sum.
    const none = attentive.artefact.arrays['rows.attention.keyWeight'] as Float32Array
    const before = propose([1, 5, 9]).scores
    none.fill(0)
    assert.notDeepEqual(propose([1, 5, 9]).scores, before)
  })

  test(`${name}: hard negatives change what is learned`, async () => {
    const [without, hard] = [await fit({}), await fit({ hardNegatives: 4 })]
    const rows = ({ artefact }: typeof hard) => artefact.arrays['rows.history.values']
    assert.notDeepEqual(rows(hard), rows(without))
  })
}
