/** @file Answered requests with what was shown, and the request that an event is about. */

import { type Compilable, sql } from 'kysely'
import { query } from '../schema.ts'

const { schema } = query

export const requests: readonly Compilable[] = [
  schema
    .createTable('layouts')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('sources', 'text', (column) => column.notNull())
    .addColumn('features', 'text', (column) => column.notNull())
    .addUniqueConstraint('layouts_once', ['sources', 'features']),
  schema
    .createTable('requests')
    .addColumn('position', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('time', 'integer', (column) => column.notNull())
    .addColumn('surface', 'text', (column) => column.notNull())
    .addColumn('user', 'integer')
    .addColumn('item', 'integer')
    .addColumn('snapshot', 'text', (column) => column.notNull())
    .addColumn('ranker', 'text', (column) => column.notNull())
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('seed', 'integer', (column) => column.notNull())
    .addColumn('arms', 'text', (column) => column.notNull())
    .addColumn('query_items', 'blob', (column) => column.notNull())
    .addColumn('query_times', 'blob', (column) => column.notNull())
    .addColumn('region', 'integer', (column) => column.notNull())
    .addColumn('language', 'integer', (column) => column.notNull())
    .addColumn('segment', 'integer', (column) => column.notNull())
    .addColumn('filters', 'text', (column) => column.notNull())
    .addColumn('layout', 'integer', (column) => column.notNull())
    .addColumn('items', 'blob', (column) => column.notNull())
    .addColumn('scores', 'blob', (column) => column.notNull())
    .addColumn('propensities', 'blob', (column) => column.notNull())
    .addColumn('source_masks', 'blob', (column) => column.notNull())
    .addColumn('feature_values', 'blob', (column) => column.notNull()),
  schema.alterTable('events').addColumn('request', 'text'),
  query
    .updateTable('events')
    .set({
      request: sql<string>`json_extract(context, '$.requestId')`,
    })
    .where('context', 'is not', sql.lit(null)),
  schema.createIndex('events_by_request').on('events').column('request').where('request', 'is not', null),
]
