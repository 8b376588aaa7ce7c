/**
 * @file Your own events, a fit, and recommendations, all in this process.
 *
 *   node examples/recommend-in-process.ts
 *
 * In a project of your own, import from 'labrador'.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EventRecord, fit, type Item, openRecommender, openStore } from '../src/index.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-example-'))
const store = openStore(join(folder, 'store.db'))

// A record shop: what there is …
const records: [id: string, title: string, genre: string][] = [
  ['kind-of-blue', 'Kind of Blue', 'jazz'],
  ['a-love-supreme', 'A Love Supreme', 'jazz'],
  ['time-out', 'Time Out', 'jazz'],
  ['head-hunters', 'Head Hunters', 'jazz'],
  ['goldberg', 'Goldberg Variations', 'classical'],
  ['four-seasons', 'The Four Seasons', 'classical'],
  ['winterreise', 'Winterreise', 'classical'],
  ['planets', 'The Planets', 'classical'],
]
store.putItems(
  records.map(
    ([id, title, genre]): Item => ({
      id,
      title,
      text: '',
      tags: [genre],
      attributes: { category: genre },
      image: null,
      createdAt: null,
      hidden: false,
    }),
  ),
)

// … and who bought what: each customer keeps to one shelf, more or less.
const start = Date.parse('2026-01-01')
const events: EventRecord[] = []
for (let customer = 0; customer < 40; customer++) {
  const shelf = customer % 2 === 0 ? 0 : 4
  for (let visit = 0; visit < 3; visit++) {
    const [item] = records[shelf + ((customer + visit) % 4)]!
    events.push({
      id: `order-${customer}-${visit}`,
      time: start + (customer * 3 + visit) * 3_600_000,
      user: `customer-${customer}`,
      item,
      kind: 'purchase',
      value: 1,
      session: null,
      context: null,
    })
  }
}
store.appendEvents(events)

const { sources, skipped } = await fit(store, { threads: 1 })
console.log('Sources:', sources.join(', '))
for (const [source, reason] of Object.entries(skipped)) console.log(`Without ${source}: ${reason}.`)

const recommender = await openRecommender(store)
const { items } = await recommender.related('kind-of-blue', { limit: 3 })
console.log('\nWhoever looks at Kind of Blue may like:')
for (const { title, sources } of items) console.log(`  ${title} (${sources.join(', ')})`)

// What a new customer does counts at once, without a new fit.
const click = { id: 'click-1', user: 'newcomer', item: 'goldberg', kind: 'click' } as const
await recommender.recordEvents([{ ...click, time: Date.now(), value: null, session: null, context: null }])
const home = await recommender.home('newcomer', { limit: 2 })
console.log('\nFor a newcomer who looked at the Goldberg Variations:')
for (const { title } of home.items) console.log(`  ${title}`)

await recommender.close()
store.close()
await rm(folder, { recursive: true })
