/** @file The entry with the smallest key at hand, while keys change: a binary heap that knows where every entry stands. */

/** Equal keys are ordered by entry, so that which one comes first does not depend on history. */
export class EntryHeap {
  readonly #keys: Float64Array
  readonly #heap: Uint32Array
  readonly #places: Uint32Array
  #size = 0

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity)
    this.#heap = new Uint32Array(capacity)
    this.#places = new Uint32Array(capacity)
  }

  /** The entry with the smallest key; there must be one. */
  get smallest(): number {
    return this.#heap[0]!
  }

  /** Adds the next entry: entries are numbered in the order in which they are added. */
  add(key: number): void {
    const entry = this.#size++
    this.#keys[entry] = key
    this.#rise(entry, entry)
  }

  update(entry: number, key: number): void {
    this.#keys[entry] = key
    let place = this.#places[entry]!
    for (let child = 2 * place + 1; child < this.#size; child = 2 * place + 1) {
      if (child + 1 < this.#size && this.#isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++
      if (!this.#isBefore(this.#heap[child]!, entry)) break
      this.#put(this.#heap[child]!, place)
      place = child
    }
    this.#rise(entry, place)
  }

  #rise(entry: number, from: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.#isBefore(entry, this.#heap[parent]!)) break
      this.#put(this.#heap[parent]!, place)
      place = parent
    }
    this.#put(entry, place)
  }

  #put(entry: number, place: number): void {
    this.#heap[place] = entry
    this.#places[entry] = place
  }

  #isBefore(a: number, b: number): boolean {
    const keys = this.#keys
    return keys[a]! < keys[b]! || (keys[a] === keys[b] && a < b)
  }
}
