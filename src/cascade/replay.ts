/** @file Brings what the store got after a snapshot was made into the live state of a recommender. */

import type { Store } from '../store/store.ts'
import type { Recommender } from './recommender.ts'

/** Items that are new or other than in the snapshot, all hides, then the events after its position in the log. */
export async function replay(store: Store, recommender: Recommender): Promise<void> {
  for (const items of store.items()) {
    const changed = items.filter((item) => recommender.differs(item))
    if (changed.length > 0) await recommender.replayItems(changed)
  }
  // A snapshot knows nothing of hides: they say nothing about liking, and hold for good.
  for (const { user, item } of store.hides()) recommender.hideFrom(user, item)
  for (const { events } of store.events(recommender.snapshot.manifest.eventPosition)) {
    recommender.replayEvents(events)
  }
}
