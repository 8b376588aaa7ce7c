/** @file One item as a card: a link to its page, with the sources that proposed it and a way to ask why. */

import type { ItemCard } from '@labrador/client'
import { addressOf, openItem, opensElsewhere } from './address.ts'
import { Cover } from './cover.tsx'
import { SourceChips } from './sources.tsx'

/** Opens a new tab. */
const MIDDLE_BUTTON = 1

interface Props {
  item: ItemCard
  sources?: readonly string[]
  /** See `countSources`. */
  counts?: Map<string, number>
  /** Shown paler, because another source was chosen. */
  faded?: boolean
  /** Told of every click, those that open another tab too. */
  onChosen: () => void
  /** Asks why the item is shown; without it, no such button. */
  onWhy?: () => void
}

export function Card({ item, sources, counts, faded, onChosen, onWhy }: Props) {
  return (
    <div class="slot">
      <a
        class={faded ? 'card faded' : 'card'}
        href={addressOf(item.id)}
        data-item={item.id}
        onClick={(event) => {
          onChosen()
          if (opensElsewhere(event)) return
          event.preventDefault()
          openItem(item.id)
        }}
        onAuxClick={(event) => event.button === MIDDLE_BUTTON && onChosen()}
      >
        <Cover item={item} />
        <span class="title">{item.title || item.id}</span>
        <span class="tags">{item.tags.slice(0, 3).join(' · ') || item.category}</span>
        {sources && counts && <SourceChips sources={sources} counts={counts} />}
      </a>
      {onWhy && (
        <button type="button" class="why" aria-haspopup="dialog" onClick={onWhy}>
          Why?<span class="unseen"> {item.title || item.id}</span>
        </button>
      )}
    </div>
  )
}
