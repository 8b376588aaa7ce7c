/** @file The log of interleaved lists that a product wrote: whose pick each shown item was, and what was clicked. */

import { InvalidFileError, InvalidRowError } from '../base/errors.ts'
import { numberColumn, readTable } from '../data/table.ts'

/** Who won in the eyes of each person (or, where nobody is named, in each list). */
export interface InterleavedWinners {
  /** The two teams; the first in the order of their names. */
  teams: readonly [string, string]
  /** −1 the first, 1 the second, 0 neither; one per unit. */
  winners: (-1 | 0 | 1)[]
  /** `user` where the file names users, else `list`: what each winner is of. */
  unit: 'user' | 'list'
  lists: number
}

const clicks = { test: (value: number) => value >= 0, words: 'a number of clicks, 0 or more' }

/**
 * Reads `list, team, clicks` and, where it is known, `user`, CSV or JSON lines: one row per shown item. Empty clicks are 0.
 * All lists of a user count together, since one person's lists agree with each other more than people do.
 *
 * @throws InvalidFileError when there are not two teams, InvalidRowError for a row without list, team or user
 */
export async function readInterleavedRows(path: string): Promise<InterleavedWinners> {
  const table = await readTable(path, ['list', 'team', 'clicks'])
  const clicked = numberColumn(table, 'clicks', clicks, 0)
  const unit = table.columns.includes('user') ? 'user' : 'list'
  const names = [...new Set(table.rows.map(({ team }) => team))].sort()
  if (names.length !== 2) {
    throw new InvalidFileError(
      path,
      `has ${names.length} teams (${names.join(', ')}), and two are compared`,
      {
        field: 'team',
      },
    )
  }
  const leads = new Map<string, number>()
  const lists = new Set<string>()
  table.rows.forEach((row, at) => {
    for (const field of ['list', 'team', unit]) {
      if (row[field] !== '' && row[field] !== undefined) continue
      throw new InvalidRowError({ file: path, line: table.lineOf(at), field, value: '', expected: 'a name' })
    }
    lists.add(row.list)
    const lead = (row.team === names[1] ? 1 : -1) * clicked[at]
    leads.set(row[unit], (leads.get(row[unit]) ?? 0) + lead)
  })
  return {
    teams: [names[0], names[1]],
    winners: Array.from(leads.values(), (lead) => Math.sign(lead) as -1 | 0 | 1),
    unit,
    lists: lists.size,
  }
}
