/** @file The binary user × item matrix of the training interactions. */

import { type Csr, csrFromEdges, transpose } from '../../base/csr.ts'
import { sharedFloat32, sharedUint32 } from '../../base/shared.ts'
import type { Interactions, Protocol } from '../../data/dataset.ts'

/** Distinct items of every user, ascending; rows are sessions where the protocol is one of sessions. */
export function trainMatrix(train: Interactions, protocol: Protocol, users: number, items: number): Csr {
  const bySession = protocol === 'sessions, temporal'
  const row = bySession ? train.session.subarray(0, train.length) : train.user.subarray(0, train.length)
  let rows = users
  if (bySession) {
    rows = 1
    for (const session of row) rows = Math.max(rows, session + 1)
  }
  // Transposing twice sorts each row.
  const sorted = transpose(
    transpose(csrFromEdges(rows, items, { from: row, to: train.item.subarray(0, train.length) })),
  )
  const offsets = sharedUint32(rows + 1)
  let kept = 0
  for (let r = 0; r < rows; r++) {
    for (let k = sorted.offsets[r]!; k < sorted.offsets[r + 1]!; k++) {
      const repeated = k > sorted.offsets[r]! && sorted.targets[k] === sorted.targets[k - 1]
      if (!repeated) sorted.targets[kept++] = sorted.targets[k]!
    }
    offsets[r + 1] = kept
  }
  const targets = sharedUint32(kept)
  targets.set(sorted.targets.subarray(0, kept))
  return { rows, columns: items, offsets, targets }
}

/** How many users (sessions) touched each item. */
export function popularityOf(matrix: Csr): Float32Array {
  const popularity = sharedFloat32(matrix.columns)
  for (const item of matrix.targets) popularity[item]!++
  return popularity
}
