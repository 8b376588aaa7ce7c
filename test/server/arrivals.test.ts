/** @file What arrives over HTTP can be retrieved at once: by every source that takes in items without history. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentProgress } from '../../src/base/progress.ts'
import { openSources } from '../../src/cascade/fit.ts'
import { fitStore } from '../../src/cascade/fit-store.ts'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import { equalBlend } from '../../src/ranking/blend.ts'
import { sourceDefinition, sourceDefinitions } from '../../src/sources/registry.ts'
import { SURFACES, type Surface } from '../../src/sources/request.ts'
import type { EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { clubEvents, openClub } from './reading-club.ts'
import { ask, post, serveClub } from './running-server.ts'

interface Answer {
  items: { id: string; sources: string[] }[]
  knownUser?: boolean
}

/** Networks are fitted for a moment: nobody asks how good they are. */
const QUICK = {
  'two-tower': { epochs: 2, temperature: 0.2, batch: 8, hidden: 16, content: 16, dim: 16 },
  'mixture-of-logits': { epochs: 2, temperature: 0.3, batch: 8, hidden: 16, content: 16, dim: 16, first: 8 },
  'graph-sage': { batches: 5, pairs: 32, popularity: 0, content: 16 },
}
/** Generous: what is tested is that it happens, and `npm run bench -- freshness` says how soon. */
const SOON_MS = 20_000
const DAY = 24 * 60 * 60 * 1000

/** Networks need more members than the club has. */
function moreReaders(): EventRecord[] {
  return clubEvents().map((event) => ({ ...event, id: `more-${event.id}`, user: `more-${event.user}` }))
}

const sources = sourceDefinitions.map(({ name }) => name)

function blendOf(surface: Surface) {
  const names = sources.filter((name) => sourceDefinition(name).surfaces.includes(surface))
  return { blend: equalBlend(names, { asked: names.map(() => 400), pool: 200 }), rankers: [] }
}

const club = await openClub()
const store = openStore(club.storePath)
store.appendEvents(moreReaders())
await fitStore(store, {
  snapshotFolder: club.snapshotFolder,
  sources,
  sourceOptions: QUICK,
  learned: { related: blendOf('related'), home: blendOf('home') },
  keep: 1,
  threads: 1,
  seed: 1,
  progress: silentProgress,
  now: Date.now(),
})
store.close()
const server = await serveClub(club)
after(async () => {
  await server.close()
  await club.remove()
})

const send = (what: string, body: unknown) => ask(server, `/api/v1/${what}`, post(body))
const pageOf = (item: string, query: string) =>
  ask<Answer>(server, `/api/v1/items/${item}/related?${query}`).then(({ body }) => body)
const homeOf = (user: string, query: string) =>
  ask<Answer>(server, `/api/v1/users/${user}/recommendations?${query}`).then(({ body }) => body)
const found = async (query: string) => {
  const { body } = await ask<Answer>(server, `/api/v1/items?query=${query}`)
  return body.items.map(({ id }) => id)
}

/** A book like `book-7`, with a picture, under an attribute that no other one has. */
const arrival = (id: string) => ({
  id,
  title: `The Northern Kingdom of crime 7 ${id}`,
  text: 'A book about crime.',
  tags: ['crime', 'shelf-3'],
  attributes: { category: 'crime', arrival: id },
  image: 'images/book-7.png',
})

/** Asks until it is so; a list is asked for again only as long as that is not long. */
async function soon(look: () => Promise<boolean>): Promise<boolean> {
  const most = performance.now() + SOON_MS
  while (performance.now() < most) {
    if (await look()) return true
    await sleep(20)
  }
  return false
}

/** The fitted sources that take in items, by surface. */
async function promising(surface: Surface): Promise<string[]> {
  const snapshot = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
  const imageFolder = join(club.folder, 'images')
  return openSources({ ...snapshot, imageFolder }, surface)
    .filter(({ addItems }) => addItems)
    .map(({ name }) => name)
}

test('every source that takes in items proposes one that has just been posted, in every list it serves', async () => {
  await send('events', { events: [{ user: 'visitor', item: 'book-7', kind: 'save' }] })
  const { status } = await send('items', { items: [arrival('brand-new')] })
  assert.equal(status, 200)
  const lists = { related: () => pageOf('book-7', QUERY), home: () => homeOf('visitor', QUERY) }
  const QUERY = 'limit=1&filter=arrival:brand-new'
  for (const surface of SURFACES) {
    const expected = await promising(surface)
    assert.ok(
      ['text', 'visual', 'fresh', 'two-tower', 'mixture-of-logits', 'graph-sage'].every((name) =>
        expected.includes(name),
      ),
    )
    const seen = new Set<string>()
    const isThere = await soon(async () => {
      for (const { sources } of (await lists[surface]()).items) for (const one of sources) seen.add(one)
      return expected.every((name) => seen.has(name))
    })
    assert.ok(isThere, `${surface}: only ${[...seen].join(', ')}`)
  }
})

test('a posted picture has been looked at when the answer comes', async () => {
  await send('items', { items: [arrival('pictured')] })
  for (let worker = 0; worker < 4; worker++) {
    const { items } = await pageOf('book-7', 'limit=1&filter=arrival:pictured')
    assert.ok(items[0]?.sources.includes('visual'))
  }
})

test('an event counts at once: a visitor nobody knew gets items like the one that was just saved', async () => {
  await send('items', { items: [arrival('wanted')] })
  assert.equal((await homeOf('stranger', 'limit=5')).knownUser, false)
  await send('events', { events: [{ user: 'stranger', item: 'wanted', kind: 'save' }] })
  const { knownUser, items } = await homeOf('stranger', 'limit=100')
  assert.equal(knownUser, true)
  assert.ok(items.some(({ sources }) => sources.includes('text')))
  assert.ok(!items.some(({ id }) => id === 'wanted'))
})

test('an item that has other words by now is found by them and no longer by the old, new or known before', async () => {
  const beforehand = await found('poetry%2030')
  await send('items', { items: [{ ...arrival('renamed'), title: 'Armadillo' }] })
  for (const id of ['renamed', 'book-30']) {
    await send('items', { items: [{ ...arrival(id), title: 'Xylophone', tags: ['music'] }] })
    assert.ok((await found('xylophone')).includes(id), id)
    const { items } = await pageOf('book-30', 'limit=100&filter=arrival:renamed')
    if (id === 'book-30') assert.ok(items[0]?.sources.includes('text'), 'both are about music')
  }
  assert.deepEqual(await found('armadillo'), [])
  // Whom it was read with has not changed: it may still come behind what has the words.
  assert.equal(beforehand[0], 'book-30')
  assert.notEqual((await found('poetry%2030'))[0], 'book-30')
  await send('items', { items: [{ ...arrival('renamed'), title: 'Xylophone', text: 'About a wombat.' }] })
  assert.equal((await found('wombat'))[0], 'renamed')
})

test('an item that is posted again stays as young as it was, and is proposed once', async () => {
  const old = { ...arrival('again'), createdAt: Date.now() - 2 * DAY }
  await send('items', { items: [old] })
  await send('items', { items: [{ ...old, title: 'The same book again' }] })
  const { items } = await pageOf('book-7', 'limit=100&filter=arrival:again')
  assert.deepEqual(
    items.map(({ id }) => id),
    ['again'],
  )
})
