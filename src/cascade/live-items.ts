/** @file Items that arrived after the snapshot: they continue its numbering and are known to sources that need no history. */

import { type ItemId, type ItemIndex, idAt, indexOfId } from '../base/id-table.ts'
import { stringAt } from '../base/string-column.ts'
import type { Catalog } from '../data/dataset.ts'
import type { LiveItem } from '../sources/source.ts'
import type { Item } from '../store/records.ts'
import type { ItemChange } from './executor.ts'

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
  readonly #attributeNames = new Set<string>()

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

  idOf(index: ItemIndex): ItemId {
    const known = this.#catalog.title.length
    return index < known ? idAt(this.#catalog.items, index) : this.#added[index - known].id
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

  /** Whether an item that was added or changed has the attribute. */
  hasAttribute(name: string): boolean {
    return this.#attributeNames.has(name)
  }

  /** Whether an item as the store has it is unknown here, or another than here. */
  differs(item: Item): boolean {
    const index = this.indexOf(item.id)
    if (index < 0) return true
    if (index >= this.#catalog.title.length || this.#changed.has(index)) return true
    const catalog = this.#catalog
    return (
      (catalog.hidden[index] === 1) !== item.hidden ||
      stringAt(catalog.title, index) !== item.title ||
      stringAt(catalog.image, index) !== (item.image ?? '') ||
      stringAt(catalog.tags, index) !== item.tags.join('\n') ||
      stringAt(catalog.text, index) !== item.text ||
      stringAt(catalog.attributes, index) !== JSON.stringify(item.attributes)
    )
  }

  /**
   * Takes in new and changed items.
   *
   * @returns the new ones and those with other words for the sources, and all of them for the filters
   */
  put(
    items: readonly Item[],
    now: number,
  ): { added: LiveItem[]; reworded: LiveItem[]; changes: ItemChange[] } {
    const added: LiveItem[] = []
    const reworded: LiveItem[] = []
    const changes: ItemChange[] = []
    for (const item of items) {
      let index = this.indexOf(item.id)
      if (index < 0) {
        index = this.size
        this.#added.push(item)
        this.#indexOf.set(item.id, index)
        added.push(liveItem(item, index, now))
      } else {
        if (!this.#hasWords(index, item)) reworded.push(liveItem(item, index, now))
        if (index < this.#catalog.title.length) this.#changed.set(index, item)
        else this.#added[index - this.#catalog.title.length] = item
      }
      for (const name of Object.keys(item.attributes)) this.#attributeNames.add(name)
      changes.push({ index, hidden: item.hidden, attributes: item.attributes })
    }
    return { added, reworded, changes }
  }

  /** Whether a known item has the same words here. */
  #hasWords(index: ItemIndex, { title, text, tags }: Item): boolean {
    const catalog = this.#catalog
    const known = this.#changed.get(index) ?? this.#added[index - catalog.title.length]
    const words = known
      ? [known.title, known.text, known.tags.join('\n')]
      : [catalog.title, catalog.text, catalog.tags].map((column) => stringAt(column, index))
    return words[0] === title && words[1] === text && words[2] === tags.join('\n')
  }
}

function liveItem(item: Item, index: ItemIndex, now: number): LiveItem {
  const label = (name: string) => String(item.attributes[name] ?? '')
  return {
    index,
    title: item.title,
    text: item.text,
    tags: item.tags,
    image: item.image,
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
