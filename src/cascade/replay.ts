/** @file Brings what the store got after a snapshot was made into the live state of a recommender. */

import type { Store } from '../store/store.ts'
import { uncountedFrom } from './count-log.ts'
import type { Recommender } from './recommender.ts'

/**
 * Items that are new or other than in the snapshot, all hides, then what is after its positions in the logs: requests for
 * the counters first, since events name them.
 */
export async function replay(store: Store, recommender: Recommender): Promise<void> {
  for (const items of store.items()) {
    const changed = items.filter((item) => recommender.differs(item))
    if (changed.length > 0) await recommender.replayItems(changed)
  }
  // A snapshot knows nothing of hides: they say nothing about liking, and hold for good.
  for (const { user, item } of store.hides()) recommender.hideFrom(user, item)
  const { manifest, counters } = recommender.snapshot
  for (const { requests } of store.requests(uncountedFrom(store, counters))) {
    // A snapshot without counters is followed from when it was made: of what was before, events are not replayed.
    const after = requests.filter(
      ({ request }) => counters !== undefined || request.time >= manifest.fittedAt,
    )
    recommender.replayRequests(after.map(({ request }) => request))
  }
  for (const { events } of store.events(manifest.eventPosition)) await recommender.replayEvents(events)
}
