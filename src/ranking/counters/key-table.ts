/** @file Keys of three 32-bit numbers to dense entries, by open addressing; entries can be given to other keys. */

export interface CounterKey {
  arm: number
  query: number
  item: number
}

const WORDS = 3

/** A fixed number of entries; load factor of the slots ≤ ½. */
export class KeyTable {
  readonly capacity: number
  /** Entries in use are 0 … size − 1. */
  size = 0
  /** Entry e has words `3e .. 3e + 2`: arm, query, item. */
  readonly keys: Uint32Array
  /** Entry + 1; 0 = empty. */
  readonly #slots: Uint32Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.keys = new Uint32Array(capacity * WORDS)
    let slots = 4
    while (slots < capacity * 2) slots *= 2
    this.#slots = new Uint32Array(slots)
  }

  /** @returns −1 when the key has no entry */
  find(key: CounterKey): number {
    return this.#slots[this.#slotOf(key)]! - 1
  }

  /** Gives the key, which has none, the next unused entry; there must be one. */
  add(key: CounterKey): number {
    const entry = this.size++
    this.#write(entry, key)
    return entry
  }

  /** Takes the entry from its key and gives it to another, which has none. */
  replace(entry: number, key: CounterKey): void {
    this.#remove(this.#slotOf(this.keyAt(entry)))
    this.#write(entry, key)
  }

  keyAt(entry: number): CounterKey {
    const at = entry * WORDS
    return { arm: this.keys[at]!, query: this.keys[at + 1]!, item: this.keys[at + 2]! }
  }

  #write(entry: number, { arm, query, item }: CounterKey): void {
    this.keys.set([arm, query, item], entry * WORDS)
    this.#slots[this.#slotOf({ arm, query, item })] = entry + 1
  }

  /** Where the key stands, or the empty slot where it would. */
  #slotOf(key: CounterKey): number {
    const slots = this.#slots
    const keys = this.keys
    const mask = slots.length - 1
    for (let slot = hashKey(key) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot]!
      if (found === 0) return slot
      const at = (found - 1) * WORDS
      if (keys[at] === key.arm && keys[at + 1] === key.query && keys[at + 2] === key.item) return slot
    }
  }

  /** Moves back what was pushed on past the emptied slot, so that no search ends too early. */
  #remove(slot: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = slot
    for (let at = (slot + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = hashKey(this.keyAt(slots[at]! - 1)) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      slots[hole] = slots[at]!
      hole = at
    }
    slots[hole] = 0
  }
}

/** Mixes the words (murmur3's steps). */
export function hashKey({ arm, query, item }: CounterKey): number {
  let hash = Math.imul(item ^ Math.imul(query, 0xcc9e2d51), 0x1b873593)
  hash = Math.imul(hash ^ (hash >>> 16) ^ arm, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
