/**
 * @file A server, and the typed client that asks it: recommendations, clicks that come back, a new item.
 *
 *   node examples/serve-and-ask.ts
 *
 * In a project of your own, import from 'labrador' on the server's side and from '@labrador/client' on the other.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LabradorApiError, LabradorClient } from '../client/src/index.ts'
import { type EventRecord, fit, openStore, serve } from '../src/index.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-example-'))
const storePath = join(folder, 'store.db')
const store = openStore(storePath)
store.appendEvents(madeUpViews())
await fit(store, { sources: ['co-occurrence', 'popular', 'text', 'fresh'], threads: 1 })
store.close()

const server = await serve(storePath, { workers: 1 })
const client = new LabradorClient(server.address)

const { items, requestId, trace, totalMs } = await client.related('page-3', { limit: 4 })
console.log('Related to page-3:', items.map(({ id }) => id).join(', '))
console.log(`${trace.length} stages in ${totalMs < 1000 ? 'less than a second' : `${totalMs} ms`}`)

// What was shown and what was chosen go back with the request's id: the loop closes.
await client.recordEvents([
  ...items.map(({ id }, position) => ({
    user: 'visitor-1',
    item: id,
    kind: 'impression' as const,
    context: { requestId, position },
  })),
  { user: 'visitor-1', item: items[0]!.id, kind: 'click', context: { requestId, position: 0 } },
])
const home = await client.recommendations('visitor-1', { limit: 3 })
console.log('For visitor-1:', home.items.map(({ id }) => id).join(', '))

await client.putItems([{ id: 'page-new', title: 'A page nobody has seen', tags: ['new'] }])
const found = await client.items('nobody seen')
console.log('Found:', found.items.map(({ id }) => id).join(', '))

try {
  await client.related('page-404')
} catch (error) {
  if (error instanceof LabradorApiError) console.log(`${error.status} ${error.code}: ${error.message}`)
}

await server.close()
await rm(folder, { recursive: true })

/** Visits of a few pages each, of one half of the site or the other. */
function madeUpViews(): EventRecord[] {
  const start = Date.parse('2026-01-01')
  return Array.from({ length: 600 }, (_, k) => {
    const visitor = k % 60
    // A number below ten that looks random and is the same every time.
    const page = Math.floor(Math.abs((Math.sin(k + 1) * 10_000) % 1) * 10)
    return {
      id: `view-${k}`,
      time: start + k * 60_000,
      user: `visitor-${visitor + 100}`,
      item: `page-${(visitor % 2) * 10 + page}`,
      kind: 'view',
      value: null,
      session: `visit-${visitor}`,
      context: null,
    }
  })
}
