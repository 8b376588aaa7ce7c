/** @file The visitor's own id and what goes back to the server: impressions of what was shown, clicks on what was chosen. */

import type { EventKind, LabradorClient } from '@labrador/client'

/** A random id that stays with this browser; the server knows nothing else of the visitor. */
export function visitorId(): string {
  return kept(localStorage, 'labrador-visitor', 'visitor')
}

/** One per tab: what is looked at in one go belongs together. */
function sessionId(): string {
  return kept(sessionStorage, 'labrador-session', 'session')
}

function kept(storage: Storage, key: string, kind: string): string {
  const stored = storage.getItem(key)
  if (stored) return stored
  const fresh = `${kind}-${randomId()}`
  storage.setItem(key, fresh)
  return fresh
}

/** `crypto.randomUUID` is only there on https and localhost; a page in a local network has neither. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}

/** Sends events; a lost one is not worth disturbing the visitor. */
export function report(
  client: LabradorClient,
  kind: EventKind,
  shown: readonly { item: string; position: number }[],
  { surface, requestId }: { surface: string; requestId: string },
): void {
  if (shown.length === 0) return
  const events = shown.map(({ item, position }) => ({
    id: randomId(),
    user: visitorId(),
    item,
    kind,
    session: sessionId(),
    context: { surface, position, requestId },
  }))
  client.recordEvents(events).catch((error) => console.warn('events were not recorded:', error.message))
}
