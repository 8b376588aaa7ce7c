/** @file BM25 against its formula; search as one types. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { indexOfId } from '../../src/base/id-table.ts'
import { InvertedIndexBuilder } from '../../src/text/inverted-index.ts'
import { fitItemSearch, openItemSearch } from '../../src/text/item-search.ts'
import { tokens } from '../../src/text/tokens.ts'

test('precomputed weights equal the BM25 formula', () => {
  const vocabulary = ['a', 'b', 'c', 'd', 'e']
  const document = fc.array(fc.constantFrom(...vocabulary), { maxLength: 12 })
  const options = fc.record({
    k1: fc.double({ min: 0.1, max: 3, noNaN: true }),
    b: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 8 }), options, (documents, { k1, b }) => {
      const builder = new InvertedIndexBuilder()
      for (const one of documents) builder.add(countsOf(one))
      const index = builder.build({ k1, b })
      const mean = documents.flat().length / documents.length
      for (const token of vocabulary) {
        const containing = documents.filter((one) => one.includes(token)).length
        const number = indexOfId(index.tokens, token)
        assert.equal(number >= 0, containing > 0)
        if (number < 0) continue
        const idf = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5))
        const { offsets, targets, weights } = index.postings
        const found = new Map<number, number>()
        for (let k = offsets[number]!; k < offsets[number + 1]!; k++) found.set(targets[k]!, weights![k]!)
        for (const [d, one] of documents.entries()) {
          const tf = one.filter((other) => other === token).length
          const expected = (idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * one.length) / mean))
          assert.ok(Math.abs((found.get(d) ?? 0) - (tf === 0 ? 0 : expected)) < 1e-4)
        }
      }
    }),
  )
})

test('tokens are folded, stemmed and freed of stop words', () => {
  assert.deepEqual(tokens('The Readings of café Ångström, 2nd edition'), [
    'read',
    'cafe',
    'angstrom',
    '2nd',
    'edit',
  ])
  assert.deepEqual(tokens('東京 タワー'), ['東京', 'タワー'.normalize('NFKD')])
})

test('an item is found by whole words, by an unfinished last word, and as soon as it is added', () => {
  const item = (title: string, ...tags: string[]) => ({ title, tags, text: '' })
  const search = openItemSearch(
    fitItemSearch([
      item('Star Wars', 'science fiction'),
      item('Star Trek'),
      item('Starlings of Kent'),
      item('A lamp'),
    ]),
  )
  const found = (query: string) => [...search.search(query, 10, (hidden) => hidden === 9).items]
  assert.deepEqual(found('star wars'), [0, 1])
  assert.deepEqual(found('star tr'), [1, 0])
  assert.deepEqual(found('starl'), [2])
  assert.deepEqual(found('fiction'), [0])
  assert.deepEqual(found('nothing'), [])
  search.putItems([
    { index: 4, ...item('Starfish lamp') },
    { index: 9, ...item('Hidden lamp') },
  ])
  assert.deepEqual(found('starfi'), [4])
  assert.deepEqual(new Set(found('lamp')), new Set([3, 4]))
})

function countsOf(words: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}
