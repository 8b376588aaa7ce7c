/** @file Requests by time, those of experiments apart: each kind is kept for its own while, and the oldest are found at once. */

import { type Compilable, sql } from 'kysely'
import { query } from '../schema.ts'

const { schema } = query
const noArms = sql<boolean>`arms = '{}'`

export const requestTimes: readonly Compilable[] = [
  schema.createIndex('requests_by_time').on('requests').column('time').where(noArms),
  schema.createIndex('exposures_by_time').on('requests').column('time').where(sql<boolean>`not ${noArms}`),
]
