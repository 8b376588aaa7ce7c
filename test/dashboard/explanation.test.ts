/** @file Why an item is shown, on the page: the panel of a card, the page of a request, and links between them. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { LabradorClient } from '../../client/src/index.ts'
import { deriveSnapshot } from '../../src/cascade/derive-snapshot.ts'
import { activateSnapshot, activeSnapshot } from '../../src/cascade/snapshot.ts'
import { parseExperiments } from '../../src/experiments/declaration.ts'
import { explorationOptions } from '../../src/ranking/exploration/options.ts'
import type { LinearModel } from '../../src/ranking/linear/linear-model.ts'
import { fittedClub } from '../server/reading-club.ts'
import { serveClub } from '../server/running-server.ts'
import { assertUsable, type Look, pageOf, reported, screenshots } from './browser.ts'

/** Features that speak for an item, against it, and are missing for a new visitor: a bar of every kind. */
const model: LinearModel = {
  version: 1,
  kind: 'linear',
  features: ['tags-words.last', 'item2vec.last', 'random-walk.share', 'item.count', 'visual.others'],
  weights: [0.8, 1, -0.6, 0.3, 1],
  missing: [0, 0, 0, 0, -0.25],
  intercept: 0.125,
  fitted: {},
}
const club = await fittedClub()
const { features } = model
const ranker = {
  version: 1 as const,
  ranker: 'linear',
  features,
  blendWeight: 0,
  fixed: {},
  calibration: null,
  fitted: {},
}
const { name } = await deriveSnapshot(
  club.snapshotFolder,
  await activeSnapshot(club.snapshotFolder),
  { related: { ...ranker, text: JSON.stringify(model) } },
  1_710_000_000_000,
)
await activateSnapshot(club.snapshotFolder, name)
const arms = [
  { name: 'plain', share: 0.5 },
  { name: 'fancy', share: 0.5 },
]
const server = await serveClub(club, {
  exploration: explorationOptions.parse({ share: 1 }),
  experiments: parseExperiments({ experiments: [{ name: 'covers', arms }] }),
})
after(async () => {
  await server.close()
  await club.remove()
})
const client = new LabradorClient(server.address)
const openPage = await pageOf(server)

/** The page of an item once its list was shown and reported, and the id of the list's request. */
async function openItem(page: Page, item: string): Promise<string> {
  const related = page.waitForResponse((response) => response.url().includes(`/items/${item}/related`))
  const shown = reported(page, 'impression', 'related')
  await page.goto(`${server.address}/?item=${item}`)
  const { requestId } = (await (await related).json()) as { requestId: string }
  await shown
  await page.locator('.why').first().waitFor()
  return requestId
}

/** What a table of features says, row by row; `side` is where the bar goes. */
async function rowsOf(explained: Locator) {
  const rows = await explained.locator('tbody tr').all()
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator('th, td').allInnerTexts()
      const bar = row.locator('.bar i')
      const side = (await bar.count()) === 0 ? null : await bar.getAttribute('class')
      return { feature: cells[0]!, value: cells[1]!, added: cells[2]!.trim(), side }
    }),
  )
}

test('the panel of a card says what the server says of its item', async () => {
  const { page, complaints, close } = await openPage()
  const requestId = await openItem(page, 'book-7')
  const { explanation } = await client.explanation(requestId)
  const item = explanation.items[4]!
  const before = await page.locator('.cards').last().boundingBox()
  await page
    .locator('.slot', { has: page.locator(`[data-item="${item.item}"]`) })
    .locator('.why')
    .click()
  const panel = page.getByRole('dialog', { name: /^Why “The .* \d+”\?$/ })
  await panel.locator('tbody tr').first().waitFor()
  assert.deepEqual(await page.locator('.cards').last().boundingBox(), before)

  const text = (await panel.textContent()) ?? ''
  assert.deepEqual(await panel.locator('.reasons .source').allInnerTexts(), item.sources)
  assert.equal(explanation.request.policy, 'uniform')
  assert.ok(Math.abs(item.propensity - 1 / (explanation.items.length - 4)) < 1e-9)
  assert.ok(text.includes(`probability ${Number(item.propensity.toPrecision(3))}; arranged by uniform`), text)
  assert.ok(text.includes(`covers: ${explanation.request.arms.covers}`), text)
  assert.match(text, /What came of it\s*impression/)
  assert.match(text, /ranked by linear/)

  const moving = item.features.filter(({ contribution }) => contribution)
  assert.ok(moving.length >= 3 && moving.length <= features.length)
  assert.deepEqual(
    await rowsOf(panel),
    moving.map(({ feature, value, contribution }) => ({
      feature,
      value: value === null ? 'missing' : String(Number(value.toPrecision(5))).replaceAll('-', '−'),
      added: `${contribution! < 0 ? '−' : '+'}${Math.abs(contribution!).toFixed(4)}`,
      side: contribution! < 0 ? 'less' : 'more',
    })),
  )
  await page.screenshot({ path: join(screenshots, 'panel.png') })
  await panel.getByRole('button', { name: `Show all ${item.features.length} features` }).click()
  assert.equal(await panel.locator('tbody tr').count(), item.features.length)
  await panel.getByRole('button', { name: 'Show the strongest' }).click()
  assert.equal(await panel.locator('tbody tr').count(), moving.length)
  assert.deepEqual(complaints, [])
  await close()
})

test('bars start at one axis: to the right of it what adds, to the left what takes, as long as it is strong', async () => {
  const { page, close } = await openPage()
  const requestId = await openItem(page, 'book-12')
  const { explanation } = await client.explanation(requestId)
  const mixed = explanation.items.find(({ features: of }) => {
    const signs = new Set(of.map(({ contribution }) => Math.sign(contribution ?? 0)))
    return signs.has(1) && signs.has(-1)
  })
  assert.ok(mixed, 'no item that something speaks for and something against')
  await page
    .locator('.why')
    .nth(mixed.place - 1)
    .click()
  await page.locator('.panel tbody tr').first().waitFor()
  const added = new Map(mixed.features.map(({ feature, contribution }) => [feature, contribution!]))
  const axes: number[] = []
  const perUnit: number[] = []
  for (const row of await page.locator('.panel tbody tr').all()) {
    const contribution = added.get((await row.getAttribute('data-feature'))!)!
    const box = (await row.locator('.bar i').boundingBox())!
    axes.push(contribution < 0 ? box.x + box.width : box.x)
    if (box.width > 20) perUnit.push(box.width / Math.abs(contribution))
  }
  assert.ok(Math.max(...axes) - Math.min(...axes) < 2, axes.join())
  assert.ok(perUnit.length >= 2 && Math.max(...perUnit) / Math.min(...perUnit) < 1.1, perUnit.join())
  await close()
})

test('the panel opens, stays with the keyboard, closes and gives the focus back', async () => {
  const { page, close } = await openPage()
  await openItem(page, 'book-7')
  const why = page.locator('.why').nth(2)
  await why.focus()
  await page.keyboard.press('Enter')
  await page.locator('.panel tbody tr').first().waitFor()
  for (let k = 0; k < 8; k++) {
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(
      'document.activeElement !== document.body && !document.activeElement.closest(".panel")',
    )
    assert.equal(outside, false)
  }
  await page.keyboard.press('Escape')
  await page.locator('.panel').waitFor({ state: 'detached' })
  const focused = () =>
    page.evaluate('[...document.querySelectorAll(".why")].indexOf(document.activeElement)')
  assert.equal(await focused(), 2)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Close' }).click()
  await page.locator('.panel').waitFor({ state: 'detached' })
  assert.equal(await focused(), 2)
  assert.match(page.url(), /item=book-7$/)
  await close()
})

test('a request is explained by its id, pasted or linked, with what was clicked', async () => {
  const { page, complaints, close } = await openPage()
  const requestId = await openItem(page, 'book-7')
  const clicked = page.locator('.card[data-item]').nth(1)
  const item = await clicked.getAttribute('data-item')
  const click = reported(page, 'click', 'related')
  await clicked.click()
  await click
  await page.waitForSelector(`[data-query="${item}"]`)

  await page.getByRole('textbox', { name: 'Why was a request answered as it was?' }).fill(` ${requestId} `)
  await page.keyboard.press('Enter')
  await page.waitForURL(({ hash }) => hash === `#request=${requestId}`)
  await page.locator('h1:focus').waitFor()
  assert.ok(page.url().endsWith(`/#request=${requestId}`), page.url())
  assert.equal(await page.locator('h1').textContent(), requestId)
  const { explanation, cards } = await client.explanation(requestId)
  const rows = page.locator('.explained > li')
  await rows.first().waitFor()
  assert.equal(await rows.count(), explanation.items.length)
  assert.deepEqual(
    await rows.locator('summary .title').allInnerTexts(),
    cards.slice(1).map(({ title }) => title),
  )
  assert.match((await rows.nth(1).locator('summary').textContent()) ?? '', /impression, click/)
  assert.equal(await page.locator(`[data-explained="${explanation.items[0]!.item}"]`).isVisible(), true)
  await rows.nth(1).locator('summary').click()
  await page.locator(`[data-explained="${item}"]`).getByText('impression, click').waitFor()
  await page.screenshot({ path: join(screenshots, 'request.png') })

  await page.locator('.reasons .link').click()
  await page.waitForSelector('[data-query="book-7"]')
  await page.goBack()
  await rows.first().waitFor()
  await page.goto(`${server.address}/?item=book-9#request=${requestId}`)
  await rows.first().waitFor()
  assert.deepEqual(complaints, [])
  await close()
})

test('the panel leads to its whole request', async () => {
  const { page, close } = await openPage()
  const requestId = await openItem(page, 'book-7')
  await page.locator('.why').first().click()
  await page.locator('.panel').getByRole('link', { name: requestId }).click()
  await page.locator('.explained').waitFor()
  assert.equal(await page.locator('.panel').count(), 0)
  assert.ok(page.url().endsWith(`#request=${requestId}`))
  await close()
})

test('an unknown request is said to be unknown, and a failing server can be asked again', async () => {
  const { page, close } = await openPage()
  await page.goto(`${server.address}/#request=${encodeURIComponent('<b>nobody & nothing</b>')}`)
  await page.getByRole('alert').getByText('No request with this id is in the log.').waitFor()
  assert.equal(await page.locator('h1').textContent(), '<b>nobody & nothing</b>')
  await openItem(page, 'book-7')
  await page.route('**/explanation', (route) =>
    route.fulfill({ status: 503, json: { requestId: 'r', error: { code: 'unavailable', message: 'busy' } } }),
  )
  await page.locator('.why').first().click()
  await page.locator('.panel').getByRole('alert').getByText('busy').waitFor()
  await page.unroute('**/explanation')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('.panel tbody tr').first().waitFor()
  await close()
})

test('on a telephone and in the dark explanations fit and name everything', async () => {
  for (const [name, look] of Object.entries<Look>({
    phone: { width: 390, height: 844 },
    dark: { scheme: 'dark' },
    'phone-dark': { width: 390, height: 844, scheme: 'dark' },
  })) {
    const { page, complaints, close } = await openPage(look)
    const requestId = await openItem(page, 'book-7')
    await page.locator('.why').nth(1).click()
    await page.locator('.panel tbody tr').first().waitFor()
    await page.screenshot({ path: join(screenshots, `panel-${name}.png`) })
    await page.locator('.panel .contributions button').click()
    await assertUsable(page, name)
    const panel = (await page.evaluate(
      '[document.querySelector(".panel").scrollWidth, document.querySelector(".panel").clientWidth]',
    )) as [number, number]
    assert.ok(panel[0] <= panel[1], `${name}: the panel holds ${panel[0]} px in ${panel[1]}`)
    await page.goto(`${server.address}/#request=${requestId}`)
    await page.locator('.explained').waitFor()
    await assertUsable(page, name)
    await page.screenshot({ path: join(screenshots, `request-${name}.png`) })
    assert.deepEqual(complaints, [])
    await close()
  }
})
