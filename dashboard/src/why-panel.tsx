/** @file The panel that says why an item is in the list before it: over the page, so that nothing moves. */

import type { Explanation, ItemCard, LabradorClient } from '@labrador/client'
import { useEffect, useRef } from 'preact/hooks'
import { addressOfRequest, openRequest, opensElsewhere } from './address.ts'
import { ItemExplanation } from './item-explanation.tsx'
import { Failure } from './section.tsx'
import { useAnswer } from './use-answer.ts'

interface Props {
  client: LabradorClient
  requestId: string
  /** One of the items that the request was answered with. */
  item: ItemCard
  onClose: () => void
}

export function WhyPanel({ client, requestId, item, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const answer = useAnswer(requestId, () => client.explanation(requestId))
  // A modal dialog keeps the keyboard inside, closes with Escape, and gives the focus back: the browser sees to it.
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      class="panel"
      closedby="any"
      aria-labelledby="panel-title"
      aria-busy={answer.state === 'loading'}
      onClose={onClose}
    >
      <div>
        <button type="button" class="close" aria-label="Close" onClick={() => dialog.current?.close()}>
          ×
        </button>
        <h2 id="panel-title">Why “{item.title || item.id}”?</h2>
        {answer.state === 'loading' && <p role="status">Loading</p>}
        {answer.state === 'failed' && <Failure message={answer.message} retry={answer.retry} />}
        {answer.state === 'there' && <Explained explanation={answer.value.explanation} item={item.id} />}
        <p class="whole">
          Request{' '}
          <a
            href={addressOfRequest(requestId)}
            onClick={(event) => {
              if (opensElsewhere(event)) return
              event.preventDefault()
              openRequest(requestId)
            }}
          >
            {requestId}
          </a>
        </p>
      </div>
    </dialog>
  )
}

function Explained({ explanation, item }: { explanation: Explanation; item: string }) {
  const found = explanation.items.find((one) => one.item === item)
  return found ? <ItemExplanation explanation={explanation} item={found} /> : null
}
