/** @file Sources as coloured chips, and the legend that says what each means. */

import type { RecommendedItem, SourceNote } from '@labrador/client'

/** A fixed hue per source, so that a glance tells where a list comes from; popularity in its forms stays grey. */
const HUES: Readonly<Record<string, number>> = {
  'co-occurrence': 212,
  transition: 186,
  'similar-users': 250,
  'random-walk': 278,
  wtf: 312,
  item2vec: 158,
  ease: 32,
  'ease-strong': 18,
  text: 95,
  visual: 338,
  fresh: 58,
}
export function chipStyle(source: string): Record<string, string> {
  return { '--hue': String(HUES[source] ?? 40), '--saturation': source in HUES ? '62%' : '8%' }
}

/** What tells most about an item first: popularity says least. */
function byMeaning(sources: readonly string[]): string[] {
  return [...sources].sort((a, b) => Number(b in HUES) - Number(a in HUES))
}

/** How many items of a list each source proposed. */
export function countSources(items: readonly RecommendedItem[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { sources } of items) {
    for (const source of sources) counts.set(source, (counts.get(source) ?? 0) + 1)
  }
  return counts
}

/** The source that few other items of the list share is named; the others are dots in their colours, popularity in all its forms one of them. */
export function SourceChips({
  sources,
  counts,
}: {
  sources: readonly string[]
  counts: Map<string, number>
}) {
  const [first, ...rest] = byMeaning([...sources].sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0)))
  if (first === undefined) return null
  const dots = rest.filter((source) => source in HUES)
  const popularity = rest.find((source) => !(source in HUES))
  if (popularity) dots.push(popularity)
  return (
    <span class="sources" title={sources.join(', ')}>
      <span class="source" data-source={first} style={chipStyle(first)}>
        {first}
      </span>
      {dots.map((source) => (
        <span key={source} class="dot" data-source={source} style={chipStyle(source)} />
      ))}
      <span class="unseen">{rest.join(', ')}</span>
    </span>
  )
}

interface LegendProps {
  items: readonly RecommendedItem[]
  notes: readonly SourceNote[]
  chosen: string
  onChoose: (source: string) => void
}

/** Every source of a list with its share; choosing one says what it means and marks its items. */
export function Legend({ items, notes, chosen, onChoose }: LegendProps) {
  const counts = countSources(items)
  if (counts.size === 0) return null
  const note = notes.find(({ name }) => name === chosen)
  return (
    <fieldset class="legend">
      <legend class="unseen">Sources</legend>
      {byMeaning([...counts.keys()]).map((source) => (
        <button
          key={source}
          type="button"
          class="source"
          style={chipStyle(source)}
          title={notes.find(({ name }) => name === source)?.summary}
          aria-pressed={source === chosen}
          onClick={() => onChoose(source === chosen ? '' : source)}
        >
          {source} <small>{counts.get(source)}</small>
        </button>
      ))}
      <p class="meaning" role="status">
        {note
          ? `${note.summary} It proposed ${counts.get(chosen)} of these ${items.length}.`
          : 'Where these items come from: choose a source to see what it means.'}
      </p>
    </fieldset>
  )
}
