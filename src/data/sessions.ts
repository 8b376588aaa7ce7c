/** @file Sessions: numbered in the order in which they begin, and as sequences of items. */

import { type Csr, csrFromEdges } from '../base/csr.ts'
import type { Interactions } from './dataset.ts'

/**
 * Renumbers the sessions of interactions that are in time order: session 1 begins first. Sessions that begin at the
 * same moment are ordered by their user's index, then by their old number.
 */
export function numberSessions(interactions: Interactions): void {
  const { session, user, time, length } = interactions
  const begins = firstRows(session)
  const order = begins
    .filter((row) => row !== NONE)
    .sort((a, b) => (time ? time[a] - time[b] : a - b) || user[a] - user[b] || session[a] - session[b])
  const renumbered = new Uint32Array(begins.length)
  order.forEach((row, k) => {
    renumbered[session[row]] = k + 1
  })
  for (let k = 0; k < length; k++) session[k] = renumbered[session[k]]
}

/** Number of sessions; they are numbered 1 … n. */
export function sessionCount(interactions: Interactions): number {
  let most = 0
  for (let k = 0; k < interactions.length; k++)
    if (interactions.session[k] > most) most = interactions.session[k]
  return most
}

/**
 * Sessions × items, each session's items in time order with repeats; row s is session s + 1, so rows are in the order
 * in which the sessions begin. Sessions without interactions here (they are in the other half of a split) are empty
 * rows.
 */
export function sessionSequences(interactions: Interactions, items: number): Csr {
  const rows = interactions.session.map((session) => session - 1)
  if (!interactions.session.includes(0)) {
    return csrFromEdges(sessionCount(interactions), items, { from: rows, to: interactions.item })
  }
  const inSession = Uint32Array.from(rows.keys()).filter((k) => interactions.session[k] !== 0)
  return csrFromEdges(sessionCount(interactions), items, {
    from: inSession.map((k) => rows[k]),
    to: inSession.map((k) => interactions.item[k]),
  })
}

const NONE = 0xffffffff

/** First row of each session number; NONE for number 0 and numbers that do not occur. */
function firstRows(session: Uint32Array): Uint32Array {
  let most = 0
  for (let k = 0; k < session.length; k++) if (session[k] > most) most = session[k]
  const first = new Uint32Array(most + 1).fill(NONE)
  for (let k = session.length - 1; k >= 0; k--) if (session[k] !== 0) first[session[k]] = k
  return first
}
