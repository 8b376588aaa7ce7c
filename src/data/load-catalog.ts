/** @file Catalog, users and collections of a store as columns, in order of their ids. */

import { type Csr, csrFromEdges } from '../base/csr.ts'
import { type IdTable, idTableOf, indexOfId } from '../base/id-table.ts'
import { sharedFloat64, sharedUint8 } from '../base/shared.ts'
import { StringColumnBuilder } from '../base/string-column.ts'
import type { Store } from '../store/store.ts'
import { CategoriesBuilder } from './categories.ts'
import type { Catalog, UserTable } from './dataset.ts'
import { gather, idOrder, reorderStrings } from './order.ts'

/** Items in order of their ids, see `Catalog`. */
export function loadCatalog(store: Store): Catalog {
  const text = {
    id: new StringColumnBuilder(),
    title: new StringColumnBuilder(),
    text: new StringColumnBuilder(),
    tags: new StringColumnBuilder(),
    image: new StringColumnBuilder(),
    attributes: new StringColumnBuilder(),
  }
  const category = new CategoriesBuilder()
  const region = new CategoriesBuilder()
  const language = new CategoriesBuilder()
  const createdAt: number[] = []
  const hidden: number[] = []
  for (const batch of store.items()) {
    for (const item of batch) {
      text.id.add(item.id)
      text.title.add(item.title)
      text.text.add(item.text)
      text.tags.add(item.tags.join('\n'))
      text.image.add(item.image ?? '')
      text.attributes.add(JSON.stringify(item.attributes))
      category.add(item.attributes.category)
      region.add(item.attributes.region)
      language.add(item.attributes.language)
      createdAt.push(item.createdAt ?? Number.NaN)
      hidden.push(item.hidden ? 1 : 0)
    }
  }
  const ids = text.id.build()
  const order = idOrder(ids)
  const column = (builder: StringColumnBuilder) => reorderStrings(builder.build(), order)
  return {
    items: idTableOf(reorderStrings(ids, order)),
    title: column(text.title),
    text: column(text.text),
    tags: column(text.tags),
    image: column(text.image),
    attributes: column(text.attributes),
    category: category.build(order),
    region: region.build(order),
    language: language.build(order),
    createdAt: gather(Float64Array.from(createdAt), order, sharedFloat64(order.length)),
    hidden: gather(Uint8Array.from(hidden), order, sharedUint8(order.length)),
  }
}

/** Users in order of their ids. */
export function loadUsers(store: Store): UserTable {
  const id = new StringColumnBuilder()
  const region = new CategoriesBuilder()
  const language = new CategoriesBuilder()
  const segment = new CategoriesBuilder()
  for (const batch of store.users()) {
    for (const user of batch) {
      id.add(user.id)
      region.add(user.attributes.region)
      language.add(user.attributes.language)
      segment.add(user.attributes.segment)
    }
  }
  const ids = id.build()
  const order = idOrder(ids)
  return {
    users: idTableOf(reorderStrings(ids, order)),
    region: region.build(order),
    language: language.build(order),
    segment: segment.build(order),
  }
}

/** Collections × items in order of the collections' ids; members that are not in the catalog are left out. */
export function loadCollections(store: Store, items: IdTable): Csr | null {
  const ids = new StringColumnBuilder()
  const members: Uint32Array[] = []
  let edges = 0
  for (const batch of store.collections()) {
    for (const collection of batch) {
      ids.add(collection.id)
      const known = collection.items.map((item) => indexOfId(items, item)).filter((item) => item >= 0)
      members.push(Uint32Array.from(known))
      edges += known.length
    }
  }
  if (members.length === 0) return null
  const from = new Uint32Array(edges)
  const to = new Uint32Array(edges)
  let at = 0
  idOrder(ids.build()).forEach((row, collection) => {
    from.fill(collection, at, at + members[row].length)
    to.set(members[row], at)
    at += members[row].length
  })
  return csrFromEdges(members.length, items.ids.length, { from, to })
}
