/** @file What users did after the snapshot, beside what the snapshot knows of them; bounded in memory. */

import type { ItemIndex, UserId, UserIndex } from '../base/id-table.ts'
import type { Histories } from './snapshot.ts'

/** Touches kept per user, the latest ones. */
const MAX_TOUCHES = 500
/** Users whose touches are kept; the ones that were silent longest are forgotten until the next fit. */
const MAX_USERS = 200_000

/** Distinct items, oldest first, with the time of their last touch. */
export interface RecentItems {
  items: Uint32Array
  times: Float64Array
}

export class LiveHistories {
  readonly #histories: Histories
  /** Insertion order is the order of the last touch. */
  readonly #live = new Map<UserId, Map<ItemIndex, number>>()

  constructor(histories: Histories) {
    this.#histories = histories
  }

  touch(user: UserId, item: ItemIndex, time: number): void {
    const touches = this.#live.get(user) ?? new Map<ItemIndex, number>()
    this.#live.delete(user)
    this.#live.set(user, touches)
    touches.delete(item)
    touches.set(item, time)
    if (touches.size > MAX_TOUCHES) touches.delete(touches.keys().next().value!)
    if (this.#live.size > MAX_USERS) this.#live.delete(this.#live.keys().next().value!)
  }

  knows(user: UserId): boolean {
    return this.#live.has(user)
  }

  /** @param index the user's place in the snapshot, -1 when it does not know the user */
  of(user: UserId, index: UserIndex): RecentItems {
    const live = this.#live.get(user)
    const { items, times } = this.#histories
    const start = index < 0 ? 0 : items.offsets[index]!
    const end = index < 0 ? 0 : items.offsets[index + 1]!
    if (!live) return { items: items.targets.slice(start, end), times: times.slice(start, end) }
    const merged = new Map<ItemIndex, number>()
    for (let k = start; k < end; k++)
      if (!live.has(items.targets[k]!)) merged.set(items.targets[k]!, times[k]!)
    for (const [item, time] of live) merged.set(item, time)
    return { items: Uint32Array.from(merged.keys()), times: Float64Array.from(merged.values()) }
  }
}
