/** @file Items, users and collections in the database; the last write of an id wins. */

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Interner } from './interner.ts'
import type { Collection, Item, User } from './records.ts'
import { query, type Tables } from './schema.ts'
import { prepare } from './statements.ts'
import type { WriteCount } from './store.ts'

const READ_BATCH = 5_000

type ItemRow = Tables['items']
type CollectionRow = Omit<Tables['collections'], 'owner'> & { owner: string | null }

export class CatalogTables {
  readonly #interners: Record<'items' | 'users', Interner>
  readonly #statements

  constructor(database: DatabaseSync, interners: Record<'items' | 'users', Interner>) {
    this.#interners = interners
    const item = { title: '', text: '', tags: '', attributes: '', image: '', created_at: 0, hidden: 0 }
    this.#statements = {
      addItem: prepare(
        database,
        query
          .insertInto('items')
          .values({ number: 0, id: '', ...item })
          .onConflict((on) => on.column('id').doNothing()),
      ),
      changeItem: prepare(database, query.updateTable('items').set(item).where('id', '=', '')),
      addUser: prepare(
        database,
        query
          .insertInto('users')
          .values({ number: 0, id: '', attributes: '' })
          .onConflict((on) => on.column('id').doNothing()),
      ),
      changeUser: prepare(database, query.updateTable('users').set({ attributes: '' }).where('id', '=', '')),
      addCollection: prepare(
        database,
        query
          .insertInto('collections')
          .values({ number: 0, id: '', title: '', owner: 0, items: new Uint8Array() })
          .onConflict((on) => on.column('id').doNothing()),
      ),
      changeCollection: prepare(
        database,
        query
          .updateTable('collections')
          .set({ title: '', owner: 0, items: new Uint8Array() })
          .where('id', '=', ''),
      ),
      item: prepare(database, query.selectFrom('items').selectAll().where('id', '=', '')),
      user: prepare(database, query.selectFrom('users').selectAll().where('id', '=', '')),
      itemsAfter: pages(
        database,
        query.selectFrom('items').selectAll().where('number', '>', 0).orderBy('number').limit(1),
      ),
      usersAfter: pages(
        database,
        query.selectFrom('users').selectAll().where('number', '>', 0).orderBy('number').limit(1),
      ),
      collectionsAfter: pages(
        database,
        query
          .selectFrom('collections')
          .leftJoin('users', 'users.number', 'collections.owner')
          .select(['collections.number', 'collections.id', 'title', 'users.id as owner', 'items'])
          .where('collections.number', '>', 0)
          .orderBy('collections.number')
          .limit(1),
      ),
      itemIds: database.prepare('select id from items order by number'),
    }
    this.#statements.itemIds.setReturnArrays(true)
  }

  putItems(items: readonly Item[]): WriteCount {
    const { addItem, changeItem } = this.#statements
    return this.#put(items, (item) => {
      const fields = [
        item.title,
        item.text,
        JSON.stringify(item.tags),
        JSON.stringify(item.attributes),
        item.image,
        item.createdAt,
        item.hidden ? 1 : 0,
      ]
      if (addItem.run(null, item.id, ...fields).changes) return true
      changeItem.run(...fields, item.id)
      return false
    })
  }

  putUsers(users: readonly User[]): WriteCount {
    const { addUser, changeUser } = this.#statements
    return this.#put(users, (user) => {
      const attributes = JSON.stringify(user.attributes)
      if (addUser.run(null, user.id, attributes).changes) return true
      changeUser.run(attributes, user.id)
      return false
    })
  }

  putCollections(collections: readonly Collection[]): WriteCount {
    const { addCollection, changeCollection } = this.#statements
    const { items: itemInterner, users } = this.#interners
    return this.#put(collections, ({ id, title, owner, items }) => {
      const numbers = Uint32Array.from(items, (item) => itemInterner.number(item))
      const fields = [title, owner === null ? null : users.number(owner), new Uint8Array(numbers.buffer)]
      if (addCollection.run(null, id, ...fields).changes) return true
      changeCollection.run(...fields, id)
      return false
    })
  }

  item(id: string): Item | undefined {
    const row = this.#statements.item.get(id) as unknown as ItemRow | undefined
    return row && itemOf(row)
  }

  user(id: string): User | undefined {
    const row = this.#statements.user.get(id) as unknown as Tables['users'] | undefined
    return row && userOf(row)
  }

  *items(batch = READ_BATCH): Iterable<Item[]> {
    for (const rows of this.#statements.itemsAfter<ItemRow>(batch)) yield rows.map(itemOf)
  }

  *users(batch = READ_BATCH): Iterable<User[]> {
    for (const rows of this.#statements.usersAfter<Tables['users']>(batch)) yield rows.map(userOf)
  }

  *collections(batch = READ_BATCH): Iterable<Collection[]> {
    const ids: string[] = []
    for (const row of this.#statements.itemIds.iterate()) ids.push((row as unknown as [string])[0])
    for (const rows of this.#statements.collectionsAfter<CollectionRow>(batch)) {
      yield rows.map(({ id, title, owner, items }) => {
        const numbers = new Uint32Array(items.slice().buffer)
        return { id, title, owner, items: Array.from(numbers, (number) => ids[number - 1]!) }
      })
    }
  }

  #put<T>(records: readonly T[], isNew: (record: T) => boolean): WriteCount {
    let added = 0
    for (const record of records) if (isNew(record)) added++
    return { added, updated: records.length - added, repeated: 0 }
  }
}

/** Reads a table page by page along its number, so that writers are never held up. */
function pages(database: DatabaseSync, page: Parameters<typeof prepare>[1]) {
  const select: StatementSync = prepare(database, page)
  return function* read<Row extends { number: number }>(batch: number): Iterable<Row[]> {
    for (let after = 0; ; ) {
      const rows = select.all(after, batch) as unknown as Row[]
      if (rows.length === 0) return
      after = rows.at(-1)!.number
      yield rows
    }
  }
}

function itemOf(row: ItemRow): Item {
  return {
    id: row.id,
    title: row.title,
    text: row.text,
    tags: JSON.parse(row.tags),
    attributes: JSON.parse(row.attributes),
    image: row.image,
    createdAt: row.created_at,
    hidden: row.hidden === 1,
  }
}

function userOf(row: Tables['users']): User {
  return { id: row.id, attributes: JSON.parse(row.attributes) }
}
