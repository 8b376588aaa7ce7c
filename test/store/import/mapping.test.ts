/** @file Declared mappings: columns, constants, words for kinds, times, lists and attributes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importFile } from '../../../src/store/import/import-file.ts'
import { eventsOf, placeFor, placesOf } from './folder.ts'

test('columns, constants and words for kinds are mapped', async (context) => {
  const place = placeFor(context)
  const file = place.write(
    'log.tsv',
    'when\tvisitor id\tsku\tevent\n1433221332\tv1\ts1\tview\n1433221332117\tv2\ts2\ttransaction\n',
  )
  await importFile(place.store, 'events', file, {
    mapping: {
      columns: { time: 'when', user: 'visitor id', item: 'sku', kind: 'event' },
      constants: { session: 'all' },
      kinds: { transaction: 'purchase' },
    },
  })
  assert.deepEqual(
    eventsOf(place.store).map(({ time, user, item, kind, session }) => [time, user, item, kind, session]),
    [
      [1433221332000, 'v1', 's1', 'view', 'all'],
      [1433221332117, 'v2', 's2', 'purchase', 'all'],
    ],
  )
})

test('times are read in the declared format, without an offset as UTC', async (context) => {
  const cases: [format: 'auto' | 'iso' | 'seconds' | 'milliseconds', text: string, time: number | null][] = [
    ['auto', '2015-06-02T05:02:12+02:00', Date.UTC(2015, 5, 2, 3, 2, 12)],
    ['auto', '2015-06-02 05:02:12.117', Date.UTC(2015, 5, 2, 5, 2, 12, 117)],
    ['auto', '2015-06-02', Date.UTC(2015, 5, 2)],
    ['auto', '1433221332.5', 1433221332500],
    ['auto', '1433221332117', 1433221332117],
    ['auto', 'infinity', null],
    ['auto', '2101-01-01', null],
    ['auto', '1969-12-31', null],
    ['iso', '1433221332', null],
    ['seconds', '1433221332', 1433221332000],
    ['seconds', '1433221332117', null],
    ['seconds', 'nan', null],
    ['milliseconds', '1433221332', 1433221332],
    ['milliseconds', '2015-06-02', null],
  ]
  for (const [timeFormat, text, time] of cases) {
    const place = placeFor(context)
    const file = place.write('e.csv', `user,item,kind,time\nu,i,click,${text}\n`)
    const summary = await importFile(place.store, 'events', file, { mapping: { timeFormat } })
    assert.deepEqual(placesOf(summary), time === null ? [[2, 'time']] : [], `${timeFormat} ${text}`)
    if (time !== null) assert.equal(eventsOf(place.store)[0]!.time, time, `${timeFormat} ${text}`)
  }
})

test('tags split at the separator, columns become attributes with their types', async (context) => {
  const place = placeFor(context)
  const file = place.write(
    'films.csv',
    'id,title,tags,year,code,open,hidden,added\n1,Il Postino,drama; romance;,1994,007,true,0,2020-01-01\n2,,"[""a;b""]",,x,false,TRUE,\n',
  )
  const mapping = { columns: { createdAt: 'added' }, separator: ';', attributes: ['*'] }
  await importFile(place.store, 'items', file, { mapping })
  assert.deepEqual(place.store.getItem('1'), {
    id: '1',
    title: 'Il Postino',
    text: '',
    tags: ['drama', 'romance'],
    attributes: { year: 1994, code: '007', open: true },
    image: null,
    createdAt: Date.UTC(2020, 0, 1),
    hidden: false,
  })
  const second = place.store.getItem('2')!
  assert.deepEqual(
    [second.tags, second.attributes, second.hidden],
    [['a;b'], { code: 'x', open: false }, true],
  )
})

test('attributes that cannot be kept are refused with their name', async (context) => {
  const place = placeFor(context)
  const lines = [
    '{"id":"a","attributes":{"x":{"nested":1}}}',
    '{"id":"b","attributes":[1]}',
    `{"id":"c","attributes":{"x":${JSON.stringify('x'.repeat(1001))}}}`,
    '{"id":"d","attributes":{"x":1e999}}',
    '{"id":"e","attributes":{"__proto__":"kept","ok":true}}',
  ]
  const summary = await importFile(place.store, 'users', place.write('users.jsonl', lines.join('\n')))
  assert.deepEqual(placesOf(summary), [
    [1, 'attributes.x'],
    [2, 'attributes'],
    [3, 'attributes.x'],
    [4, 'attributes.x'],
  ])
  assert.deepEqual(Object.entries(place.store.getUser('e')!.attributes), [
    ['__proto__', 'kept'],
    ['ok', true],
  ])
})

test('collections keep the order of their items', async (context) => {
  const place = placeFor(context)
  const file = place.write('boards.csv', 'id,title,owner,items\nb,Board,u,z|a|m\nempty,,,\n')
  await importFile(place.store, 'collections', file)
  assert.deepEqual([...place.store.collections()].flat(), [
    { id: 'b', title: 'Board', owner: 'u', items: ['z', 'a', 'm'] },
    { id: 'empty', title: '', owner: null, items: [] },
  ])
})

test('mappings that mean nothing are refused, with the field named', async (context) => {
  const place = placeFor(context)
  const file = place.write('e.csv', 'user,item,kind\nu,i,click\n')
  const refuse = (mapping: object, field: RegExp) =>
    assert.rejects(importFile(place.store, 'events', file, { mapping }), {
      code: 'invalid-option',
      message: field,
    })
  await refuse({ columns: { owner: 'user' } }, /events\.owner/)
  await refuse({ constants: { kind: 'bought' } }, /events\.kind/)
  await refuse({ kinds: { x: 'bought' } }, /events\.kinds\.x/)
  await refuse({ timeFormat: 'tuesday' }, /timeFormat/)
  await refuse({ delimiter: '"' }, /delimiter/)
  await refuse({ colums: {} }, /colums/)
})
