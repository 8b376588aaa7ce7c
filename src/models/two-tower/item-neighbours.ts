/** @file What items were taken together with most, which an earlier stage would propose: hard negatives come from it. */

import { type Csr, selectRows } from '../../base/csr.ts'
import { buildItemGraph } from '../../graph/build-graph.ts'
import { type CoOccurrenceOptions, coOccurrence } from '../../graph/co-occurrence.ts'

/** As the source `co-occurrence` counts; so few neighbours that they take no more room than the items' rows. */
const OPTIONS: CoOccurrenceOptions = {
  neighbours: 32,
  normalisation: { kind: 'power', query: 0.5, item: 0.3, shrinkage: 0 },
  collectionWeighting: 1,
  maxCollectionSize: 5000,
}
/** Users that are counted at most: enough to know what goes together. */
const USERS = 200_000

/** What was counted last of histories that are still in use: one trial after the other asks for the same. */
const last = new WeakMap<Csr, { users: Uint32Array; neighbours: Csr }>()

/**
 * @param histories users × items
 * @param learners users that are looked at, in any order
 * @returns items × items, of each the few that share most users with it
 */
export async function itemNeighbours(histories: Csr, learners: Uint32Array, threads: number): Promise<Csr> {
  const users = learners.slice(0, USERS)
  const known = last.get(histories)
  if (known && isSame(known.users, users)) return known.neighbours
  const { offsets, targets } = selectRows(histories, users)
  const collection = new Uint32Array(targets.length)
  for (let user = 0; user < users.length; user++) collection.fill(user, offsets[user], offsets[user + 1])
  const graph = buildItemGraph({
    ...{ items: histories.columns, collections: users.length },
    ...{ collection, item: targets },
  })
  const neighbours = await coOccurrence(graph, OPTIONS, threads)
  last.set(histories, { users, neighbours })
  return neighbours
}

const isSame = (a: Uint32Array, b: Uint32Array) =>
  a.length === b.length && a.every((user, k) => user === b[k])
