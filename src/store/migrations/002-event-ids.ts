/** @file Ids of events in a table of their own, so that a batch can be entered in the order of ids: many times fewer pages touched. */

import { type Compilable, sql } from 'kysely'
import { query } from '../schema.ts'

const { schema } = query

export const eventIds: readonly Compilable[] = [
  schema
    .createTable('event_ids')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('position', 'integer', (column) => column.notNull())
    .modifyEnd(sql`without rowid`),
  query
    .insertInto('event_ids')
    .columns(['id', 'position'])
    .expression(
      query
        .selectFrom('events')
        .select(['id', 'position'])
        .$narrowType<{ id: string }>()
        .where('id', 'is not', sql.lit(null))
        .orderBy('id'),
    ),
  schema.dropIndex('events_by_id'),
]
