/** @file Filters on their way to the sources: a snapshot that is asked for one category, of items changed since too. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { idAt, indexOfId } from '../../src/base/id-table.ts'
import type { CascadeRequest } from '../../src/cascade/cascade.ts'
import { LocalCascade } from '../../src/cascade/local-executor.ts'
import { activeSnapshot, readSnapshot } from '../../src/cascade/snapshot.ts'
import type { AttributeFilter } from '../../src/sources/condition.ts'
import { fittedClub } from '../server/reading-club.ts'
import { requestFor } from '../sources/requests.ts'

const club = await fittedClub()
after(() => club.remove())
const snapshot = await readSnapshot(club.snapshotFolder, await activeSnapshot(club.snapshotFolder))
const { items } = snapshot.catalog
const numberOf = (item: number) => Number(idAt(items, item).slice('book-'.length))
const indexOf = (number: number) => indexOfId(items, `book-${number}`)

const asking = (filters: AttributeFilter[]): CascadeRequest => ({
  // Of the genres numbered 0 and 1.
  request: requestFor([indexOf(0), indexOf(7)]),
  ...{ limit: 20, seen: new Uint32Array(0), filters, requestId: null, record: false },
  ...{ useRanker: true, boost: false, arm: 0 },
})

/** What each source proposes. */
const proposed = (cascade: LocalCascade, filters: AttributeFilter[]) =>
  new Map(
    cascade
      .propose(asking(filters))
      .proposals.map(({ source, candidates }) => [source, [...candidates.items]]),
  )

test('sources over vectors pass over what a filter would drop, the others propose as without it', () => {
  const cascade = new LocalCascade(snapshot, () => 0)
  const all = proposed(cascade, [])
  const crime = proposed(cascade, [{ attribute: 'category', values: ['crime'] }])
  const heeding = ['item2vec', 'spectral']
  for (const [source, list] of all) {
    const isCrime = (item: number) => numberOf(item) % 6 === 1
    const expected = heeding.includes(source) ? list.filter(isCrime) : list
    assert.deepEqual(crime.get(source), expected, source)
    if (heeding.includes(source)) assert.ok(expected.length > 0 && expected.length < list.length, source)
  }
})

test('an item that changed since passes by what it is now', () => {
  const cascade = new LocalCascade(snapshot, () => 0)
  const [was, is] = [indexOf(13), indexOf(6)]
  cascade.changeItems([
    { index: was, hidden: false, attributes: { category: 'poetry' } },
    { index: is, hidden: false, attributes: { category: 'crime' } },
  ])
  const list = proposed(cascade, [{ attribute: 'category', values: ['crime'] }]).get('item2vec')!
  assert.deepEqual([list.includes(was), list.includes(is)], [false, true])
})
