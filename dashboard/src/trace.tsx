/** @file Where the time of a request went: one line, unfolded into a bar per stage. */

import type { Recommendations } from '@labrador/client'
import { chipStyle } from './sources.tsx'

export function Trace({ result }: { result: Recommendations }) {
  const { trace, missing, candidates, totalMs } = result
  const longest = Math.max(0.01, ...trace.map(({ ms }) => ms))
  const slowestFirst = [...trace].sort((a, b) => b.ms - a.ms)
  return (
    <details class="trace">
      <summary>
        {candidates.toLocaleString('en')} candidates · {totalMs.toFixed(1)} ms
        {missing.length > 0 && <strong> · without {missing.map(({ source }) => source).join(', ')}</strong>}
      </summary>
      <dl>
        {slowestFirst.map(({ stage, ms }) => {
          const name = stage.replace('source:', '')
          return (
            <div key={stage}>
              <dt>{name}</dt>
              <dd>
                <i style={{ ...chipStyle(name), width: `${(ms / longest) * 100}%` }} />
                <span>{ms.toFixed(2)} ms</span>
              </dd>
            </div>
          )
        })}
        {missing.map(({ source, reason }) => (
          <div key={source}>
            <dt>{source}</dt>
            <dd>{reason}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
