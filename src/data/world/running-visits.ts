/** @file Visits that are going on at the same moment: gives their events one by one, in time order. */

import { emptyVisit, type Visit } from './session.ts'

/** Where a visit stands. */
interface Running {
  visit: Visit
  /** Number of the visit. */
  session: number
  next: number
}

/** A heap by the time of the next event; equal times by session. Visits that are over are used again. */
export class RunningVisits {
  readonly #heap: Running[] = []
  readonly #idle: Visit[] = []

  /** A visit to be written over and handed to `add`. */
  blank(): Visit {
    return this.#idle.pop() ?? emptyVisit()
  }

  /** @param visit of at least one event */
  add(visit: Visit, session: number): void {
    const heap = this.#heap
    const added: Running = { visit, session, next: 0 }
    let at = heap.length
    heap.push(added)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(added, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = added
  }

  /** When the next event happens, ms; Infinity when no visit is going on. */
  get nextTime(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : timeOf(this.#heap[0])
  }

  /** Hands over the next event; there must be one. */
  take(write: (visit: Visit, event: number, session: number) => void): void {
    const heap = this.#heap
    const first = heap[0]
    write(first.visit, first.next++, first.session)
    if (first.next === first.visit.length) {
      this.#idle.push(first.visit)
      const last = heap.pop()!
      if (heap.length === 0) return
      heap[0] = last
    }
    this.#sinkFirst()
  }

  /** Puts the first entry, whose time has moved on, where it belongs. */
  #sinkFirst(): void {
    const heap = this.#heap
    const moved = heap[0]
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++
      if (!isBefore(heap[child], moved)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = moved
  }
}

function timeOf({ visit, next }: Running): number {
  return visit.times[next]
}

function isBefore(a: Running, b: Running): boolean {
  const difference = timeOf(a) - timeOf(b)
  return difference < 0 || (difference === 0 && a.session < b.session)
}
