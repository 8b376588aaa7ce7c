/** @file Which rows of a table stand for an id: what keeps tables small. */

/** A table with fewer rows than there are ids, or rows for each of them. */
export interface RowMapping {
  /** Rows that the table has to have. */
  readonly rows: number
  /** Rows of one id; `combineRows` makes one vector of them. */
  readonly lookups: number
  /**
   * @param out filled where given: length ids × lookups
   * @returns row numbers, id by id
   */
  map(ids: Uint32Array, out?: Uint32Array): Uint32Array
}

/** @param rowOf row of an id for look-up k */
export function rowMapping(
  rows: number,
  lookups: number,
  rowOf: (id: number, lookup: number) => number,
): RowMapping {
  return {
    rows,
    lookups,
    map(ids, out = new Uint32Array(ids.length * lookups)) {
      for (let k = 0, to = 0; k < ids.length; k++)
        for (let lookup = 0; lookup < lookups; lookup++) out[to++] = rowOf(ids[k]!, lookup)
      return out
    },
  }
}
