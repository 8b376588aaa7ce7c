/** @file From answered requests, and from events that name them, to what the live counters count. */

import { hash } from 'node:crypto'
import type { ItemId } from '../base/id-table.ts'
import { type Acted, type Happened, type Shown, UNKNOWN_ITEM } from '../ranking/counters/live-counters.ts'
import { ANY_QUERY } from '../ranking/counters/mem-boost.ts'
import type { Surface } from '../sources/request.ts'
import type { EventRecord, RequestRecord } from '../store/records.ts'
import type { AnsweredRequest } from '../store/request-log.ts'

/** Requests that are kept at hand: what is done with a list is mostly done within minutes. */
const RECENT_REQUESTS = 20_000

export interface CountingParts {
  /** −1 when the item is not known. */
  indexOf(item: ItemId): number
  /** Looks a request up in the log. */
  find(requestId: string): Promise<AnsweredRequest | undefined>
  /** Told in order. */
  tell(happened: readonly Happened[]): void
}

/**
 * One number for the arms of a request: arms of several experiments count together, so that none leaks into another.
 *
 * @returns the first 32 bits of SHA-256 of the sorted `experiment=arm` lines, never 0; 0 in no experiment
 */
export function armNumber(arms: Readonly<Record<string, string>>): number {
  const lines = Object.entries(arms).map(([experiment, arm]) => `${experiment}=${arm}`)
  if (lines.length === 0) return 0
  return hash('sha256', lines.sort().join('\n'), 'buffer').readUInt32LE(0) || 1
}

/** What a logged request showed. */
export function shownBy(
  { surface, arms, item, shown, time }: RequestRecord,
  indexOf: CountingParts['indexOf'],
): Shown {
  const known = (id: ItemId) => {
    const index = indexOf(id)
    return index < 0 ? UNKNOWN_ITEM : index
  }
  return {
    kind: 'shown',
    surface: surface as Surface,
    arm: armNumber(arms),
    query: item === null ? ANY_QUERY : known(item),
    items: Uint32Array.from(shown.items, known),
    time,
  }
}

/** @returns null for an item that was not shown: whoever names it, no impression stands against its click */
export function actedOn({ arm, query, items, time }: Shown, item: number, action: string): Acted | null {
  return items.includes(item) ? { kind: 'acted', arm, query, item, action, time } : null
}

/** Tells counters what is shown and what comes of it. */
export class Counting {
  readonly #parts: CountingParts
  /** By request id, the oldest first. */
  readonly #recent = new Map<string, Shown>()

  constructor(parts: CountingParts) {
    this.#parts = parts
  }

  answered(requests: readonly RequestRecord[]): void {
    this.#parts.tell(requests.map((request) => this.#keep(request)))
  }

  /** Events that name no request, or one that was never logged, count nothing. */
  async acted(events: readonly EventRecord[]): Promise<void> {
    const happened: Happened[] = []
    for (const { context, kind, item } of events) {
      const id = context?.requestId
      // What was shown is counted when it is shown.
      if (typeof id !== 'string' || kind === 'impression') continue
      const shown = this.#recent.get(id) ?? (await this.#fromLog(id))
      const acted = shown && actedOn(shown, this.#parts.indexOf(item), kind)
      if (acted) happened.push(acted)
    }
    if (happened.length > 0) this.#parts.tell(happened)
  }

  async #fromLog(id: string): Promise<Shown | undefined> {
    const found = await this.#parts.find(id)
    return found && this.#keep(found.request)
  }

  #keep(request: RequestRecord): Shown {
    const shown = shownBy(request, this.#parts.indexOf)
    this.#recent.set(request.id, shown)
    if (this.#recent.size > RECENT_REQUESTS) this.#recent.delete(this.#recent.keys().next().value!)
    return shown
  }
}
