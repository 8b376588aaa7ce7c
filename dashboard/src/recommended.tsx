/** @file A recommended list with its legend and trace: what the item page and the start page share. */

import type { LabradorClient, Recommendations, SourceNote } from '@labrador/client'
import { useState } from 'preact/hooks'
import { openItem } from './address.ts'
import { Card } from './card.tsx'
import { Section } from './section.tsx'
import { countSources, Legend } from './sources.tsx'
import { Trace } from './trace.tsx'
import type { Answer } from './use-answer.ts'
import { report } from './visitor.ts'

interface Props {
  title: string
  client: LabradorClient
  answer: Answer<Recommendations>
  notes: readonly SourceNote[]
  empty: string
}

export function Recommended({ title, client, answer, notes, empty }: Props) {
  const [chosen, setChosen] = useState('')
  return (
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
            onOpen={() => {
              report(client, 'click', [{ item: item.id, position }], result)
              openItem(item.id)
            }}
          />
        ))
      }}
    />
  )
}

/** Tells the server what was shown, with the place of each item. */
export function reportShown(client: LabradorClient, result: Recommendations): void {
  const shown = result.items.map(({ id }, position) => ({ item: id, position }))
  report(client, 'impression', shown, result)
}
