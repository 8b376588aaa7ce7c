/**
 * @file Vectors on their own: what `import … from 'labrador/vectors'` gives. A table of vectors that is searched whole, by
 * inner product, cosine or distance, and takes inserts, updates and deletes while it is searched.
 *
 * `VectorTable` keeps the rows, `LocalSearch` and `ThreadedSearch` find the best of them, `RescoredSearch` and
 * `BatchingSearch` stand in front of either; `saveTable` and `loadTable` keep a table in a file.
 */

export * from '../base/errors.ts'
export type { Attributes } from './attributes.ts'
export { type BatchingOptions, BatchingSearch, type Clock } from './batching-search.ts'
export type { CategoryFilter, Filter, RangeFilter } from './filter.ts'
export { LocalSearch } from './local-search.ts'
export type { Neighbours } from './neighbours.ts'
export { RescoredSearch } from './rescored-search.ts'
export type { KernelName } from './scanner.ts'
export { loadTable, saveTable } from './table-file.ts'
export {
  type AttributeColumn,
  FORMATS,
  type Format,
  METRICS,
  type Metric,
  type TableShape,
} from './table-layout.ts'
export type { TableParts } from './table-memory.ts'
export { ThreadedSearch, type ThreadedSearchOptions } from './threaded-search.ts'
export { K_MOST, type SearchRequest, type VectorSearch } from './vector-search.ts'
export { VectorTable } from './vector-table.ts'
export { type WebGpuOptions, WebGpuSearch } from './webgpu-search.ts'
