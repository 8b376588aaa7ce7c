/** @file One item as a card, with the sources that proposed it. */

import type { ItemCard } from '@labrador/client'
import { Cover } from './cover.tsx'

/** A fixed hue per source, so that a glance tells where a list comes from. */
const HUES: Record<string, number> = {
  'co-occurrence': 210,
  transition: 190,
  'random-walk': 275,
  wtf: 300,
  item2vec: 155,
  ease: 35,
  text: 95,
  visual: 330,
  fresh: 60,
}

export function Card({
  item,
  sources,
  onOpen,
}: {
  item: ItemCard
  sources?: readonly string[]
  onOpen: () => void
}) {
  return (
    <button type="button" class="card" data-item={item.id} onClick={onOpen}>
      <Cover item={item} />
      <span class="title">{item.title || item.id}</span>
      <span class="tags">{item.tags.slice(0, 3).join(' · ') || item.category}</span>
      {sources && (
        <span class="sources">
          {sources.map((source) => (
            <span
              key={source}
              class="source"
              style={{ '--hue': HUES[source] ?? 0, '--saturation': source in HUES ? '55%' : '0%' }}
            >
              {source}
            </span>
          ))}
        </span>
      )}
    </button>
  )
}
