/** @file The committed reference is what the code gives. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { referencePages } from '../../docs/reference-pages.ts'
import * as api from '../../src/index.ts'
import { ROOT } from './blocks.ts'

for (const [name, text] of Object.entries(referencePages())) {
  test(`docs/reference/${name} is up to date (else: npm run docs)`, () => {
    assert.equal(readFileSync(join(ROOT, 'docs', 'reference', name), 'utf8'), text)
  })
}

test('the reference of the API knows everything that the package exports (else: npm run docs)', () => {
  const page = readFileSync(join(ROOT, 'docs', 'reference', 'api', 'README.md'), 'utf8')
  const modules = readFileSync(join(ROOT, 'docs', 'reference', 'api', 'modules', 'src.md'), 'utf8')
  for (const name of Object.keys(api)) assert.ok((page + modules).includes(name), name)
})
