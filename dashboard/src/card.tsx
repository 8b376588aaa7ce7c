/** @file One item as a card: a link to its page, with the sources that proposed it. */

import type { ItemCard } from '@labrador/client'
import { addressOf, opensElsewhere } from './address.ts'
import { Cover } from './cover.tsx'
import { SourceChips } from './sources.tsx'

interface Props {
  item: ItemCard
  sources?: readonly string[]
  /** See `countSources`. */
  counts?: Map<string, number>
  /** Shown paler, because another source was chosen. */
  faded?: boolean
  onOpen: () => void
}

export function Card({ item, sources, counts, faded, onOpen }: Props) {
  return (
    <a
      class={faded ? 'card faded' : 'card'}
      href={addressOf(item.id)}
      data-item={item.id}
      onClick={(event) => {
        if (opensElsewhere(event)) return
        event.preventDefault()
        onOpen()
      }}
    >
      <Cover item={item} />
      <span class="title">{item.title || item.id}</span>
      <span class="tags">{item.tags.slice(0, 3).join(' · ') || item.category}</span>
      {sources && counts && <SourceChips sources={sources} counts={counts} />}
    </a>
  )
}
