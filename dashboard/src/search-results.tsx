/** @file Items that match the words in the search field. */

import type { LabradorClient } from '@labrador/client'
import { Card } from './card.tsx'
import { Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'
import { report } from './visitor.ts'

const LIST_LENGTH = 24

export function SearchResults({ client, words }: { client: LabradorClient; words: string }) {
  const answer = useAnswer(words, () => client.items(words, { limit: LIST_LENGTH }))
  return (
    <Section
      title={`“${words}”`}
      answer={answer}
      empty="Nothing found. Try fewer or other words."
      cards={({ items, requestId }) =>
        items.map((item, position) => (
          <Card
            key={item.id}
            item={item}
            onChosen={() =>
              report(client, 'click', [{ item: item.id, position }], { surface: 'search', requestId })
            }
          />
        ))
      }
    />
  )
}
