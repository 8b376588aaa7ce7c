/** @file The committed pages of the programmatic API are what TypeDoc makes of the code. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeApiPages } from '../../docs/reference-api.ts'

test('docs/reference/api is up to date (else: npm run docs)', async (context) => {
  const fresh = mkdtempSync(join(tmpdir(), 'labrador-api-'))
  context.after(() => rmSync(fresh, { recursive: true, force: true }))
  await writeApiPages(fresh)
  assert.deepEqual(pagesOf(join(import.meta.dirname, '../../docs/reference/api')), pagesOf(fresh))
})

function pagesOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = paths.filter((path) => statSync(join(folder, path)).isFile())
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}
