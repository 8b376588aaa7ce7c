/** @file What moved an item's score: a row per feature with its value and a bar, right for more and left for less. */

import type { ExplainedFeature, Explanation } from '@labrador/client'
import { useState } from 'preact/hooks'
import { fixed, short, signed } from './numbers.ts'

const STRONGEST = 8

interface Props {
  explanation: Explanation
  features: readonly ExplainedFeature[]
  score: number
}

export function Contributions({ explanation: { ranker, base }, features, score }: Props) {
  const [all, setAll] = useState(false)
  const moving = features.filter(({ contribution }) => contribution)
  const strongest = (moving.length > 0 ? moving : features).slice(0, STRONGEST)
  // Zero stands where both the longest bar to the left and the longest to the right have room.
  const left = Math.max(0, ...moving.map(({ contribution }) => -contribution!))
  const right = Math.max(0, ...moving.map(({ contribution }) => contribution!))
  const zero = left / (left + right || 1)
  const scale = 1 / (left + right || 1)
  return (
    <section class="contributions">
      <h3>What moved the score</h3>
      <p>
        {ranker === null
          ? 'The snapshot that answered serves no more: features are known, what each added is not.'
          : `The score ${fixed(score)} is ${fixed(base)} to begin with, and what each feature added; ranked by ${ranker}.`}
      </p>
      {features.length === 0 ? (
        <p>No features were logged.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Value</th>
              <th scope="col">Added</th>
            </tr>
          </thead>
          <tbody>
            {(all ? features : strongest).map(({ feature, value, contribution }) => (
              <tr key={feature} data-feature={feature}>
                <th scope="row">{feature}</th>
                <td>{value === null ? 'missing' : short(value)}</td>
                <td>
                  {contribution !== null && <Bar contribution={contribution} zero={zero} scale={scale} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {features.length > strongest.length && (
        <button type="button" class="more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show the strongest ${strongest.length}` : `Show all ${features.length} features`}
        </button>
      )}
    </section>
  )
}

/** @param zero where the axis stands, a share of the width; `scale` shares of the width for one unit of score */
function Bar({ contribution, zero, scale }: { contribution: number; zero: number; scale: number }) {
  const length = Math.abs(contribution) * scale
  const from = contribution < 0 ? zero - length : zero
  return (
    <span class="added">
      <span class="bar" style={{ '--zero': percent(zero) }}>
        <i
          class={contribution < 0 ? 'less' : 'more'}
          style={{ left: percent(from), width: percent(length) }}
        />
      </span>
      <span>{signed(contribution)}</span>
    </span>
  )
}

const percent = (share: number) => `${share * 100}%`
