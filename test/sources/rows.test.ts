/** @file The option `rows` of `two-tower`: rows that items share, and rows kept in fewer bits. */

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Artefact } from '../../src/base/array-file.ts'
import { unpackColumns } from '../../src/base/columns.ts'
import { DamagedArtefactError, InvalidOptionError } from '../../src/base/errors.ts'
import { parseOptions } from '../../src/base/parse-options.ts'
import type { RowsOption } from '../../src/sources/row-options.ts'
import { twoTowerOptions, twoTowerSource } from '../../src/sources/two-tower.ts'
import { openRows, type PackedRows } from '../../src/vectors/packed-rows.ts'
import { lengthOf, type VectorMatrix, vectorAt } from '../../src/vectors/vector-matrix.ts'
import { fitOne, ITEMS, late, shared } from './fit-one.ts'
import { requestFor } from './requests.ts'

function open(rows: Partial<RowsOption>, given: object = {}) {
  const pace = { temperature: 0.2, rate: 0.003, tableRate: 0.005, epochs: 3, candidates: 128 }
  return fitOne(twoTowerSource, { ...pace, dim: 32, hidden: 16, content: 16, rows, ...given })
}

const plain = await open({})
const requests = Array.from({ length: 40 }, (_, k) => requestFor([k, k + 60, k + 200]))

interface Kept<Rows> {
  rows: { items: Rows; history: Rows }
}
const rowsOf = <Rows>({ artefact }: { artefact: Artefact }) =>
  unpackColumns<Kept<Rows>>(artefact, 'two-tower', []).rows
const bytesOf = ({ artefact }: typeof plain) =>
  Object.entries(artefact.arrays)
    .filter(([name]) => /^rows\.(items|history)\./.test(name))
    .reduce((sum, [, { byteLength }]) => sum + byteLength, 0)

for (const [format, share, error, same] of [
  ['float16', 0.5, 0.001, 0.99],
  ['int8', 0.29, 0.02, 0.95],
  ['int4', 0.17, 0.3, 0.6],
] as const) {
  test(`${format}: rows are kept in fewer bytes, as near as the format says`, async () => {
    const kept = await open({ format })
    assert.ok(bytesOf(kept) <= share * bytesOf(plain), `${bytesOf(kept)} of ${bytesOf(plain)}`)
    for (const which of ['items', 'history'] as const) {
      const exact = rowsOf<VectorMatrix>(plain)[which]
      const rowAt = openRows(rowsOf<PackedRows>(kept)[which])
      for (let item = 0; item < ITEMS; item++) {
        const own = vectorAt(exact, item)
        const difference = rowAt(item).map((value, j) => value - own[j]!)
        assert.ok(lengthOf(difference) < error * lengthOf(own))
      }
    }
    assert.ok((kept.artefact.meta.notes as string[]).includes(`rows kept in ${format}`))
  })

  test(`${format}: what is proposed follows from what is kept, and later items are found too`, async () => {
    const kept = await open({ format })
    const { source } = kept
    let alike = 0
    for (const request of requests) {
      const own = source.propose(request, 20)
      const exact = new Set(plain.source.propose(request, 20).items)
      alike += own.items.filter((item) => exact.has(item)).length / 20 / requests.length
      assert.ok(own.items.every((item) => !request.items.includes(item)))
    }
    assert.ok(alike >= same, `${alike}`)
    source.addItems?.([late])
    const [request] = requests
    const { items } = source.propose(request!, ITEMS + 1)
    assert.ok(items.includes(ITEMS))
    const asked = requestFor([1, 5, 9, ITEMS])
    assert.notDeepEqual(source.propose(asked, 20).scores, source.propose(requestFor([1, 5, 9]), 20).scores)
    // Zeros in their place: so nothing else is answered from.
    for (const name of ['rows.items.bytes', 'rows.history.bytes'])
      (kept.artefact.arrays[name] as Uint8Array).fill(format === 'int4' ? 0x88 : 0)
    const empty = twoTowerSource.open(kept.artefact, shared)
    assert.ok(empty.propose(request!, 5).scores.every((score) => score === 0))
  })
}

test('optimism and several interests go with rows in fewer bits', async () => {
  const kept = await open({ format: 'int8' }, { optimism: 1, pooling: 'attention', interests: 2 })
  const home = { ...requests[0]!, surface: 'home' as const }
  assert.equal(kept.source.propose(home, 20).items.length, 20)
})

for (const mapping of ['hashed', 'quotient-remainder', 'unified'] as const)
  test(`${mapping}: other rows are learned, as many of them kept, and the notes say so`, async () => {
    const mapped = await open({ mapping })
    assert.equal(bytesOf(mapped), bytesOf(plain))
    assert.notDeepEqual(rowsOf<VectorMatrix>(mapped).items.values, rowsOf<VectorMatrix>(plain).items.values)
    const notes = (mapped.artefact.meta.notes as string[]).join()
    assert.match(notes, new RegExp(`rows ${mapping}, 0.5 of one for each item`))
    assert.equal(mapped.source.propose(requests[0]!, 20).items.length, 20)
  })

test('rows that are full and in float32 leave what they left before there was a choice', async () => {
  const names = Object.keys(plain.artefact.arrays).filter((name) => /^rows\.(items|history)\./.test(name))
  assert.deepEqual(names.sort(), ['rows.history.values', 'rows.items.values'])
  const meta = Object.keys(plain.artefact.meta).filter((name) => /^rows\.(items|history)\./.test(name))
  assert.deepEqual(meta.sort(), [
    'rows.history.count',
    'rows.history.dim',
    'rows.items.count',
    'rows.items.dim',
  ])
})

test('an artefact without its rows, or with rows of no known format, is said to be damaged', async () => {
  const { artefact } = await open({ format: 'int8' })
  const { 'rows.items.bytes': _, ...arrays } = artefact.arrays
  assert.throws(() => twoTowerSource.open({ ...artefact, arrays }, shared), DamagedArtefactError)
  const meta = { ...artefact.meta, 'rows.items.format': 'int3' }
  assert.throws(() => twoTowerSource.open({ ...artefact, meta }, shared), DamagedArtefactError)
})

test('rows that there are not are refused by name', () => {
  const refused: [options: object, name: string][] = [
    [{ rows: { mapping: 'halved' } }, 'two-tower.rows.mapping'],
    [{ rows: { share: 0 } }, 'two-tower.rows.share'],
    [{ rows: { share: 1.5 } }, 'two-tower.rows.share'],
    [{ rows: { lookups: 0 } }, 'two-tower.rows.lookups'],
    [{ rows: { format: 'binary' } }, 'two-tower.rows.format'],
    [{ rows: { bits: 8 } }, 'two-tower.rows.bits'],
    [{ ids: false, rows: { mapping: 'hashed' } }, 'two-tower.rows.mapping'],
  ]
  for (const [options, name] of refused)
    assert.throws(
      () => parseOptions('two-tower', twoTowerOptions, options),
      (error: Error) => error instanceof InvalidOptionError && error.message.includes(name),
      name,
    )
  assert.doesNotThrow(() =>
    parseOptions('two-tower', twoTowerOptions, { ids: false, rows: { format: 'int8' } }),
  )
})
