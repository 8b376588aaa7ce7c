/** @file A source that remembers answers as the one that does the work each time, and does it less often. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoised } from '../../src/cascade/memoised.ts'
import { PageMemory, sharedPages } from '../../src/cascade/page-memory.ts'
import type { ResolvedRequest } from '../../src/sources/request.ts'
import type { Source } from '../../src/sources/source.ts'

/** Proposes something that depends on all that it may depend on. */
function countingSource(): { source: Source; asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    source: {
      name: 'counting',
      followsFromQuery: true,
      propose({ surface, items, weights, region, language, seed }, limit) {
        asked++
        const sum = items.reduce((total, item, k) => total + (item + 1) * weights[k], 0)
        const score = sum * 31 + region * 7 + language * 5 + seed * 3 + limit + surface.length
        return { items: Uint32Array.of(1, 2), scores: Float32Array.of(score, score / 2) }
      },
    },
  }
}

const requests: fc.Arbitrary<{ request: ResolvedRequest; limit: number }> = fc.record({
  limit: fc.constantFrom(5, 6),
  request: fc
    .record({
      surface: fc.constantFrom('related' as const, 'home' as const),
      items: fc.array(fc.nat(3), { maxLength: 2 }).map((items) => Uint32Array.from(items)),
      weight: fc.constantFrom(1, 0.5),
      region: fc.nat(1),
      language: fc.nat(1),
      seed: fc.nat(1),
      user: fc.nat(5),
      time: fc.nat(5),
    })
    .map(({ weight, ...rest }) => ({
      ...rest,
      weights: new Float32Array(rest.items.length).fill(weight),
      times: new Float64Array(rest.items.length),
      segment: 0,
    })),
})

test('answers are those of the source itself, whatever was asked before and however little is kept', () => {
  fc.assert(
    fc.property(fc.array(requests, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (asked, kept) => {
      const plain = countingSource()
      const remembering = memoised(countingSource().source, new PageMemory(sharedPages(kept)), 0)
      for (const { request, limit } of asked) {
        assert.deepEqual(remembering.propose(request, limit), plain.source.propose(request, limit))
      }
    }),
  )
})

test('a page asked for again costs nothing, until others have pushed it out', () => {
  const { source, asked } = countingSource()
  const remembering = memoised(source, new PageMemory(sharedPages(2)), 0)
  const page = (item: number, user = 1) => ({
    surface: 'related' as const,
    items: Uint32Array.of(item),
    weights: Float32Array.of(1),
    times: Float64Array.of(0),
    user,
    region: 0,
    language: 0,
    segment: 0,
    time: user,
    seed: 1,
  })
  for (const item of [1, 2, 1, 1]) remembering.propose(page(item, asked()), 5)
  assert.equal(asked(), 2)
  remembering.propose(page(3), 5)
  remembering.propose(page(1), 5)
  assert.equal(asked(), 3)
  remembering.propose(page(2), 5)
  assert.equal(asked(), 4)
})

test('a source whose answers depend on more is left alone', () => {
  const { source } = countingSource()
  const timed = { ...source, followsFromQuery: false }
  const memory = new PageMemory(sharedPages(2))
  assert.equal(memoised(timed, memory, 0), timed)
  const growing = { ...source, addItems() {} }
  assert.equal(memoised(growing, memory, 0), growing)
})

test('what heeds a condition is asked anew for each; what does not may answer with what it knows', () => {
  const page = {
    ...{ surface: 'related' as const, items: Uint32Array.of(3), weights: Float32Array.of(1) },
    ...{ times: Float64Array.of(0), user: 1, region: 0, language: 0, segment: 0, time: 1, seed: 1 },
  }
  const condition = { filters: [], passes: () => true }
  for (const heedsCondition of [true, false]) {
    const { source, asked } = countingSource()
    const remembering = memoised({ ...source, heedsCondition }, new PageMemory(sharedPages(16)), 0)
    for (const request of [page, { ...page, condition }, page]) remembering.propose(request, 5)
    assert.equal(asked(), heedsCondition ? 2 : 1)
  }
})

test('sources that share a memory keep to their own answers', () => {
  const memory = new PageMemory(sharedPages(16))
  const [one, other] = [countingSource(), countingSource()]
  const page = {
    surface: 'related' as const,
    items: Uint32Array.of(3),
    weights: Float32Array.of(1),
    times: Float64Array.of(0),
    user: 1,
    region: 0,
    language: 0,
    segment: 0,
    time: 1,
    seed: 1,
  }
  memoised(one.source, memory, 0).propose(page, 5)
  memoised(other.source, memory, 1).propose(page, 5)
  // Another thread's view of the same source.
  memoised(other.source, memory, 1).propose(page, 5)
  assert.deepEqual([one.asked(), other.asked()], [1, 1])
})
