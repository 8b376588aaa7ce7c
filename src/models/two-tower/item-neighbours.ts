/** @file What items were taken together with most, which an earlier stage would propose: hard negatives come from it. */

import { type Csr, selectRows } from '../../base/csr.ts'
import { buildItemGraph } from '../../graph/build-graph.ts'
import { type CoOccurrenceOptions, coOccurrence } from '../../graph/co-occurrence.ts'
import { lastMade } from './last-made.ts'

/** As the source `co-occurrence` counts; so few neighbours that they take no more room than the items' rows. */
const OPTIONS: CoOccurrenceOptions = {
  neighbours: 32,
  normalisation: { kind: 'power', query: 0.5, item: 0.3, shrinkage: 0 },
  collectionWeighting: 1,
  maxCollectionSize: 5000,
}
/** Users that are counted at most: enough to know what goes together. */
const USERS = 200_000

const lastNeighbours = lastMade<Csr>()

/**
 * @param histories users × items
 * @param learners users that are looked at, in any order
 * @returns items × items, of each the few that share most users with it
 */
export function itemNeighbours(histories: Csr, learners: Uint32Array, threads: number): Promise<Csr> {
  const users = learners.slice(0, USERS)
  return lastNeighbours(histories, { users }, () => {
    const { offsets, targets } = selectRows(histories, users)
    const collection = new Uint32Array(targets.length)
    for (let user = 0; user < users.length; user++) collection.fill(user, offsets[user], offsets[user + 1])
    const graph = buildItemGraph({
      ...{ items: histories.columns, collections: users.length },
      ...{ collection, item: targets },
    })
    return coOccurrence(graph, OPTIONS, threads)
  })
}
