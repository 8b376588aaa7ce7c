/** @file Brings a database to the newest layout, one transaction per step; `user_version` says how far it is. */

import type { DatabaseSync } from 'node:sqlite'
import type { Compilable } from 'kysely'
import { DamagedArtefactError } from '../base/errors.ts'
import { first } from './migrations/001-first.ts'
import { eventIds } from './migrations/002-event-ids.ts'
import { requests } from './migrations/003-requests.ts'
import { requestTimes } from './migrations/004-request-times.ts'

const migrations: readonly (readonly Compilable[])[] = [first, eventIds, requests, requestTimes]

export function migrate(database: DatabaseSync, path: string): void {
  const { user_version: version } = database.prepare('pragma user_version').get() as { user_version: number }
  if (version > migrations.length) {
    throw new DamagedArtefactError(path, `written by a newer Labrador (layout ${version})`, 'update Labrador')
  }
  for (let step = version; step < migrations.length; step++) {
    database.exec('begin immediate')
    try {
      for (const statement of migrations[step]!) database.exec(statement.compile().sql)
      database.exec(`pragma user_version = ${step + 1}`)
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
}
