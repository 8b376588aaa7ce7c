/** @file The visitor's own id and what goes back to the server: impressions of what was shown, clicks on what was chosen. */

import type { EventKind, LabradorClient } from '@labrador/client'

/** A random id that stays with this browser; the server knows nothing else of the visitor. */
export function visitorId(): string {
  const stored = localStorage.getItem('labrador-visitor')
  if (stored) return stored
  const fresh = `visitor-${crypto.randomUUID()}`
  localStorage.setItem('labrador-visitor', fresh)
  return fresh
}

/** Sends events; a lost one is not worth disturbing the visitor. */
export function report(
  client: LabradorClient,
  kind: EventKind,
  items: readonly string[],
  context: { surface: string; requestId?: string },
): Promise<void> {
  const user = visitorId()
  const events = items.map((item, position) => ({
    id: crypto.randomUUID(),
    user,
    item,
    kind,
    context: { ...context, position, requestId: context.requestId ?? null },
  }))
  if (events.length === 0) return Promise.resolve()
  return client.recordEvents(events).then(
    () => {},
    (error) => console.warn('events were not recorded:', error.message),
  )
}
