/** @file The first page: what is recommended to this visitor, and what is popular. */

import type { LabradorClient, SourceNote } from '@labrador/client'
import { Card } from './card.tsx'
import { Recommended, reportShown } from './recommended.tsx'
import { Section } from './section.tsx'
import { useAnswer } from './use-answer.ts'
import { report, visitorId } from './visitor.ts'

const FOR_YOU_LENGTH = 12
const POPULAR_LENGTH = 24

export function StartPage({ client, notes }: { client: LabradorClient; notes: readonly SourceNote[] }) {
  const forYou = useAnswer(
    'for-you',
    () => client.recommendations(visitorId(), { limit: FOR_YOU_LENGTH }),
    (result) => reportShown(client, result),
  )
  const popular = useAnswer('popular', () => client.items(undefined, { limit: POPULAR_LENGTH }))
  const isNew = forYou.state === 'there' && forYou.value.knownUser === false
  return (
    <>
      {isNew && (
        <p class="welcome">
          Open an item, or search for one. What you look at shapes what is recommended next.
        </p>
      )}
      <Recommended
        title={isNew ? 'To begin with' : 'For you'}
        client={client}
        answer={forYou}
        notes={notes}
        empty="Nothing to recommend yet."
      />
      <Section
        title="Popular"
        answer={popular}
        empty="There are no items yet."
        cards={({ items, requestId }) =>
          items.map((item, position) => (
            <Card
              key={item.id}
              item={item}
              onChosen={() =>
                report(client, 'click', [{ item: item.id, position }], { surface: 'popular', requestId })
              }
            />
          ))
        }
      />
    </>
  )
}
