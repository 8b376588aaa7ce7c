/**
 * @file What sources proposed for pages, in memory that all threads of a server share: what one worker found, no other has
 * to look for.
 *
 * A set-associative table: a key belongs to one set, and of a set's slots the one that was used longest ago makes room.
 * Nobody waits: a slot that another thread is at counts as unknown, so that a thread that dies costs one slot at most.
 */

import { sharedInt32 } from '../base/shared.ts'
import type { Candidates } from '../sources/candidates.ts'

/** What an answer follows from, as unsigned 32-bit words. */
export type PageKey = Uint32Array
export const KEY_WORDS = 8

/** Slots among which a key may stand. */
const WAYS = 8
/** Longer answers are not kept. */
const LONGEST = 400

/** Words of a slot: lock, time of the last use, length of the answer + 1 (0 = empty), the key, items, scores. */
const LOCK = 0
const USED = 1
const LENGTH = 2
const KEY = 3
const ITEMS = KEY + KEY_WORDS
const SCORES = ITEMS + LONGEST
const SLOT_WORDS = SCORES + LONGEST
/** In front of the slots: counts uses. */
const HEAD_WORDS = 1
const EMPTY = 0

/** A table without answers, to be handed to every thread. Memory is taken as it fills, some 3 kB a slot. */
export function sharedPages(slots: number): Int32Array {
  return sharedInt32(HEAD_WORDS + slots * SLOT_WORDS)
}

export class PageMemory {
  readonly #words: Int32Array
  readonly #unsigned: Uint32Array
  readonly #floats: Float32Array
  readonly #sets: number
  readonly #ways: number

  /** @param words from `sharedPages` */
  constructor(words: Int32Array) {
    this.#words = words
    this.#unsigned = new Uint32Array(words.buffer)
    this.#floats = new Float32Array(words.buffer)
    const slots = (words.length - HEAD_WORDS) / SLOT_WORDS
    this.#ways = Math.min(WAYS, slots)
    this.#sets = Math.floor(slots / this.#ways)
  }

  /** @returns a copy of what was kept, or null */
  find(key: PageKey): Candidates | null {
    const first = this.#setOf(key)
    for (let way = 0; way < this.#ways; way++) {
      const at = first + way * SLOT_WORDS
      if (!this.#holds(at, key) || !this.#lock(at)) continue
      // Looked at again: before the lock another thread may have been half way through writing.
      const found = this.#holds(at, key) ? this.#read(at) : null
      this.#unlock(at)
      if (found) return found
    }
    return null
  }

  keep(key: PageKey, { items, scores }: Candidates): void {
    if (items.length > LONGEST) return
    const at = this.#leastUsed(this.#setOf(key))
    if (!this.#lock(at)) return
    const words = this.#words
    words[at + LENGTH] = items.length + 1
    words.set(key, at + KEY)
    words.set(items, at + ITEMS)
    this.#floats.set(scores, at + SCORES)
    this.#use(at)
    this.#unlock(at)
  }

  #read(at: number): Candidates {
    this.#use(at)
    const length = this.#words[at + LENGTH] - 1
    return {
      items: Uint32Array.from(this.#unsigned.subarray(at + ITEMS, at + ITEMS + length)),
      scores: Float32Array.from(this.#floats.subarray(at + SCORES, at + SCORES + length)),
    }
  }

  #holds(at: number, key: PageKey): boolean {
    if (this.#words[at + LENGTH] === EMPTY) return false
    for (let k = 0; k < KEY_WORDS; k++) if (this.#unsigned[at + KEY + k] !== key[k]) return false
    return true
  }

  #leastUsed(first: number): number {
    const now = this.#words[0]
    let oldest = first
    let oldestAge = -1
    for (let way = 0; way < this.#ways; way++) {
      const at = first + way * SLOT_WORDS
      if (this.#words[at + LENGTH] === EMPTY) return at
      // Unsigned, so that the count may run over.
      const age = (now - this.#words[at + USED]) >>> 0
      if (age <= oldestAge) continue
      oldest = at
      oldestAge = age
    }
    return oldest
  }

  #use(at: number): void {
    this.#words[at + USED] = Atomics.add(this.#words, 0, 1) + 1
  }

  #lock(at: number): boolean {
    return Atomics.compareExchange(this.#words, at + LOCK, 0, 1) === 0
  }

  #unlock(at: number): void {
    Atomics.store(this.#words, at + LOCK, 0)
  }

  /** Where the key's set begins (FNV-1a over words, mixed as in MurmurHash3). */
  #setOf(key: PageKey): number {
    let hash = 0x811c9dc5
    for (let k = 0; k < KEY_WORDS; k++) hash = Math.imul(hash ^ key[k], 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    const set = ((hash ^ (hash >>> 16)) >>> 0) % this.#sets
    return HEAD_WORDS + set * this.#ways * SLOT_WORDS
  }
}
