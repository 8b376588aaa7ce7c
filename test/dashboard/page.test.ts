/** @file The page in a real browser on a real server: search, look, click through, and what comes back as events. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import type { EventRecord } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { clubServer } from '../server/running-server.ts'
import { assertUsable, type Look, pageOf, reported, screenshots } from './browser.ts'

const { club, server } = await clubServer()
const openPage = await pageOf(server)

function eventsOf(user: string): EventRecord[] {
  const store = openStore(club.storePath)
  const found: EventRecord[] = []
  for (const { events } of store.events()) found.push(...events.filter((event) => event.user === user))
  store.close()
  return found
}
const visitorOf = (page: Page) => page.evaluate('localStorage.getItem("labrador-visitor")') as Promise<string>
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search items' })

test('search, open, see what is related and why, click through: all of it comes back as events', async () => {
  const { page, complaints, close } = await openPage()
  await search(page).fill('kingdom of crime 7')
  await page.getByRole('heading', { name: '“kingdom of crime 7”' }).waitFor()
  const hit = page.locator('.card[data-item="book-7"]')
  await hit.waitFor()

  const related = page.waitForResponse((response) => response.url().includes('/items/book-7/related'))
  const shown = reported(page, 'impression', 'related')
  await hit.click()
  const answer = (await (await related).json()) as {
    requestId: string
    items: { id: string; sources: string[] }[]
  }
  await shown
  await page.waitForSelector('[data-query="book-7"]')
  assert.match((await page.locator('h1').textContent()) ?? '', /crime 7$/)
  assert.match(await page.title(), /crime 7/)
  const picture = await page
    .locator('.query img')
    .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)
  assert.equal(picture, 64)

  const cards = page.locator('.card[data-item]')
  assert.equal(await cards.count(), answer.items.length)
  const chips = await cards.first().locator('.source').allInnerTexts()
  assert.ok(chips.length > 0)
  assert.ok(answer.items[0]!.sources.includes(chips[0]!))
  await page.screenshot({ path: join(screenshots, 'related.png') })

  const third = answer.items[2]!.id
  const clicked = reported(page, 'click', 'related')
  await page.locator(`.card[data-item="${third}"]`).click()
  assert.equal((await clicked).status(), 200)
  await page.waitForSelector(`[data-query="${third}"]`)
  assert.match(page.url(), new RegExp(`item=${third}$`))

  const events = eventsOf(await visitorOf(page))
  const impressions = events.filter(
    (event) => event.kind === 'impression' && event.context?.requestId === answer.requestId,
  )
  assert.deepEqual(
    impressions.map((event) => [event.item, event.context?.position]),
    answer.items.map(({ id }, position) => [id, position]),
  )
  const click = events.find((event) => event.kind === 'click' && event.item === third)
  assert.deepEqual(click?.context, { surface: 'related', position: 2, requestId: answer.requestId })
  assert.equal(click?.session, impressions[0]!.session)

  await page.goBack()
  await page.waitForSelector('[data-query="book-7"]')
  assert.deepEqual(complaints, [])
  await close()
})

test('a visitor is greeted as new, and recognised after the first click', async () => {
  const { page, complaints, close } = await openPage()
  await page.getByRole('heading', { name: 'To begin with' }).waitFor()
  const click = reported(page, 'click', 'home')
  await page.locator('.card[data-item]').first().click()
  await click
  await page.getByRole('link', { name: 'Labrador' }).click()
  await page.getByRole('heading', { name: 'For you' }).waitFor()
  assert.deepEqual(complaints, [])
  await close()
})

test('a click that opens a new tab counts as well, with its place and list', async () => {
  const { page, complaints, close } = await openPage()
  const visitor = await visitorOf(page)
  const requestId = eventsOf(visitor)[0]!.context!.requestId
  const cards = page.locator('.card[data-item]')
  const clicks: [number, Parameters<Locator['click']>[0]][] = [
    [1, { modifiers: ['ControlOrMeta'] }],
    [3, { button: 'middle' }],
  ]
  for (const [place, how] of clicks) {
    const answer = reported(page, 'click', 'home')
    await cards.nth(place).click(how)
    await answer
    const item = await cards.nth(place).getAttribute('data-item')
    const click = eventsOf(visitor).find((event) => event.kind === 'click' && event.item === item)
    assert.deepEqual(click?.context, { surface: 'home', position: place, requestId })
  }
  assert.equal(new URL(page.url()).search, '')
  assert.deepEqual(complaints, [])
  await close()
})

test('an item without a picture, or with one that does not load, gets a drawn cover', async () => {
  const { page, close } = await openPage()
  await page.goto(`${server.address}/?item=book-8`)
  await page.waitForSelector('.query svg.cover')
  await page.goto(`${server.address}/?item=book-9`)
  await page.waitForSelector('.query svg.cover')
  await close()
})

test('the legend says what a source means and marks its items', async () => {
  const { page, close } = await openPage()
  await page.goto(`${server.address}/?item=book-12`)
  const chip = page.locator('.legend .source', { hasText: 'co-occurrence' })
  await chip.click()
  assert.equal(await chip.getAttribute('aria-pressed'), 'true')
  assert.match((await page.locator('.meaning').textContent()) ?? '', /share collections/)
  for (const card of await page.locator('.card.faded').all()) {
    assert.equal(await card.locator('[data-source="co-occurrence"]').count(), 0)
  }
  await page.locator('.trace summary').click()
  await page.getByText('merge', { exact: true }).waitFor()
  await page.screenshot({ path: join(screenshots, 'legend.png') })
  await close()
})

test('everything can be done with the keyboard', async () => {
  const { page, close } = await openPage()
  await page.keyboard.press('/')
  await page.keyboard.type('harbour')
  await page.getByRole('heading', { name: '“harbour”' }).waitFor()
  await page.waitForSelector('.card[data-item]')
  await page.keyboard.press('Enter')
  const focused = await page.evaluate('document.activeElement.dataset.item')
  assert.match(String(focused), /^book-/)
  await page.keyboard.press('Enter')
  await page.waitForSelector(`[data-query="${focused}"]`)
  await page.locator('h1:focus').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('zzzz')
  await page.getByText('Nothing found.').waitFor()
  await page.keyboard.press('Escape')
  await page.waitForSelector(`[data-query="${focused}"]`)
  await close()
})

test('a server that fails is said so, and trying again works', async () => {
  const { page, close } = await openPage()
  await page.route('**/related*', (route) =>
    route.fulfill({
      status: 503,
      json: { requestId: 'r', error: { code: 'unavailable', message: 'busy now' } },
    }),
  )
  await page.goto(`${server.address}/?item=book-12`)
  await page.getByRole('alert').getByText('busy now').waitFor()
  await page.screenshot({ path: join(screenshots, 'failed.png') })
  await page.unroute('**/related*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.waitForSelector('[data-query="book-12"]')
  await page.goto(`${server.address}/?item=${encodeURIComponent('<script>no such item</script>')}`)
  await page.getByRole('alert').getByText('unknown item').waitFor()
  await close()
})

test('on a telephone and in the dark the page fits and names everything', async () => {
  for (const [name, look] of Object.entries<Look>({
    'start-phone': { width: 390, height: 844 },
    'start-dark': { scheme: 'dark' },
    'item-phone-dark': { width: 390, height: 844, scheme: 'dark' },
  })) {
    const { page, complaints, close } = await openPage(look)
    if (name.startsWith('item')) {
      const shown = reported(page, 'impression', 'related')
      await page.goto(`${server.address}/?item=book-7`)
      await shown
      await page.waitForSelector('[data-query="book-7"]')
    }
    await assertUsable(page, name)
    await page.screenshot({ path: join(screenshots, `${name}.png`) })
    assert.deepEqual(complaints, [])
    await close()
  }
})
