/** @file One source fitted and opened on a small world, for tests of what its options do. */

import { after } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import type { LiveItem, SourceDefinition } from '../../src/sources/source.ts'
import { worldDataset } from '../data/world-dataset.ts'

export const ITEMS = 400
const { dataset, remove } = await worldDataset(
  { items: ITEMS, users: 200, events: 5_000, collections: 30, topics: 8 },
  false,
)
after(remove)
const graph = itemGraphOf(dataset)
export const shared = { catalog: dataset.catalog, users: dataset.users, graph }

export const { interactions } = dataset

export const input = { dataset, graph, threads: 1, seed: 1, progress: silentProgress }

/** Comes after the fit. */
export const late: LiveItem = {
  index: ITEMS,
  title: 'copper kettle',
  text: 'a hammered copper kettle for the kitchen',
  tags: ['kettle'],
  category: 'kitchen',
  region: '',
  language: '',
  createdAt: 0,
}

export async function fitOne<Options>(definition: SourceDefinition<Options>, given: object) {
  const artefact = await definition.fit(input, definition.options.parse(given))
  return { artefact, source: definition.open(artefact, shared) }
}
