import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidOptionError } from '../../src/base/errors.ts'

test('an error about an option shows what was given, numbers that are none as well', () => {
  const shown = [Number.NaN, Number.POSITIVE_INFINITY, null, undefined, 'x', [1]].map(
    (value) => new InvalidOptionError('k', value, 'a number').message,
  )
  assert.deepEqual(
    shown.map((message) => /^k: got (.*), expected a number/.exec(message)?.[1]),
    ['NaN', 'Infinity', 'null', 'undefined', '"x"', '[1]'],
  )
})
