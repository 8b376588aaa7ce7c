/** @file Brings what the store got after a snapshot was made into the live state of a recommender. */

import type { Store } from '../store/store.ts'
import { uncountedFrom } from './count-log.ts'
import type { Recommender } from './recommender.ts'

/** Positions up to which the logs were read. */
export interface ReplayedTo {
  requests: number
  events: number
}

/** Records read at once: whoever shares the thread is held up for so long. */
const BATCH = 100

const goOn = async () => {}

/**
 * Items that are new or other than in the snapshot, all hides, then what is after its positions in the logs: requests for
 * the counters first, since events name them.
 *
 * @param pause waited for after each batch, so that others get their turn
 */
export async function replay(
  store: Store,
  recommender: Recommender,
  pause: () => Promise<unknown> = goOn,
): Promise<ReplayedTo> {
  for (const items of store.items(BATCH)) {
    const changed = items.filter((item) => recommender.differs(item))
    if (changed.length > 0) await recommender.replayItems(changed)
    await pause()
  }
  // A snapshot knows nothing of hides: they say nothing about liking, and hold for good.
  for (const { user, item } of store.hides()) recommender.hideFrom(user, item)
  const { manifest, counters } = recommender.snapshot
  const from = { requests: uncountedFrom(store, counters), events: manifest.eventPosition }
  return replayFrom(store, recommender, from, pause)
}

/** What came after those positions. */
export async function replayFrom(
  store: Store,
  recommender: Recommender,
  from: ReplayedTo,
  pause: () => Promise<unknown> = goOn,
): Promise<ReplayedTo> {
  const { manifest, counters } = recommender.snapshot
  const read = { ...from }
  for (const { requests, position } of store.requests(from.requests, BATCH)) {
    // A snapshot without counters is followed from when it was made: of what was before, events are not replayed.
    const after = requests.filter(
      ({ request }) => counters !== undefined || request.time >= manifest.fittedAt,
    )
    recommender.replayRequests(after.map(({ request }) => request))
    read.requests = position
    await pause()
  }
  for (const { events, position } of store.events(from.events, BATCH)) {
    await recommender.replayEvents(events)
    read.events = position
    await pause()
  }
  return read
}
