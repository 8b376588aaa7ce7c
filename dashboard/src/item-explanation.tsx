/** @file Why one item was shown: its sources, its propensity, its experiment arms, what came of it, what moved its score. */

import type { ExplainedItem, Explanation } from '@labrador/client'
import type { ComponentChildren } from 'preact'
import { Contributions } from './contributions.tsx'
import { short } from './numbers.ts'
import { chipStyle } from './sources.tsx'

interface Props {
  explanation: Explanation
  item: ExplainedItem
}

export function ItemExplanation({ explanation, item }: Props) {
  const { policy, arms } = explanation.request
  return (
    <div class="explanation" data-explained={item.item}>
      <dl class="reasons">
        <Reason name="Proposed by">
          {item.sources.length === 0
            ? 'no source'
            : item.sources.map((source) => (
                <span key={source} class="source" style={chipStyle(source)}>
                  {source}
                </span>
              ))}
        </Reason>
        <Reason name="Shown">
          at place {item.place}, here with probability {short(item.propensity, 3)}; arranged by {policy}
        </Reason>
        <Reason name="Experiments">{armsText(arms)}</Reason>
        <Reason name="What came of it">{item.outcomes.join(', ') || 'nothing yet'}</Reason>
      </dl>
      <Contributions explanation={explanation} features={item.features} score={item.score} />
    </div>
  )
}

export function Reason({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

export function armsText(arms: Readonly<Record<string, string>>): string {
  return (
    Object.entries(arms)
      .map(([experiment, arm]) => `${experiment}: ${arm}`)
      .join(', ') || 'none'
  )
}
