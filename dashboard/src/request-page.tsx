/** @file Why a request was answered as it was: who asked for what, and every shown item with its reasons. */

import { type Explanation, type ItemCard, LabradorApiError, type LabradorClient } from '@labrador/client'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { addressOf, openItem, opensElsewhere } from './address.ts'
import { Cover } from './cover.tsx'
import { armsText, ItemExplanation, Reason } from './item-explanation.tsx'
import { fixed } from './numbers.ts'
import { Failure } from './section.tsx'
import { useAnswer } from './use-answer.ts'

export function RequestPage({ client, id }: { client: LabradorClient; id: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const answer = useAnswer(id, () => client.explanation(id).catch(nothingWhenUnknown))
  useEffect(() => {
    document.title = 'Why a request was answered as it was · Labrador'
    heading.current?.focus({ preventScroll: true })
    return () => {
      document.title = 'Labrador'
    }
  }, [])
  return (
    <section class="request" aria-busy={answer.state === 'loading'}>
      <p class="category">Request</p>
      <h1 ref={heading} tabIndex={-1}>
        {id}
      </h1>
      {answer.state === 'loading' && <p role="status">Loading</p>}
      {answer.state === 'failed' && <Failure message={answer.message} retry={answer.retry} />}
      {answer.state === 'there' &&
        (answer.value === null ? (
          <div class="problem" role="alert">
            <p>
              <strong>No request with this id is in the log.</strong> The id of a list is in its answer,
              requestId, and in the header x-request-id; lists found by words are not logged.
            </p>
          </div>
        ) : (
          <Explained explanation={answer.value.explanation} cards={answer.value.cards} />
        ))}
    </section>
  )
}

function Explained({ explanation, cards }: { explanation: Explanation; cards: readonly ItemCard[] }) {
  const { request, ranker, items } = explanation
  const cardOf = new Map(cards.map((card) => [card.id, card]))
  const page = request.item === null ? undefined : cardOf.get(request.item)
  return (
    <>
      <dl class="reasons">
        <Reason name="Asked">
          {new Date(request.time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium' })}, by{' '}
          {request.user ?? 'nobody known'}, with {request.query.length}{' '}
          {request.query.length === 1 ? 'item' : 'items'}
        </Reason>
        <Reason name="For">
          {request.surface}
          {page && (
            <>
              {' '}
              to <ItemLink item={page}>{page.title || page.id}</ItemLink>
            </>
          )}
        </Reason>
        <Reason name="Answered">
          by snapshot {request.snapshot}, ranked by {ranker ?? 'a ranker that serves no more'}, arranged by{' '}
          {request.policy}
        </Reason>
        <Reason name="Experiments">{armsText(request.arms)}</Reason>
      </dl>
      <h2>Shown</h2>
      {items.length === 0 && <p class="empty">Nothing was shown.</p>}
      <ol class="explained">
        {items.map((item, row) => {
          const card = cardOf.get(item.item)!
          return (
            <li key={item.item}>
              <details open={row === 0}>
                <summary>
                  <span class="place">{item.place}</span>
                  <Cover item={card} />
                  <span class="title">{card.title || card.id}</span>
                  <span class="came">{item.outcomes.join(', ')}</span>
                  <span class="score">{fixed(item.score)}</span>
                </summary>
                <ItemLink item={card}>Open its page</ItemLink>
                <ItemExplanation explanation={explanation} item={item} />
              </details>
            </li>
          )
        })}
      </ol>
    </>
  )
}

function ItemLink({ item, children }: { item: ItemCard; children: ComponentChildren }) {
  return (
    <a
      class="link"
      href={addressOf(item.id)}
      onClick={(event) => {
        if (opensElsewhere(event)) return
        event.preventDefault()
        openItem(item.id)
      }}
    >
      {children}
    </a>
  )
}

function nothingWhenUnknown(error: unknown): null {
  if (error instanceof LabradorApiError && error.status === 404) return null
  throw error
}
