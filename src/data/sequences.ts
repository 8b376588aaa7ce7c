/** @file What happened one after the other: sessions where a dataset has them, else each user's events in time order. */

import { type Csr, csrFromEdges } from '../base/csr.ts'
import type { Interactions } from './dataset.ts'

/** Sequences × items in order, repeats kept; `times` beside the targets, null without times. */
export interface Sequences {
  rows: Csr
  times: Float64Array | null
}

/** @param interactions in time order */
export function sequencesOf(interactions: Interactions, users: number, items: number): Sequences {
  const hasSessions = interactions.session.some((session) => session > 0)
  let sequences = users
  let owner = interactions.user
  if (hasSessions) {
    // Events outside sessions form sequences of their users, behind the sessions.
    let sessions = 0
    for (const session of interactions.session) if (session > sessions) sessions = session
    owner = interactions.session.map((session, k) =>
      session > 0 ? session - 1 : sessions + interactions.user[k]!,
    )
    sequences = sessions + users
  }
  const places = csrFromEdges(sequences, interactions.length, {
    from: owner,
    to: ascending(interactions.length),
  })
  const targets = places.targets.map((k) => interactions.item[k]!)
  const times = interactions.time && Float64Array.from(places.targets, (k) => interactions.time![k]!)
  return { rows: { rows: sequences, columns: items, offsets: places.offsets, targets }, times }
}

function ascending(count: number): Uint32Array {
  const values = new Uint32Array(count)
  for (let k = 0; k < count; k++) values[k] = k
  return values
}
