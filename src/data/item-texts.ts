/** @file The words of a catalog's items, one item after the other. */

import { stringAt } from '../base/string-column.ts'
import type { ItemText } from '../text/item-tokens.ts'
import type { Catalog } from './dataset.ts'

/** Texts of all items, in index order. */
export function* itemTexts({ title, tags, text }: Catalog): Iterable<ItemText> {
  for (let item = 0; item < title.length; item++) {
    const joined = stringAt(tags, item)
    yield {
      title: stringAt(title, item),
      tags: joined === '' ? [] : joined.split('\n'),
      text: stringAt(text, item),
    }
  }
}
