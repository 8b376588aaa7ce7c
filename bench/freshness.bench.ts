/**
 * @file How soon a new item can be retrieved over HTTP, and how soon an event counts, while visitors ask.
 *
 * Every arrival is a copy of a known item's words under an id and an attribute of its own. The page of that item, the
 * home of a visitor who has just saved it, and the search for the arrival's words are asked again and again until the
 * arrival is there from every source that can propose it. The lists are filtered by the attribute: what is timed is
 * being retrieved, not being ranked among the first. Which sources can propose it, a copy that arrived well before says.
 * Times count from sending to the last byte of the answer that first has it.
 */

import { cp } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fitStore } from '../src/cascade/fit-store.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { equalBlend } from '../src/ranking/blend.ts'
import { defaultSources, sourceDefinition } from '../src/sources/registry.ts'
import type { Surface } from '../src/sources/request.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'
import type { LoadResult } from './http-load.ts'
import { type BenchServer, itemsToAsk, quantile, runLoad, whileServing } from './http-server.ts'
import { plantRanker } from './planted-ranker.ts'

/** A store with an active snapshot beside it, which is copied; a public dataset is fitted when there is none. */
const STORE = process.env.LABRADOR_STORE
const DATASET = 'movielens-1m'
/** Sources that are fitted when named: for as long as it takes to have vectors, as nobody asks how good they are. */
const TOWERS = {
  'two-tower': { epochs: 3, temperature: 0.2 },
  'mixture-of-logits': { epochs: 2, temperature: 0.3 },
  'graph-sage': { batches: 300, popularity: 0 },
}
/** Those that take in items without history, but for pictures. */
const PROMISING = ['text', 'fresh', ...Object.keys(TOWERS)]
const RATE = 50
/** Arrivals a second: no more than their own questions leave the visitors room for. */
const ARRIVALS = 4
const SECONDS = 15
/** Items that arrived before, in the last part. */
const STOCK = 5000
const BATCH = 500
const TARGET_MS = 1000
/** Then it is given up. */
const MOST_MS = 5000
const PAUSE_MS = 5
/** A copy that arrived so long before is wherever it will ever be. */
const SETTLED_MS = 2000

interface Card {
  id: string
  title: string
  tags: string[]
  category: string
  sources?: string[]
}

/** An item that arrives again, and the sources that propose its copies. */
interface Page {
  card: Card
  expected: Record<Surface, string[]>
}

/** Milliseconds by what was waited for; those that never came are infinite. */
type Times = Map<string, number[]>

const benchmark: Benchmark = {
  summary: `From POST /api/v1/items or /events to the first answer that shows it: ${ARRIVALS} arrivals a second, ${RATE} pages a second beside them.`,
  run: (context) =>
    whileServing(
      'freshness',
      context.threads,
      (folder) => (STORE ? copiedStore(STORE, folder) : fittedStore(folder, context)),
      (server, path) => measure(server, itemsToAsk(path), context),
    ),
}

async function measure(server: BenchServer, asked: string[], { quick, note }: BenchContext) {
  const seconds = quick ? 5 : SECONDS
  const before = quick ? BATCH : STOCK
  const rows: BenchRow[] = []
  const cards = await Promise.all(
    [...new Set(asked)].slice(0, ARRIVALS * seconds).map((id) => cardOf(server, id)),
  )
  const part = async (name: string, rate: number) => {
    const pages = await settledPages(server, cards, labelOf(name))
    const times: Times = new Map()
    const load = rate && runLoad({ address: server.address, items: asked, rate, seconds: seconds + 1 })
    await arrivals(server, pages, { label: labelOf(name), count: ARRIVALS * seconds, times })
    for (const [what, never] of neverFound(times))
      note(`${name}: ${what} had not found ${never} after ${MOST_MS} ms.`)
    rows.push(...rowsOf(name, times))
    if (load) note(`${name}: ${visitorsText(await load)}`)
  }
  await runLoad({ address: server.address, items: asked, rate: RATE, seconds: 3 })
  await part('no visitors', 0)
  await part(`${RATE} pages/s`, RATE)
  await stock(server, cards, before)
  await part(`${RATE} pages/s and ${before} items before`, RATE)
  const { dataset, items, users, sources } = server
  note(`Snapshot of ${dataset}: ${items} items, ${users} users, sources ${sources.join(', ')}.`)
  return rows
}

const labelOf = (name: string) => name.replace(/\W+/g, '')

function visitorsText({ latencies, failed, shed }: LoadResult): string {
  const [median, p99] = [0.5, 0.99].map((share) => quantile(latencies, share))
  const sent = latencies.length + failed + shed
  return `visitors waited ${median!.toFixed(1)} ms at the median and ${p99!.toFixed(0)} ms at p99; ${failed + shed} of ${sent} got no list.`
}

function neverFound(times: Times): [what: string, count: number][] {
  const counts = [...times].map(([what, all]): [string, number] => [
    what,
    all.filter((ms) => ms === Number.POSITIVE_INFINITY).length,
  ])
  return counts.filter(([, count]) => count > 0)
}

function rowsOf(name: string, times: Times): BenchRow[] {
  return [...times].flatMap(([what, all]) => {
    const sorted = all.filter(Number.isFinite).sort((a, b) => a - b)
    const most = sorted.at(-1)!
    const row = (metric: string, value: number) => ({
      metric: `${name}: ${what}, ${metric}`,
      value,
      unit: 'ms',
    })
    const target = { peer: 'target', peerValue: TARGET_MS, ratio: TARGET_MS / most }
    return [
      row('p50', quantile(sorted, 0.5)),
      row('p95', quantile(sorted, 0.95)),
      { ...row(`longest of ${sorted.length}`, most), ...target },
    ]
  })
}

const itemUrl = ({ address }: BenchServer, id: string) =>
  `${address}/api/v1/items/${encodeURIComponent(id)}/related`

const homeUrl = ({ address }: BenchServer, user: string) =>
  `${address}/api/v1/users/${encodeURIComponent(user)}/recommendations`

async function cardOf(server: BenchServer, id: string): Promise<Card> {
  return (await ask<{ query: Card }>(`${itemUrl(server, id)}?limit=1`)).query
}

/** What proposes a copy of each page's item once it has been there for a while. */
async function settledPages(server: BenchServer, cards: readonly Card[], label: string): Promise<Page[]> {
  const copies = cards.map((card, k) => ({ card, id: `settled-${label}-${k}` }))
  for (const { card, id } of copies) {
    await post(server, 'events', { events: [{ user: `visitor-${id}`, item: card.id, kind: 'save' }] })
    await post(server, 'items', { items: [copyOf(card, id)] })
  }
  await sleep(SETTLED_MS)
  const pages: Page[] = []
  for (const { card, id } of copies) {
    const lists = listsOf(server, card, id)
    const [related, home] = [await sourcesIn(lists.related, id), await sourcesIn(lists.home, id)]
    pages.push({ card, expected: { related, home } })
  }
  return pages
}

/** The lists in which a copy should stand, filtered by its attribute. */
function listsOf(server: BenchServer, { id: page }: Card, id: string): Record<Surface, string> {
  const filter = `limit=1&filter=${encodeURIComponent(`arrival:${id}`)}`
  return {
    related: `${itemUrl(server, page)}?${filter}`,
    home: `${homeUrl(server, `visitor-${id}`)}?${filter}`,
  }
}

/** The sources that propose an item in a list; none where the server knows no such attribute yet. */
async function sourcesIn(list: string, id: string): Promise<string[]> {
  const { items } = await ask<{ items: Card[] }>(list)
  const sources = items.find((item) => item.id === id)?.sources ?? []
  return sources.filter((source) => PROMISING.includes(source))
}

/** Lets copies arrive at their times, whether or not those before have been found. */
async function arrivals(
  server: BenchServer,
  pages: readonly Page[],
  { label, count, times }: { label: string; count: number; times: Times },
): Promise<void> {
  const start = performance.now()
  const under: Promise<void>[] = []
  for (let k = 0; k < count; k++) {
    const wait = start + (k * 1000) / ARRIVALS - performance.now()
    if (wait > 0) await sleep(wait)
    under.push(arrive(server, pages[k % pages.length]!, `arrival-${label}-${k}`, times))
  }
  await Promise.all(under)
}

/** A copy is put, waited for wherever it should be found, then saved by a reader nobody knows. */
async function arrive(server: BenchServer, { card, expected }: Page, id: string, times: Times) {
  const reader = `reader-${id}`
  await post(server, 'events', { events: [{ user: `visitor-${id}`, item: card.id, kind: 'save' }] })
  const put = performance.now()
  await post(server, 'items', { items: [copyOf(card, id)] })
  const lists = listsOf(server, card, id)
  const inList = (surface: Surface) =>
    waitForEach(times, put, expected[surface], `${surface}, `, () => sourcesIn(lists[surface], id))
  const inSearch = waitForEach(times, put, ['search'], 'by its words, ', async () => {
    const found = await ask<{ items: Card[] }>(`${server.address}/api/v1/items?query=${wordOf(id)}`)
    return found.items.some((item) => item.id === id) ? ['search'] : []
  })
  await Promise.all([inList('related'), inList('home'), inSearch])
  const saved = performance.now()
  await post(server, 'events', { events: [{ user: reader, item: id, kind: 'save' }] })
  await waitForEach(times, saved, ['known'], 'an event at the home of who did it, ', async () => {
    const { knownUser } = await ask<{ knownUser: boolean }>(homeUrl(server, reader))
    return knownUser ? ['known'] : []
  })
}

/** A word that only this item has. */
const wordOf = (id: string) => `z${id.replace(/\W+/g, '')}`

const copyOf = ({ title, tags, category }: Card, id: string) => ({
  id,
  title: `${title} ${wordOf(id)}`,
  tags,
  attributes: { arrival: id, ...(category && { category }) },
})

/** Asks until all that were waited for are there, and keeps when each was first seen. */
async function waitForEach(
  times: Times,
  start: number,
  wanted: readonly string[],
  prefix: string,
  look: () => Promise<readonly string[]>,
): Promise<void> {
  const missing = new Set(wanted)
  const keep = (one: string, ms: number) => {
    if (!missing.delete(one)) return
    const all = times.get(prefix + one)
    if (all) all.push(ms)
    else times.set(prefix + one, [ms])
  }
  while (missing.size > 0) {
    const there = await look()
    const ms = performance.now() - start
    for (const one of there) keep(one, ms)
    if (ms > MOST_MS) for (const one of missing) keep(one, Number.POSITIVE_INFINITY)
    if (missing.size > 0) await sleep(PAUSE_MS)
  }
}

/** Items that arrive in large batches, as from a shop's feed. */
async function stock(server: BenchServer, cards: readonly Card[], count: number): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const items = Array.from({ length: BATCH }, (_, k) =>
      copyOf(cards[(from + k) % cards.length]!, `stock-${from + k}`),
    )
    await post(server, 'items', { items })
  }
}

async function ask<Answer>(url: string, init?: RequestInit): Promise<Answer> {
  for (;;) {
    const response = await fetch(url, init)
    const body = (await response.json()) as Answer
    if (response.ok) return body
    // Turned away: the wait counts.
    if (response.status !== 503) throw new Error(`${url}: ${JSON.stringify(body)}`)
    await sleep(PAUSE_MS)
  }
}

const post = ({ address }: BenchServer, what: string, body: unknown) =>
  ask(`${address}/api/v1/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

async function copiedStore(path: string, folder: string): Promise<string> {
  await cp(dirname(path), folder, { recursive: true })
  return join(folder, basename(path))
}

async function fittedStore(folder: string, { threads, progress }: BenchContext): Promise<string> {
  const store = await prepareDataset(DATASET, { storeDirectory: folder, progress })
  const snapshotFolder = join(dirname(store.path), 'snapshots')
  const sources = [...defaultSources(), ...Object.keys(TOWERS)]
  const blendOf = (surface: Surface) => {
    const names = sources.filter((name) => sourceDefinition(name).surfaces.includes(surface))
    return { blend: equalBlend(names, { asked: names.map(() => 400), pool: 200 }), rankers: [] }
  }
  const learned = { related: blendOf('related'), home: blendOf('home') }
  const options = {
    sources,
    sourceOptions: TOWERS,
    learned,
    snapshotFolder,
    keep: 1,
    threads,
    seed: 1,
    progress,
  }
  await fitStore(store, { ...options, now: Date.now() })
  store.close()
  await plantRanker(snapshotFolder, threads)
  return store.path
}

export default benchmark
