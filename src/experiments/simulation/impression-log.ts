/** @file The simulated product's log: what was shown, with its features and propensities, and what came of it. */

import type { LabelledRows } from '../../data/features/feature-rows.ts'

/** Grows by doubling; one row per impression. */
export class ImpressionLog {
  readonly names: readonly string[]
  rows = 0
  /** Row-major, rows × names. */
  values = new Float32Array(0)
  labels = new Float32Array(0)
  items = new Uint32Array(0)
  places = new Uint16Array(0)
  /** Of being shown at its place, over all traffic; NaN where nobody asked. */
  propensities = new Float64Array(0)
  /** 1 = the request was shown in random order. */
  randomised = new Uint8Array(0)
  /** First row of every request. */
  starts: number[] = []

  constructor(names: readonly string[]) {
    this.names = names
  }

  /** Begins the next request, of so many rows: `values` and the other columns have room for them from `rows` on. */
  begin(rows: number): void {
    this.starts.push(this.rows)
    const wanted = this.rows + rows
    if (wanted > this.labels.length) this.#grow(Math.max(wanted, 2 * this.labels.length, 1024))
  }

  #grow(capacity: number): void {
    const grow = <T extends Float32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array>(
      column: T,
      length: number,
    ): T => {
      const grown = new (column.constructor as new (length: number) => T)(length)
      grown.set(column)
      return grown
    }
    this.values = grow(this.values, capacity * this.names.length)
    this.labels = grow(this.labels, capacity)
    this.items = grow(this.items, capacity)
    this.places = grow(this.places, capacity)
    this.propensities = grow(this.propensities, capacity)
    this.randomised = grow(this.randomised, capacity)
  }
}

/** @returns the rows of the requests for which `wanted` says so, and where each stands in the log */
export function selectRequests(
  log: ImpressionLog,
  wanted: (firstRow: number) => boolean,
): { rows: LabelledRows; from: Uint32Array } {
  const offsets = [0]
  const from: number[] = []
  log.starts.forEach((start, request) => {
    if (!wanted(start)) return
    const end = request + 1 < log.starts.length ? log.starts[request + 1]! : log.rows
    for (let row = start; row < end; row++) from.push(row)
    offsets.push(from.length)
  })
  const width = log.names.length
  const values = new Float32Array(from.length * width)
  from.forEach((row, k) => {
    for (let f = 0; f < width; f++) values[k * width + f] = log.values[row * width + f]!
  })
  return {
    rows: {
      names: log.names,
      values,
      rows: from.length,
      offsets: Uint32Array.from(offsets),
      labels: Float32Array.from(from, (row) => log.labels[row]!),
    },
    from: Uint32Array.from(from),
  }
}
