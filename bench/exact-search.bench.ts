/** @file Exact search: one query, and the memory bandwidth that bounds a single query. */

import { createRandom } from '../src/base/random.ts'
import { searchExact } from '../src/vectors/exact-search.ts'
import { openSearch } from '../src/vectors/quantised-search.ts'
import { vectorAt, vectorMatrix } from '../src/vectors/vector-matrix.ts'
import { type Benchmark, medianSeconds } from './bench.ts'

const DIM = 64
const WANTED = 100

const benchmark: Benchmark = {
  summary:
    'Exact top-100 by inner product over 64 floats a row, one thread; the limit is reading the table once.',
  async run({ quick }) {
    const count = quick ? 20_000 : 150_000
    const random = createRandom(1)
    const table = vectorMatrix(count, DIM)
    for (let k = 0; k < table.values.length; k++) table.values[k] = random.float() - 0.5
    const copy = new Float32Array(table.values.length)

    const single = await medianSeconds(() => searchExact(table, vectorAt(table, 7), WANTED), 11)
    const search = openSearch(table)
    const quantised = await medianSeconds(() => search(vectorAt(table, 7), WANTED), 11)
    // A copy reads the table and writes as much; reading is counted as half of it.
    const read = (await medianSeconds(() => copy.set(table.values))) / 2
    const rows = `${count / 1000} k × ${DIM}`
    return [
      { metric: `one query, ${rows}`, value: single * 1000, unit: 'ms', limit: read * 1000 },
      {
        metric: `one query, int8 first, ${rows}`,
        value: quantised * 1000,
        unit: 'ms',
        limit: (read * 1000) / 4,
      },
      { metric: 'multiply-adds', value: (count * DIM) / single / 1e9, unit: 'G/s' },
    ]
  },
}

export default benchmark
