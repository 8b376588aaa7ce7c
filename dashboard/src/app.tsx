/** @file The page: find an item, see what is related to it and why, click through. */

import { type Health, type ItemCard, LabradorClient, type Recommendations } from '@labrador/client'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Card } from './card.tsx'
import { Cover } from './cover.tsx'
import { report, visitorId } from './visitor.ts'

const client = new LabradorClient()
const LIST_LENGTH = 24

export function App() {
  const [health, setHealth] = useState<Health>()
  const [opened, setOpened] = useState(itemInAddress())
  const [words, setWords] = useState('')
  const [found, setFound] = useState<ItemCard[]>([])
  const [related, setRelated] = useState<Recommendations>()
  const [forYou, setForYou] = useState<Recommendations>()
  const [problem, setProblem] = useState('')
  const newest = useRef(0)

  useEffect(() => {
    client.health().then(setHealth, (error) => setProblem(error.message))
    const onAddress = () => setOpened(itemInAddress())
    window.addEventListener('popstate', onAddress)
    return () => window.removeEventListener('popstate', onAddress)
  }, [])

  useEffect(() => {
    const turn = ++newest.current
    const timer = setTimeout(() => {
      client.items(words.trim(), { limit: LIST_LENGTH }).then(
        ({ items }) => turn === newest.current && setFound(items),
        (error) => setProblem(error.message),
      )
    }, 120)
    return () => clearTimeout(timer)
  }, [words])

  useEffect(() => {
    setRelated(undefined)
    if (!opened) {
      // A visitor is known from the first click on; before that there is nothing to show.
      client.recommendations(visitorId(), { limit: LIST_LENGTH }).then(setForYou, () => setForYou(undefined))
      return
    }
    setProblem('')
    window.scrollTo({ top: 0 })
    client.related(opened, { limit: LIST_LENGTH }).then(
      (result) => {
        setRelated(result)
        const { surface, requestId } = result
        report(
          client,
          'impression',
          result.items.map((item) => item.id),
          { surface, requestId },
        )
      },
      (error) => setProblem(error.message),
    )
  }, [opened])

  const open = async (id: string, from: { surface: string; requestId?: string }) => {
    history.pushState(null, '', `?item=${encodeURIComponent(id)}`)
    setWords('')
    setOpened(id)
    await report(client, 'click', [id], from)
  }
  const leave = () => {
    history.pushState(null, '', location.pathname)
    setOpened('')
  }

  return (
    <>
      <header>
        <button type="button" class="brand" onClick={leave}>
          Labrador
        </button>
        <input
          type="search"
          placeholder="Search items…"
          aria-label="Search items"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        {health && (
          <span class="facts">
            {health.dataset} · {health.items.toLocaleString()} items · {health.users.toLocaleString()} users
          </span>
        )}
      </header>
      <main>
        {problem && <p class="problem">{problem}</p>}
        {words.trim() || !opened ? (
          <>
            {!words.trim() && forYou && forYou.items.length > 0 && (
              <Section title="For you" note={timing(forYou)}>
                {forYou.items.slice(0, 12).map((item) => (
                  <Card
                    key={item.id}
                    item={item}
                    sources={item.sources}
                    onOpen={() => open(item.id, forYou)}
                  />
                ))}
              </Section>
            )}
            <Section
              title={words.trim() ? `“${words.trim()}”` : 'Popular'}
              note={found.length ? '' : 'Nothing found.'}
            >
              {found.map((item) => (
                <Card
                  key={item.id}
                  item={item}
                  onOpen={() => open(item.id, { surface: words.trim() ? 'search' : 'popular' })}
                />
              ))}
            </Section>
          </>
        ) : (
          related && <Related result={related} onOpen={(id) => open(id, related)} />
        )}
      </main>
    </>
  )
}

function Related({ result, onOpen }: { result: Recommendations; onOpen: (id: string) => void }) {
  const query = result.query!
  return (
    <>
      <section class="query" data-query={query.id}>
        <Cover item={query} />
        <div>
          <h1>{query.title || query.id}</h1>
          <p class="tags">{query.tags.slice(0, 12).join(' · ')}</p>
          <Trace result={result} />
        </div>
      </section>
      <Section title="Related" note={timing(result)}>
        {result.items.map((item) => (
          <Card key={item.id} item={item} sources={item.sources} onOpen={() => onOpen(item.id)} />
        ))}
      </Section>
    </>
  )
}

/** Bars of the time that each stage took. */
function Trace({ result }: { result: Recommendations }) {
  const longest = useMemo(() => Math.max(0.01, ...result.trace.map(({ ms }) => ms)), [result])
  return (
    <dl class="trace" aria-label="Time per stage">
      {result.trace.map(({ stage, ms }) => (
        <div key={stage}>
          <dt>{stage.replace('source:', '')}</dt>
          <dd>
            <i style={{ width: `${(ms / longest) * 100}%` }} />
            <span>{ms.toFixed(1)} ms</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Section(props: { title: string; note: string; children: preact.ComponentChildren }) {
  return (
    <section>
      <h2>
        {props.title} <small>{props.note}</small>
      </h2>
      <div class="cards">{props.children}</div>
    </section>
  )
}

function timing(result: Recommendations): string {
  const late =
    result.missing.length > 0 ? ` · without ${result.missing.map(({ source }) => source).join(', ')}` : ''
  return `${result.candidates} candidates · ${result.totalMs.toFixed(1)} ms${late}`
}

function itemInAddress(): string {
  return new URLSearchParams(location.search).get('item') ?? ''
}
