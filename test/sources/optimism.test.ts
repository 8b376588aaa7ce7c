/** @file The source `two-tower` with optimism: home proposes by bounds or draws, pages of items by what is expected. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { twoTowerSource } from '../../src/sources/two-tower.ts'
import { fitOne, ITEMS, interactions, late } from './fit-one.ts'
import { requestFor } from './requests.ts'

function open(optimism: number, exploration: 'bound' | 'draw' = 'bound') {
  const pace = { temperature: 0.2, dim: 16, hidden: 16, epochs: 3, content: 16 }
  return fitOne(twoTowerSource, { ...pace, optimism, exploration })
}

const plain = await open(0)
const bold = await open(1)
const drawn = await open(1, 'draw')
const touches = new Uint32Array(ITEMS)
for (const item of interactions.item) touches[item]!++
const pages = Array.from({ length: 40 }, (_, k) => requestFor([k, k + 60, k + 200]))
const homes = pages.map((page) => ({ ...page, surface: 'home' as const }))

test('without optimism nothing is unsure, and nothing is said', () => {
  assert.ok(!Object.keys(plain.artefact.arrays).some((name) => name.startsWith('uncertainty')))
  assert.ok(!(plain.artefact.meta.notes as string[]).some((note) => note.includes('confidence')))
  assert.ok((bold.artefact.meta.notes as string[]).some((note) => note.includes('upper confidence bounds')))
})

test('pages of items propose what they would without optimism, to the last bit', () => {
  for (const { source } of [bold, drawn])
    for (const page of pages) assert.deepEqual(source.propose(page, 30), plain.source.propose(page, 30))
})

test('home proposes more of what few took up', () => {
  const meanTouches = ({ source }: typeof plain) => {
    const items = homes.flatMap((home) => [...source.propose(home, 20).items])
    return items.reduce((sum, item) => sum + touches[item]!, 0) / items.length
  }
  const [expected, bound] = [meanTouches(plain), meanTouches(bold)]
  assert.ok(bound < 0.8 * expected, `${bound} touches, ${expected} without`)
})

test('home draws anew for every request, and the same again for the same one', () => {
  assert.ok((drawn.artefact.meta.notes as string[]).some((note) => note.includes('draws from the posterior')))
  const home = homes[0]!
  const listOf = (draw?: number) => drawn.source.propose({ ...home, draw }, 30)
  assert.deepEqual(listOf(5), listOf(5))
  assert.notDeepEqual(listOf(5), listOf(6))
  // Without an id of its own the request's seed decides.
  assert.deepEqual(listOf(), listOf(home.seed))
  assert.deepEqual(drawn.source.propose({ ...home, draw: 5 }, 10).items, listOf(5).items.subarray(0, 10))
})

test('drawn scores are as far from the expected ones as sigma says', () => {
  const sigma = drawn.artefact.arrays['uncertainty.sigma'] as Float32Array
  const home = homes[1]!
  const expected = plain.source.propose(home, ITEMS)
  const byItem = new Map(Array.from(expected.items, (item, k) => [item, expected.scores[k]!]))
  let [squares, count] = [0, 0]
  for (let draw = 0; draw < 30; draw++) {
    const { items, scores } = drawn.source.propose({ ...home, draw }, ITEMS)
    assert.equal(items.length, expected.items.length)
    items.forEach((item, k) => {
      squares += ((scores[k]! - byItem.get(item)!) / sigma[item]!) ** 2
      count++
    })
  }
  assert.ok(Math.abs(squares / count - 1) < 0.05, `${squares / count}`)
})

test('an item that arrives later is given what is unsure of an item that nobody took up', () => {
  for (const { source } of [plain, bold, drawn]) source.addItems?.([late])
  const newSigma = bold.artefact.meta['uncertainty.newSigma'] as number
  const scoreOf = ({ source }: typeof plain, request: (typeof pages)[number] | (typeof homes)[number]) => {
    const { items, scores } = source.propose(request, ITEMS + 1)
    return scores[items.indexOf(ITEMS)]!
  }
  for (const [k, home] of homes.entries()) {
    assert.ok(Math.abs(scoreOf(bold, home) - scoreOf(plain, home) - newSigma) < 1e-5)
    assert.equal(scoreOf(bold, pages[k]!), scoreOf(plain, pages[k]!))
  }
  const [home] = homes
  const surpluses = Array.from({ length: 300 }, (_, draw) => {
    const { items, scores } = drawn.source.propose({ ...home!, draw }, ITEMS + 1)
    return scores[items.indexOf(ITEMS)]! - scoreOf(plain, home!)
  })
  const meanSquare = surpluses.reduce((sum, surplus) => sum + surplus ** 2, 0) / surpluses.length
  assert.ok(Math.abs(Math.sqrt(meanSquare) / newSigma - 1) < 0.2)
  assert.ok(surpluses.some((surplus) => surplus > 0) && surpluses.some((surplus) => surplus < 0))
})
