/** @file Option `rows` of sources with towers: how many rows items are trained with, and how exactly rows are kept. */

import { z } from 'zod'
import type { Artefact } from '../base/array-file.ts'
import { DamagedArtefactError } from '../base/errors.ts'
import { MAPPINGS } from '../models/two-tower/item-tables.ts'
import { type KeptRows, packRows } from '../vectors/packed-rows.ts'
import { type Format, isInteger } from '../vectors/table-layout.ts'
import type { VectorMatrix } from '../vectors/vector-matrix.ts'

export const KEPT_FORMATS = ['float32', 'float16', 'int8', 'int4'] as const

export const rowsOption = z
  .strictObject({
    /** A row for each item, or rows that items share and whose sum stands for an item. */
    mapping: z.enum(MAPPINGS).default('full').meta({ tune: false }),
    /** Rows that are trained, of those that a row for each item would need. Of no matter where each item has one. */
    share: z.number().min(0.001).max(1).default(0.5).meta({ tune: false }),
    /** Rows of an item, by as many hashes. Of no matter but for `hashed` and `unified`. */
    lookups: z.number().int().min(1).max(4).default(2).meta({ tune: false }),
    /** How the numbers of rows are kept in the snapshot and in memory. */
    format: z.enum(KEPT_FORMATS).default('float32').meta({ tune: false }),
  })
  .default({ mapping: 'full', share: 0.5, lookups: 2, format: 'float32' })

export type RowsOption = z.infer<typeof rowsOption>

/** Rows as they are served from. */
export const keptRows = (rows: VectorMatrix, { format }: RowsOption): KeptRows =>
  format === 'float32' ? rows : packRows(rows, format)

/**
 * Names of the arrays that rows are in: numbers where no format is named, as in all older snapshots.
 *
 * @throws DamagedArtefactError when there is no such format
 */
export function keptNames({ meta }: Artefact, file: string): string[] {
  return ['rows.items', 'rows.history'].flatMap((rows) => {
    const format = meta[`${rows}.format`]
    if (format === undefined) return [`${rows}.values`]
    if (!KEPT_FORMATS.includes(format as (typeof KEPT_FORMATS)[number]))
      throw new DamagedArtefactError(file, `rows in an unknown format ${JSON.stringify(format)}`)
    return isInteger(format as Format) ? [`${rows}.bytes`, `${rows}.scales`] : [`${rows}.bytes`]
  })
}

/** Nothing where rows are as usual. */
export function rowsNotes({ mapping, share, format }: RowsOption): string[] {
  const shared = mapping === 'full' ? [] : [`rows ${mapping}, ${share} of one for each item`]
  return [...shared, ...(format === 'float32' ? [] : [`rows kept in ${format}`])]
}
