/** @file A query's words as the items that have them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitItemSearch, openItemSearch } from '../../src/text/item-search.ts'

const item = (title: string, ...tags: string[]) => ({ title, tags, text: '' })
const open = (...items: ReturnType<typeof item>[]) => openItemSearch(fitItemSearch(items))
const weightsOf = ({ items, weights }: { items: Uint32Array; weights: Float32Array }) =>
  new Map(Array.from(items, (each, k) => [each, weights[k]!]))
const sum = (weights: ReadonlyMap<number, number>) => [...weights.values()].reduce((a, b) => a + b, 0)

test('a rare word and a frequent one share out what they tell, each among its own items', () => {
  const search = open(...Array.from({ length: 40 }, (_, k) => item(k === 0 ? 'zeppelin' : `lamp ${k}`)))
  const rare = weightsOf(search.itemsOfWords('zeppelin'))
  const frequent = weightsOf(search.itemsOfWords('lamp'))
  assert.deepEqual([...rare.keys()], [0])
  assert.equal(frequent.size, 39)
  assert.ok(sum(rare) > 10 * sum(frequent))
  const both = weightsOf(search.itemsOfWords('lamp, zeppelin; LAMP'))
  assert.equal(both.size, 40)
  assert.ok(Math.abs(sum(both) - sum(rare) - sum(frequent)) < 1e-5, 'a word that is repeated counts once')
})

test('items count by how much a word says of them', () => {
  const search = open(item('lamp'), item('a lamp with very many other words'), item('chair'), item('table'))
  const weights = weightsOf(search.itemsOfWords('lamp'))
  assert.ok(weights.get(0)! > weights.get(1)!)
})

test('words that are a tag together count as the tag besides', () => {
  const search = open(item('a', 'science fiction'), item('b', 'science', 'fiction'), item('c', 'history'))
  const weights = weightsOf(search.itemsOfWords('new science fiction'))
  assert.ok(weights.get(0)! > 1.5 * weights.get(1)!)
  const reversed = weightsOf(search.itemsOfWords('fiction science'))
  assert.ok(reversed.get(0)! < 1.2 * reversed.get(1)!)
})

test('a last word that nobody has stands for what it may become, one that somebody has for itself', () => {
  const search = open(item('harbour'), item('harbinger'), item('harp'), item('harbours at night'))
  assert.deepEqual(new Set(search.itemsOfWords('harb').items), new Set([0, 1, 3]))
  assert.deepEqual(new Set(search.itemsOfWords('harbour').items), new Set([0, 3]))
  assert.equal(search.itemsOfWords('harb nothing').items.length, 0, 'only the last word may be unfinished')
})

test('an item has all words wherever they stand, stop words aside', () => {
  const search = open(
    item('red lamp'),
    item('lamp', 'red things'),
    item('lamp'),
    item('red'),
    item('lampoon red'),
  )
  const whole = (query: string) => [...search.itemsWithAllWords(query)].sort()
  assert.deepEqual(whole('the red lamp'), [0, 1])
  assert.deepEqual(whole('red lampo'), [4], 'the last word may be unfinished')
  assert.deepEqual(whole('red zanzibar lamp'), [])
  assert.deepEqual(whole('zanzibar lamp'), [])
  assert.deepEqual(whole('the'), [])
  search.putItems([
    { index: 2, ...item('red chair') },
    { index: 9, ...item('red lamp') },
  ])
  assert.deepEqual(whole('red lamp'), [0, 1, 9])
})

test('stop words and words that nobody has stand for nothing', () => {
  const search = open(item('The lamp of the theatre'), item('chair'))
  for (const query of ['', 'the', 'of the', 'zanzibar'])
    assert.equal(search.itemsOfWords(query).items.length, 0)
})

test('items that arrived or have other words by now are known at once', () => {
  const search = open(item('harbour'), item('chair'), item('table'))
  search.putItems([
    { index: 0, ...item('meadow') },
    { index: 3, ...item('harbour') },
  ])
  assert.deepEqual([...search.itemsOfWords('harbour').items], [3])
  assert.deepEqual([...search.itemsOfWords('meadow').items], [0])
})

test('of a word that most items have so many stand for it that it can be searched in time', () => {
  const search = open(...Array.from({ length: 9000 }, (_, k) => item(k % 3 === 0 ? 'lamp' : 'table')))
  const weights = weightsOf(search.itemsOfWords('lamp'))
  assert.equal(weights.size, 1500)
  assert.ok([...weights.keys()].every((each) => each % 3 === 0))
  assert.ok(Math.max(...weights.keys()) > 8900, 'they come from the whole catalog')
})
