/** @file Collects records of a reader into batches, since each write to the store is one transaction. */

import type { Collection, EventRecord, Item, User } from '../store/records.ts'
import type { Store } from '../store/store.ts'

/** Large enough that a transaction's fixed cost vanishes, small enough to stay in the young heap. */
const BATCH = 20_000

/** Writes to a store in batches; call `flush` at the end. */
export class StoreWriter {
  readonly #store: Store
  #items: Item[] = []
  #users: User[] = []
  #collections: Collection[] = []
  #events: EventRecord[] = []
  /** Events handed over so far. */
  events = 0

  constructor(store: Store) {
    this.#store = store
  }

  item(item: Partial<Item> & { id: string }): void {
    this.#items.push({
      title: '',
      text: '',
      tags: [],
      attributes: {},
      image: null,
      createdAt: null,
      hidden: false,
      ...item,
    })
    if (this.#items.length >= BATCH) this.#flushItems()
  }

  user(user: User): void {
    this.#users.push(user)
    if (this.#users.length >= BATCH) this.#flushUsers()
  }

  collection(collection: Collection): void {
    this.#collections.push(collection)
    if (this.#collections.length >= BATCH) this.#flushCollections()
  }

  event(event: Pick<EventRecord, 'user' | 'item' | 'kind'> & Partial<EventRecord>): void {
    this.#events.push({ id: null, time: null, value: null, session: null, context: null, ...event })
    this.events++
    if (this.#events.length >= BATCH) this.#flushEvents()
  }

  flush(): void {
    this.#flushItems()
    this.#flushUsers()
    this.#flushCollections()
    this.#flushEvents()
  }

  #flushItems(): void {
    if (this.#items.length > 0) this.#store.putItems(this.#items)
    this.#items = []
  }

  #flushUsers(): void {
    if (this.#users.length > 0) this.#store.putUsers(this.#users)
    this.#users = []
  }

  #flushCollections(): void {
    if (this.#collections.length > 0) this.#store.putCollections(this.#collections)
    this.#collections = []
  }

  #flushEvents(): void {
    if (this.#events.length > 0) this.#store.appendEvents(this.#events)
    this.#events = []
  }
}
