/** @file First layout: catalog, interned ids, append-only events. */

import type { Compilable } from 'kysely'
import { query } from '../schema.ts'

const { schema } = query

export const first: readonly Compilable[] = [
  schema
    .createTable('meta')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull()),
  schema
    .createTable('items')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('title', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('text', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('attributes', 'text', (column) => column.notNull().defaultTo('{}'))
    .addColumn('image', 'text')
    .addColumn('created_at', 'integer')
    .addColumn('hidden', 'integer', (column) => column.notNull().defaultTo(0)),
  schema
    .createTable('users')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('attributes', 'text', (column) => column.notNull().defaultTo('{}')),
  schema
    .createTable('sessions')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique()),
  schema
    .createTable('collections')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('owner', 'integer')
    .addColumn('items', 'blob', (column) => column.notNull()),
  schema
    .createTable('events')
    .addColumn('position', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text')
    .addColumn('time', 'integer')
    .addColumn('user', 'integer', (column) => column.notNull())
    .addColumn('item', 'integer', (column) => column.notNull())
    .addColumn('kind', 'integer', (column) => column.notNull())
    .addColumn('value', 'real')
    .addColumn('session', 'integer')
    .addColumn('held_out', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('context', 'text'),
  // Events without an id of their own need no place in it: most imports, and half the index's size.
  schema.createIndex('events_by_id').unique().on('events').column('id').where('id', 'is not', null),
]
