/** @file The cascade's stages on proposals made by hand, against a slow reference. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringColumn } from '../../src/base/string-column.ts'
import { indexAttributes } from '../../src/cascade/attribute-filter.ts'
import {
  type CascadeRequest,
  type FinishContext,
  finish,
  namesOf,
  type Proposal,
  propose,
} from '../../src/cascade/cascade.ts'
import type { Catalog } from '../../src/data/dataset.ts'
import { equalBlend } from '../../src/ranking/blend.ts'
import type { Source } from '../../src/sources/source.ts'

const ITEMS = 40
const NAMES = ['alpha', 'beta', 'gamma']
const attributes = Array.from({ length: ITEMS }, (_, item) =>
  JSON.stringify({ parity: item % 2 ? 'odd' : 'even' }),
)
const index = indexAttributes({ attributes: stringColumn(attributes) } as Catalog)

function context(hidden: readonly number[], liveHidden: readonly number[]): FinishContext {
  const flags = new Uint8Array(ITEMS)
  for (const item of hidden) flags[item] = 1
  return {
    ranking: {
      blend: equalBlend(NAMES, { asked: NAMES.map(() => 400), pool: 200 }),
      features: { names: [], families: [], write() {} },
      ranker: null,
      ranked: 500,
      exploration: null,
    },
    hidden: flags,
    liveHidden: new Set(liveHidden),
    attributes: index,
    liveAttributes: new Map(),
  }
}
function asked(parts: Partial<CascadeRequest> & { items?: number[] } = {}): CascadeRequest {
  const items = Uint32Array.from(parts.items ?? [])
  return {
    request: {
      surface: 'related',
      items,
      weights: new Float32Array(items.length).fill(1),
      times: new Float64Array(items.length).fill(Number.NaN),
      user: -1,
      region: 0,
      language: 0,
      segment: 0,
      time: 0,
      seed: 1,
    },
    limit: parts.limit ?? 10,
    seen: parts.seen ?? new Uint32Array(0),
    filters: parts.filters ?? [],
    requestId: parts.requestId ?? null,
    record: parts.record ?? false,
    useRanker: true,
    boost: false,
    arm: 0,
  }
}
const clock = () => 0
const proposal = (source: string, ranked: readonly number[]): Proposal => ({
  source,
  ms: 1,
  candidates: {
    items: Uint32Array.from(ranked),
    scores: Float32Array.from(ranked, (_, rank) => ranked.length - rank),
  },
})
const ranking = fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 25 })

test('a list holds what was proposed and passes the filters, each item once with all its sources', () => {
  const few = fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 8 })
  fc.assert(
    fc.property(
      fc.tuple(ranking, ranking, ranking),
      few,
      few,
      few,
      few,
      fc.boolean(),
      fc.integer({ min: 1, max: 30 }),
      (lists, hidden, liveHidden, seen, queried, oddOnly, limit) => {
        const filters = oddOnly ? [{ attribute: 'parity', values: ['odd'] }] : []
        const cascade = asked({ items: queried, seen: Uint32Array.from(seen), filters, limit })
        const proposals = NAMES.map((name, k) => proposal(name, lists[k]!))
        const result = finish(cascade, proposals, context(hidden, liveHidden), clock)
        const excluded = new Set([...hidden, ...liveHidden, ...seen, ...queried])
        const passing = [...new Set(lists.flat())].filter(
          (item) => !excluded.has(item) && (!oddOnly || item % 2 === 1),
        )
        assert.equal(result.items.length, Math.min(limit, passing.length))
        assert.equal(new Set(result.items).size, result.items.length)
        assert.equal(result.candidates, new Set(lists.flat()).size)
        result.items.forEach((item, k) => {
          assert.ok(passing.includes(item))
          assert.deepEqual(
            namesOf(result.sourceMasks[k], result.sourceNames),
            NAMES.filter((_, source) => lists[source]!.includes(item)),
          )
          if (k > 0) assert.ok(result.scores[k]! <= result.scores[k - 1]!)
        })
      },
    ),
  )
})

test('the order in which sources answer does not matter, nor does a source that the blend does not know', () => {
  fc.assert(
    fc.property(ranking, ranking, ranking, (alpha, beta, unknown) => {
      const one = [proposal('alpha', alpha), proposal('beta', beta)]
      const two = [proposal('stranger', unknown), proposal('beta', beta), proposal('alpha', alpha)]
      const list = (proposals: Proposal[]) => {
        const { items, scores, sourceMasks } = finish(asked(), proposals, context([], []), clock)
        return { items, scores, sourceMasks }
      }
      assert.deepEqual(list(one), list(two))
    }),
  )
})

test('with no proposal at all the list is empty', () => {
  const { items, sourceMasks, candidates } = finish(asked(), [], context([], []), clock)
  assert.deepEqual([items.length, sourceMasks.length, candidates], [0, 0, 0])
})

const working: Source = { name: 'working', propose: () => proposal('', [1, 2]).candidates }
const failing: Source = {
  name: 'failing',
  propose() {
    throw new Error('table is gone')
  },
}

test('a source that fails is named, and the others answer', () => {
  const { proposals, missing } = propose([failing, working], asked().request, () => 10, clock)
  assert.deepEqual(
    proposals.map(({ source }) => source),
    ['working'],
  )
  assert.deepEqual(missing, [{ source: 'failing', reason: 'failed: table is gone' }])
})

test('sources that were not asked when the budget ended are named', () => {
  let asks = 0
  const { proposals, missing } = propose(
    [working, { ...working, name: 'last' }],
    asked().request,
    () => 10,
    clock,
    () => asks++ > 0,
  )
  assert.equal(proposals.length, 1)
  assert.deepEqual(
    missing.map(({ source }) => source),
    ['last'],
  )
})

test('the trace has the time of every source and of every stage', () => {
  let now = 0
  const { trace } = finish(asked(), [proposal('alpha', [1])], context([], []), () => now++)
  assert.deepEqual(trace, [
    { stage: 'source:alpha', ms: 1 },
    { stage: 'merge', ms: 1 },
    { stage: 'filters', ms: 1 },
    { stage: 'blend', ms: 1 },
    { stage: 'list', ms: 1 },
  ])
})
