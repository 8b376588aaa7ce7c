/** @file Repeated (user, item) pairs in data that has no order: which rows to keep. */

/**
 * Keeps one row of each pair: the first training row, or the first test row where the pair is in test only. A pair
 * that stands on both sides would be a question whose answer was given.
 *
 * @param pairs rows, length n
 * @param heldOut 1 = test; length n
 * @returns the rows kept, ascending
 */
export function firstOfEachPair(
  pairs: { user: Uint32Array; item: Uint32Array },
  users: number,
  items: number,
  heldOut: Uint8Array,
): Uint32Array {
  const count = pairs.user.length
  const byUser = rowsByUser(pairs.user, users)
  // seenBy[i] = 1 + the user at hand, once that user's pair with item i is kept.
  const seenBy = new Uint32Array(items)
  const keep = new Uint8Array(count)
  for (let start = 0; start < count; ) {
    const user = pairs.user[byUser[start]]
    let end = start
    while (end < count && pairs.user[byUser[end]] === user) end++
    for (const side of [0, 1]) {
      for (let k = start; k < end; k++) {
        const row = byUser[k]
        if (heldOut[row] !== side || seenBy[pairs.item[row]] === user + 1) continue
        seenBy[pairs.item[row]] = user + 1
        keep[row] = 1
      }
    }
    start = end
  }
  const rows = new Uint32Array(count)
  let kept = 0
  for (let row = 0; row < count; row++) if (keep[row]) rows[kept++] = row
  return rows.slice(0, kept)
}

/** Row numbers sorted by user, each user's rows in their own order (counting sort). */
export function rowsByUser(user: Uint32Array, users: number): Uint32Array {
  const starts = new Uint32Array(users + 1)
  for (let k = 0; k < user.length; k++) starts[user[k] + 1]++
  for (let u = 0; u < users; u++) starts[u + 1] += starts[u]
  const rows = new Uint32Array(user.length)
  for (let k = 0; k < user.length; k++) rows[starts[user[k]]++] = k
  return rows
}
