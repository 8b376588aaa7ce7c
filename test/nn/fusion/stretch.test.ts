/** @file How values of a stretched tensor are found, against the rule of broadcasting written out. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { stretchOf } from '../../../src/nn/fusion/stretch.ts'

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)

/** For each value of the larger shape the place of what it repeats. */
function placesOf(from: readonly number[], to: readonly number[]): number[] {
  const lead = to.length - from.length
  return Array.from({ length: product(to) }, (_, k) => {
    let place = 0
    from.forEach((size, axis) => {
      const at = Math.floor(k / product(to.slice(axis + lead + 1))) % to[axis + lead]!
      place = place * size + (size === 1 ? 0 : at)
    })
    return place
  })
}

test('one number says where the values of a stretched tensor lie, or there is none that could', () => {
  const shapes = fc
    .array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 })
    .chain((to) =>
      fc
        .tuple(fc.nat(to.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
        .map(([drop, ones]) => ({ to, from: to.map((size, axis) => (ones[axis] ? 1 : size)).slice(drop) })),
    )
  fc.assert(
    fc.property(shapes, ({ from, to }) => {
      const places = placesOf(from, to)
      const withRepeats = (axes: number) => {
        const repeats = product(to.slice(to.length - axes))
        return places.map((_, k) => Math.floor(k / repeats) % product(from))
      }
      const axes = stretchOf(from, to)
      if (axes !== null) assert.deepEqual(withRepeats(axes), places)
      else for (let each = 0; each <= to.length; each++) assert.notDeepEqual(withRepeats(each), places)
    }),
    { numRuns: 500 },
  )
})

test('names of sizes are kept where they are the same', () => {
  assert.equal(stretchOf(['batch', 1], ['batch', 8]), 1)
  assert.equal(stretchOf([8], ['batch', 8]), 0)
  assert.equal(stretchOf(['batch', 1, 8], ['batch', 3, 8]), null)
  assert.equal(stretchOf([2, 3, 4], [3, 4]), null)
})
