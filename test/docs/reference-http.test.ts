/** @file The committed page of the HTTP API is what the server's OpenAPI document says. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { httpPage } from '../../docs/reference-http.ts'

test('docs/reference/http.md is up to date (else: npm run docs)', async () => {
  const path = join(import.meta.dirname, '../../docs/reference/http.md')
  assert.equal(readFileSync(path, 'utf8'), await httpPage())
})
