/** @file A real browser for the tests of one file, and pages of a server in it. */

import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { chromium, type Page, type Response } from 'playwright-core'
import type { RunningServer } from '../../src/server/serve.ts'
import type { EventKind } from '../../src/store/records.ts'

/** Where pictures of the page go, to be looked at. */
export const screenshots = process.env.SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), 'labrador-screenshots-')))

export interface Look {
  width?: number
  height?: number
  scheme?: 'light' | 'dark'
}

export interface OpenPage {
  page: Page
  /** What the console complained about. */
  complaints: string[]
  close(): Promise<void>
}

/**
 * Starts a browser that ends with the file's tests; every page is a visitor of its own, at the start page,
 * with everything answered and reported: what a test waits for next is of its own doing.
 */
export async function pageOf(server: RunningServer): Promise<(look?: Look) => Promise<OpenPage>> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
    ],
  })
  after(() => browser.close())
  return async ({ width = 1280, height = 900, scheme = 'light' } = {}) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      // The browser says so when a picture is not there; the page draws a cover instead.
      if (message.location().url.endsWith('/images/missing.png')) return
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(server.address, { waitUntil: 'networkidle' })
    await page.waitForSelector('.card[data-item]')
    return { page, complaints, close: () => context.close() }
  }
}

/** The answer to the next report of an event of this kind on this surface. */
export function reported(page: Page, kind: EventKind, surface: string): Promise<Response> {
  return page.waitForResponse((response) => {
    const sent = response.request().postData() ?? ''
    return (
      response.url().endsWith('/events') &&
      sent.includes(`"kind":"${kind}"`) &&
      sent.includes(`"surface":"${surface}"`)
    )
  })
}

/** Everything fits the window's width, and whatever can be used has a name. */
export async function assertUsable(page: Page, name: string): Promise<void> {
  const [content, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )) as [number, number]
  assert.ok(content <= window, `${name}: ${content} px wide in ${window}`)
  const nameless = await page.evaluate(
    `[...document.querySelectorAll('a, button, input, dialog, summary')].filter((element) =>
      !(element.textContent.trim() || element.getAttribute('aria-label') || element.title || element.labels?.length)
    ).map((element) => element.outerHTML)`,
  )
  assert.deepEqual(nameless, [], name)
}
