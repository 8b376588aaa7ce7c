/** @file Search by words and by what lies near them, on planted audiences; over HTTP too. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { localExecutor } from '../../src/cascade/local-executor.ts'
import { type DurableLog, Recommender } from '../../src/cascade/recommender.ts'
import { searchItems } from '../../src/cascade/search-items.ts'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import { emptyCandidates } from '../../src/sources/candidates.ts'
import type { Source } from '../../src/sources/source.ts'
import { fitItemSearch, openItemSearch } from '../../src/text/item-search.ts'
import { ask, post, serveClub } from '../server/running-server.ts'
import { audienceOf, book, bookOf, fittedAudiences, WORDS, wordOf } from './two-audiences.ts'

const audiences = await fittedAudiences(['two-tower', 'popular'])
after(() => audiences.remove())
const NOW = 1_707_800_000_000
const open = async ({ snapshotFolder }: typeof audiences) => {
  const snapshot = await readSnapshot(snapshotFolder, await activeSnapshot(snapshotFolder))
  const executor = localExecutor(snapshot, () => 0)
  const log = { putItems: async () => ({ added: 1, updated: 0, repeated: 0 }) } as unknown as DurableLog
  const recommender = new Recommender({ snapshot, executor, log, now: () => NOW })
  const found = async (query: string, limit = 45) => (await recommender.search(query, limit)).map(bookOf)
  return { snapshot, executor, recommender, found }
}
const { snapshot, executor, found } = await open(audiences)

/** Of 40 books those with the word come first, and `least` are for its audience. */
async function assertNear(search: typeof found, least: number): Promise<void> {
  for (const [audience, words] of WORDS.entries()) {
    for (const word of words) {
      const books = await search(word, 40)
      const exact = books.findIndex((each) => wordOf(each) !== word)
      assert.ok(exact >= 14, `${word}: ${exact} with the word in front`)
      assert.ok(books.slice(exact).every((each) => wordOf(each) !== word))
      const right = books.filter((each) => audienceOf(each) === audience).length
      assert.ok(right >= least, `${word}: ${right} of 40 for its audience`)
    }
  }
}

test('a word finds the books that have it, then those without it that the same readers like', async () => {
  await assertNear(found, 38)
})

test('a title that is typed whole is found first', async () => {
  for (const number of [0, 7, 31, 64, 89]) assert.equal((await found(book(number).title, 5))[0], number)
})

test('a word that is not finished finds what the whole word does', async () => {
  const [whole, begun] = [await found('kingdom', 40), await found('kingd', 40)]
  assert.ok(begun.slice(0, 14).every((each) => wordOf(each) === 'kingdom'))
  assert.ok(begun.filter((each) => whole.includes(each)).length >= 38)
})

test('words that nobody has find nothing, and hidden books are not found', async () => {
  assert.deepEqual(await found('zanzibar'), [])
  assert.deepEqual(await found(''), [])
  assert.ok(!(await found('winter', 90)).includes(5))
  const { executor } = await open(audiences)
  const first = (await executor.search('meadow', 90)).items[20]!
  await executor.changeItems([{ index: first, hidden: true, attributes: {} }])
  assert.ok(!(await executor.search('meadow', 90)).items.includes(first))
})

test('a book that arrives later is found near its words, and a word that came with it has a meaning at once', async () => {
  const { recommender, found } = await open(audiences)
  await recommender.putItems([book(90, { title: 'harbour zanzibar' })])
  assert.ok((await found('ledger', 46)).includes(90), 'near another word of its audience')
  const books = await found('zanzibar', 31)
  assert.equal(books[0], 90)
  const right = books.slice(1).filter((each) => audienceOf(each) === 0).length
  assert.ok(right >= 28, `${right} of 30 for the audience of the new word`)
  await recommender.putItems([book(90, { title: 'meadow zanzibar' })])
  const moved = (await found('zanzibar', 31)).slice(1).filter((each) => audienceOf(each) === 1).length
  assert.ok(moved >= 28, `${moved} of 30 for its other audience`)
})

test('what has all words comes first in their order; of the rest words say seven tenths and nearness three', () => {
  const titles = [
    'red lamp',
    'a red lamp and much else besides',
    'chair',
    'table',
    'lamp',
    'tall lamp',
    'red',
  ]
  const words = openItemSearch(fitItemSearch(titles.map((title) => ({ title, tags: [], text: '' }))))
  const near = { items: Uint32Array.of(5, 3, 1, 2), scores: Float32Array.of(0.8, 0.6, 0.5, 0.2) }
  const source: Source = { name: 'planted', propose: () => emptyCandidates, search: () => near }
  const isHidden = (item: number) => item === 2
  const { items, scores } = searchItems(words, [source], 'red lamp', 10, isHidden)
  assert.deepEqual([...items], [0, 1, 6, 5, 4, 3])
  const alone = words.search('red lamp', 10, isHidden)
  const match = (item: number) => alone.scores[alone.items.indexOf(item)]! / words.mostOf('red lamp')
  // What is not in the list lies as far as its last one.
  const expected = [1 + match(0), 1 + match(1), 0.7 * match(6) + (0.3 * 1.5) / 1.8, 0.7 * match(5) + 0.3]
  expected.push(0.7 * match(4) + (0.3 * 1.5) / 1.8, (0.3 * 1.6) / 1.8)
  expected.forEach((score, k) => {
    assert.ok(Math.abs(scores[k]! - score) < 1e-6, `${k}: ${scores[k]} ${score}`)
  })
})

test('a snapshot without towers asks item2vec what is near: books of the same readers, behind those with the word', async () => {
  const usual = await fittedAudiences(['item2vec', 'popular'])
  after(() => usual.remove())
  const { found, recommender } = await open(usual)
  await assertNear(found, 36)
  assert.equal((await found(book(31).title, 5))[0], 31)
  assert.deepEqual(await found('zanzibar'), [])
  await recommender.putItems([book(90, { title: 'harbour zanzibar' })])
  // It has no vector before the next fit: its words find it, and nothing lies near the word that only it has.
  assert.deepEqual(await found('zanzibar'), [90])
  assert.ok((await found('harbour', 40)).includes(90))
})

test('a source for want of a better one is not asked beside one that knows better', () => {
  const titles = ['red lamp', 'chair', 'table', 'stool']
  const words = openItemSearch(fitItemSearch(titles.map((title) => ({ title, tags: [], text: '' }))))
  const near = (item: number, searchIsFallback?: boolean): Source => ({
    ...{ name: `near ${item}`, propose: () => emptyCandidates, searchIsFallback },
    search: () => ({ items: Uint32Array.of(item), scores: Float32Array.of(0.5) }),
  })
  const found = (...sources: Source[]) => [...searchItems(words, sources, 'lamp', 10, () => false).items]
  assert.deepEqual(found(near(1, true)), [0, 1])
  assert.deepEqual(found(near(1, true), near(2)), [0, 2])
  assert.deepEqual(found(near(2), near(3)), [0, 2, 3])
})

test('without a source that can say what is near, words alone decide, as they always have', async () => {
  const { 'two-tower': _, ...artefacts } = snapshot.artefacts
  const plain = localExecutor({ ...snapshot, artefacts }, () => 0)
  const words = openItemSearch(snapshot.search)
  const isHidden = (item: number) => snapshot.catalog.hidden[item] === 1
  for (const query of ['harbour', 'harbour number7', 'kingd', 'zanzibar', 'the', ''])
    assert.deepEqual(await plain.search(query, 30), words.search(query, 30, isHidden))
  assert.notDeepEqual(await executor.search('harbour', 30), words.search('harbour', 30, isHidden))
})

test('over HTTP workers find the same', async () => {
  const server = await serveClub(audiences)
  after(() => server.close())
  const get = async (query: string) => {
    const path = `/api/v1/items?query=${encodeURIComponent(query)}&limit=40`
    return (await ask<{ items: { id: string }[] }>(server, path)).body.items.map(bookOf)
  }
  for (const query of ['harbour', 'quarry number3', 'zanzibar'])
    assert.deepEqual(await get(query), await found(query, 40))
  await ask(server, '/api/v1/items', post({ items: [book(90, { title: 'harbour zanzibar' })] }))
  assert.ok((await get('zanzibar')).length === 40)
})
