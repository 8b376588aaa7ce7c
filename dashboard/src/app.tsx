/** @file The page: find an item, see what is related to it and why, click through. */

import { type Health, LabradorClient, type SourceNote } from '@labrador/client'
import { useEffect, useRef, useState } from 'preact/hooks'
import { itemInAddress, onNavigation, openStart, requestInAddress } from './address.ts'
import { ItemPage } from './item-page.tsx'
import { RequestForm } from './request-form.tsx'
import { RequestPage } from './request-page.tsx'
import { SearchResults } from './search-results.tsx'
import { StartPage } from './start-page.tsx'

const client = new LabradorClient()

export function App() {
  const [health, setHealth] = useState<Health>()
  const [notes, setNotes] = useState<SourceNote[]>([])
  const [item, setItem] = useState(itemInAddress())
  const [request, setRequest] = useState(requestInAddress())
  const [typed, setTyped] = useState('')
  const search = useRef<HTMLInputElement>(null)
  const words = useSettled(typed.trim())

  useEffect(() => {
    // The page works without these: they only say what it is made of.
    client.health().then(setHealth, () => {})
    client.sources().then(
      ({ sources }) => setNotes(sources),
      () => {},
    )
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      search.current?.focus()
    }
    window.addEventListener('keydown', onKey)
    const stop = onNavigation(() => {
      setItem(itemInAddress())
      setRequest(requestInAddress())
      setTyped('')
    })
    return () => {
      window.removeEventListener('keydown', onKey)
      stop()
    }
  }, [])

  const focusFirstCard = (event: Event) => {
    event.preventDefault()
    document.querySelector<HTMLElement>('.card')?.focus()
  }
  return (
    <>
      <header>
        <a class="brand" href="/" onClick={openStart}>
          <Paw /> Labrador
        </a>
        <search>
          <form onSubmit={focusFirstCard}>
            <input
              ref={search}
              type="search"
              placeholder="Search items"
              aria-label="Search items"
              autocomplete="off"
              maxLength={200}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
              onKeyDown={(event) => event.key === 'Escape' && setTyped('')}
            />
            <kbd title="Press / to search">/</kbd>
          </form>
        </search>
        {health && (
          <p class="facts" title={`Snapshot ${health.snapshot}`}>
            {health.dataset} · {health.items.toLocaleString('en')} items · {health.users.toLocaleString('en')}{' '}
            users
          </p>
        )}
      </header>
      <main>
        {words ? (
          <SearchResults key={words} client={client} words={words} />
        ) : request ? (
          <RequestPage key={request} client={client} id={request} />
        ) : item ? (
          <ItemPage key={item} client={client} id={item} notes={notes} />
        ) : (
          <StartPage client={client} notes={notes} />
        )}
      </main>
      <footer>
        <RequestForm />
      </footer>
    </>
  )
}

/** The value once it has stopped changing for a moment: a request for every key would be wasted. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value ? 150 : 0)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

function Paw() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" fill="currentColor" aria-hidden="true">
      <ellipse cx="5" cy="11" rx="2.3" ry="3" />
      <ellipse cx="9.3" cy="6" rx="2.4" ry="3.2" />
      <ellipse cx="14.7" cy="6" rx="2.4" ry="3.2" />
      <ellipse cx="19" cy="11" rx="2.3" ry="3" />
      <path d="M12 11.5c-3.4 0-6.2 3.3-6.2 6 0 2 1.5 3 3.2 3 1.2 0 2-.6 3-.6s1.800.6 3 .6c1.700 0 3.200-1 3.200-3 0-2.700-2.800-6-6.200-6z" />
    </svg>
  )
}
