/** @file The page of one item: its picture, its tags, and what is related to it. */

import type { ItemCard, LabradorClient, SourceNote } from '@labrador/client'
import { useEffect, useRef } from 'preact/hooks'
import { Cover } from './cover.tsx'
import { Recommended, reportShown } from './recommended.tsx'
import { useAnswer } from './use-answer.ts'
import { visitorId } from './visitor.ts'

const LIST_LENGTH = 24

interface Props {
  client: LabradorClient
  id: string
  notes: readonly SourceNote[]
}

export function ItemPage({ client, id, notes }: Props) {
  const answer = useAnswer(
    id,
    () => client.related(id, { limit: LIST_LENGTH, user: visitorId() }),
    (result) => reportShown(client, result),
  )
  return (
    <>
      {answer.state === 'there' && answer.value.query && <Heading item={answer.value.query} />}
      <Recommended
        title="Related"
        client={client}
        answer={answer}
        notes={notes}
        empty="Nothing is known to go with this item yet."
      />
    </>
  )
}

function Heading({ item }: { item: ItemCard }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const title = item.title || item.id
  useEffect(() => {
    document.title = `${title} · Labrador`
    // Whoever came here by keyboard or screen reader goes on from the new page's heading.
    heading.current?.focus({ preventScroll: true })
    return () => {
      document.title = 'Labrador'
    }
  }, [title])
  return (
    <section class="query" data-query={item.id}>
      <Cover item={item} />
      <div>
        {item.category && <p class="category">{item.category}</p>}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {item.tags.length > 0 && (
          <ul class="taglist" aria-label="Tags">
            {item.tags.slice(0, 12).map((tag) => (
              <li key={tag}>{tag}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  )
}
