/** @file Items that arrived after the snapshot: they continue its numbering and are known to sources that need no history. */

import { type ItemId, type ItemIndex, idAt, indexOfId } from '../base/id-table.ts'
import { stringAt } from '../base/string-column.ts'
import type { Catalog } from '../data/dataset.ts'
import type { LiveItem } from '../sources/source.ts'
import type { Item } from '../store/records.ts'

/** What the page shows of an item. */
export interface ItemCard {
  id: ItemId
  title: string
  tags: string[]
  category: string
  image: string | null
}

/** The snapshot's catalog with the items that came later. */
export class LiveCatalog {
  readonly #catalog: Catalog
  readonly #added: Item[] = []
  readonly #indexOf = new Map<ItemId, ItemIndex>()
  /** Changed cards of items that the snapshot knows. */
  readonly #changed = new Map<ItemIndex, Item>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  get size(): number {
    return this.#catalog.title.length + this.#added.length
  }

  /** @returns -1 when unknown */
  indexOf(id: ItemId): ItemIndex {
    const known = indexOfId(this.#catalog.items, id)
    return known >= 0 ? known : (this.#indexOf.get(id) ?? -1)
  }

  card(index: ItemIndex): ItemCard {
    const item = this.#changed.get(index) ?? this.#added[index - this.#catalog.title.length]
    if (item) return cardOf(item)
    const tags = stringAt(this.#catalog.tags, index)
    return {
      id: idAt(this.#catalog.items, index),
      title: stringAt(this.#catalog.title, index),
      tags: tags === '' ? [] : tags.split('\n'),
      category: stringAt(this.#catalog.category.labels, this.#catalog.category.codes[index]!),
      image: stringAt(this.#catalog.image, index) || null,
    }
  }

  /**
   * Takes in new and changed items.
   *
   * @returns the new ones for the sources, and the hidden flags that changed
   */
  put(
    items: readonly Item[],
    now: number,
  ): { added: LiveItem[]; hidden: { index: number; hidden: boolean }[] } {
    const added: LiveItem[] = []
    const hidden: { index: number; hidden: boolean }[] = []
    for (const item of items) {
      let index = this.indexOf(item.id)
      const isNew = index < 0
      if (isNew) {
        index = this.size
        this.#added.push(item)
        this.#indexOf.set(item.id, index)
        added.push(liveItem(item, index, now))
      } else if (index < this.#catalog.title.length) this.#changed.set(index, item)
      else this.#added[index - this.#catalog.title.length] = item
      if (item.hidden || !isNew) hidden.push({ index, hidden: item.hidden })
    }
    return { added, hidden }
  }
}

function liveItem(item: Item, index: ItemIndex, now: number): LiveItem {
  const label = (name: string) => String(item.attributes[name] ?? '')
  return {
    index,
    title: item.title,
    text: item.text,
    tags: item.tags,
    category: label('category'),
    region: label('region'),
    language: label('language'),
    createdAt: item.createdAt ?? now,
  }
}

function cardOf(item: Item): ItemCard {
  return {
    id: item.id,
    title: item.title,
    tags: item.tags,
    category: String(item.attributes.category ?? ''),
    image: item.image,
  }
}
