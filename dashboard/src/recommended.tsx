/** @file A recommended list with its legend and trace: what the item page and the start page share. */

import type { ItemCard, LabradorClient, Recommendations, SourceNote } from '@labrador/client'
import { useState } from 'preact/hooks'
import { Card } from './card.tsx'
import { Section } from './section.tsx'
import { countSources, Legend } from './sources.tsx'
import { Trace } from './trace.tsx'
import type { Answer } from './use-answer.ts'
import { report } from './visitor.ts'
import { WhyPanel } from './why-panel.tsx'

interface Props {
  title: string
  client: LabradorClient
  answer: Answer<Recommendations>
  notes: readonly SourceNote[]
  empty: string
}

export function Recommended({ title, client, answer, notes, empty }: Props) {
  const [chosen, setChosen] = useState('')
  const [asked, setAsked] = useState<{ requestId: string; item: ItemCard }>()
  return (
    <>
      <Section
        title={title}
        answer={answer}
        empty={empty}
        above={(result) => (
          <>
            <Legend items={result.items} notes={notes} chosen={chosen} onChoose={setChosen} />
            <Trace result={result} />
          </>
        )}
        cards={(result) => {
          const counts = countSources(result.items)
          return result.items.map((item, position) => (
            <Card
              key={item.id}
              item={item}
              sources={item.sources}
              counts={counts}
              faded={chosen !== '' && !item.sources.includes(chosen)}
              onChosen={() => report(client, 'click', [{ item: item.id, position }], result)}
              onWhy={() => setAsked({ requestId: result.requestId, item })}
            />
          ))
        }}
      />
      {asked && <WhyPanel client={client} {...asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

/** Tells the server what was shown, with the place of each item. */
export function reportShown(client: LabradorClient, result: Recommendations): void {
  const shown = result.items.map(({ id }, position) => ({ item: id, position }))
  report(client, 'impression', shown, result)
}
