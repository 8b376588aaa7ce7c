/** @file A list of cards under a heading, in each of its states: loading, failed, empty, there. */

import type { ComponentChildren } from 'preact'
import type { Answer } from './use-answer.ts'

interface Props<T> {
  title: string
  answer: Answer<T>
  /** The cards; an empty list shows `empty` instead. */
  cards: (value: T) => ComponentChildren[]
  empty: string
  /** What stands between the heading and the cards. */
  above?: (value: T) => ComponentChildren
}

export function Section<T>({ title, answer, cards, empty, above }: Props<T>) {
  const shown = answer.state === 'there' ? cards(answer.value) : []
  return (
    <section aria-busy={answer.state === 'loading'}>
      <h2>{title}</h2>
      {answer.state === 'failed' && <Failure message={answer.message} retry={answer.retry} />}
      {answer.state === 'there' && above?.(answer.value)}
      {answer.state === 'there' && shown.length === 0 && <p class="empty">{empty}</p>}
      {answer.state === 'loading' && <LoadingCards />}
      {shown.length > 0 && <div class="cards">{shown}</div>}
      <p class="unseen" role="status">
        {answer.state === 'loading' ? 'Loading' : answer.state === 'there' ? `${shown.length} items` : ''}
      </p>
    </section>
  )
}

export function Failure({ message, retry }: { message: string; retry: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>That did not work.</strong> {message}
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  )
}

function LoadingCards() {
  return (
    <div class="cards" aria-hidden="true">
      {Array.from({ length: 12 }, (_, k) => (
        <div key={k} class="card waiting">
          <div class="cover" />
          <span class="title">&nbsp;</span>
          <span class="tags">&nbsp;</span>
        </div>
      ))}
    </div>
  )
}
