/** @file Zip archives: what went in comes out, and damage is said, never passed on. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { InvalidFileError } from '../../src/base/errors.ts'
import { readZip } from '../../src/data/zip.ts'
import { writeZip } from './zip.ts'

const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

test('every entry comes out as it went in, stored or deflated', () => {
  fc.assert(
    fc.property(content, content, fc.boolean(), (first, second, packed) => {
      const entries = readZip('x.zip', writeZip({ 'folder/a.dat': first, 'ü.dat': second }, packed))
      assert.deepEqual([...entries.keys()], ['folder/a.dat', 'ü.dat'])
      assert.deepEqual(entries.get('folder/a.dat')!(), first)
      assert.deepEqual(entries.get('ü.dat')!(), second)
    }),
  )
})

test('a damaged or cut archive gives the right content or an error that names it, nothing else', () => {
  const original = Buffer.from('Toy Story::Animation\n'.repeat(20))
  const archive = writeZip({ 'a.dat': original })
  const damage = fc.record({
    at: fc.nat(archive.length - 1),
    flip: fc.integer({ min: 1, max: 255 }),
    length: fc.oneof(fc.constant(archive.length), fc.nat(archive.length)),
  })
  fc.assert(
    fc.property(damage, ({ at, flip, length }) => {
      const damaged = Buffer.from(archive)
      damaged[at] ^= flip
      try {
        for (const read of readZip('x.zip', damaged.subarray(0, length)).values()) {
          assert.deepEqual(read(), original)
        }
      } catch (error) {
        assert.ok(error instanceof InvalidFileError, String(error))
        assert.match(error.message, /^x\.zip: /)
      }
    }),
    { numRuns: 3000 },
  )
})
