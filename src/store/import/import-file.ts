/** @file Imports one file into a store: checked row by row, counted once, taken up where it stopped. */

import { basename, dirname, join } from 'node:path'
import { InvalidFileError, InvalidOptionError, UnavailableError } from '../../base/errors.ts'
import { type Progress, silentProgress } from '../../base/progress.ts'
import type { Store, WriteCount } from '../store.ts'
import { RecordBuilder, type RecordOf } from './build-records.ts'
import { checkPath } from './file-bytes.ts'
import { beginImport, type ImportState, keepState, keptState } from './import-state.ts'
import {
  checkMapping,
  FIELDS,
  type Mapping,
  type MappingInput,
  mappingDigest,
  type RecordKind,
  resolveMapping,
} from './mapping.ts'
import { BlockFiles, openDuckDB } from './parse-block.ts'
import {
  type Batch,
  DEFAULT_BLOCK_BYTES,
  type FileFormat,
  formatOf,
  openSource,
  type SourceFile,
} from './read-file.ts'
import { type Reject, RejectFile } from './rejects.ts'
import { selectFields } from './select-fields.ts'

export interface ImportOptions {
  /** See `Mapping`; by default columns are called like the fields. */
  mapping?: MappingInput
  /** Default: by the file's name. */
  format?: FileFormat
  /** Folder of reject files; default `rejects` beside the store. */
  rejectFolder?: string
  /** More bad rows than this stop the import. Default 10 000. */
  maxRejects?: number
  /** Forgets that the file, or a part of it, has been imported before. */
  again?: boolean
  /** Bytes of text that are read and committed at once. Default 4 MiB. */
  blockBytes?: number
  progress?: Progress
}

/** What became of the rows of a file, all runs of its import together: read = added + updated + repeated + rejected. */
export interface ImportSummary {
  file: string
  kind: RecordKind
  read: number
  added: number
  updated: number
  /** Events whose id was in the log already. */
  repeated: number
  rejected: number
  /** Null when no row was rejected. */
  rejectFile: string | null
  /** How this run began. */
  began: 'from the start' | 'went on' | 'already imported'
}

export const DEFAULT_MAX_REJECTS = 10_000
/** The field of a reject that concerns the whole row. */
const ROW = 'row'
/** Characters of a value that a reject shows. */
const SHOWN = 200

/**
 * Rows and the account of them are committed together, block by block: an import that is killed goes on at the next
 * call, and rows count once. A file of events that was imported completely is not imported again.
 *
 * @param path CSV, JSON lines (each also .gz) or Parquet
 * @throws InvalidFileError when the file cannot be used or has too many bad rows; InvalidOptionError; UnavailableError when
 *   another process imports the same file
 */
export async function importFile(
  store: Store,
  kind: RecordKind,
  path: string,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  await checkPath(path)
  const mapping = checkMapping(kind, options.mapping ?? {})
  const format = options.format ?? formatOf(path)
  const blocks = new BlockFiles(store.path)
  await blocks.removeAbandoned()
  const duckdb = await openDuckDB()
  try {
    const wanted = format === 'jsonl' ? wantedColumns(kind, mapping) : []
    const source = await openSource(duckdb.connection, blocks, path, format, mapping.delimiter, wanted)
    return await importSource(store, kind, path, source, mapping, { ...options, format })
  } finally {
    duckdb.close()
    await blocks.remove()
  }
}

async function importSource(
  store: Store,
  kind: RecordKind,
  path: string,
  source: SourceFile,
  mapping: Mapping,
  options: ImportOptions & { format: FileFormat },
): Promise<ImportSummary> {
  const resolved = resolveMapping(path, kind, mapping, source.columns)
  const fields = selectFields(
    kind,
    resolved,
    source.text,
    source.isRow === null ? [] : [`${source.isRow} is not null`, 'c0'],
  )
  let kept = keptState(store, kind, path)
  const beginning = await beginImport(store, kind, path, mapping, {
    hasIds: fields.at.id !== undefined,
    canGrow: options.format !== 'parquet' && !path.endsWith('.gz'),
    again: options.again ?? false,
  })
  if (beginning.kind === 'already there') return summaryOf(path, kind, beginning.state, 'already imported')

  const { sha256, bytes } = beginning.fingerprint
  const folder = options.rejectFolder ?? join(dirname(store.path), 'rejects')
  const fresh: ImportState = {
    sha256,
    bytes,
    mapping: mappingDigest(mapping),
    next: source.start,
    read: 0,
    added: 0,
    updated: 0,
    repeated: 0,
    rejected: 0,
    rejectFile: join(folder, `${basename(path)}.${kind}.${sha256.slice(0, 8)}.jsonl`),
    rejectBytes: 0,
    isComplete: false,
  }
  let state = beginning.kind === 'go on' ? { ...beginning.state, sha256, bytes, isComplete: false } : fresh
  const rejects = new RejectFile(state.rejectFile, state.rejectBytes)
  const builder = new RecordBuilder(kind, fields, mapping)
  const task = (options.progress ?? silentProgress).start(`importing ${basename(path)}`, source.size)
  const blockBytes = options.blockBytes ?? DEFAULT_BLOCK_BYTES
  const most = options.maxRejects ?? DEFAULT_MAX_REJECTS
  // Two that read one file would both go on from where either of them is: rows without ids would count twice.
  const requireAlone = () => {
    if (keptState(store, kind, path) !== kept)
      throw new UnavailableError(
        `${path}: another process is importing it into this store`,
        'wait until that one is done; killed, it is gone on with by the next import',
      )
  }
  try {
    for await (const batch of source.batches(fields.select, state.next, blockBytes)) {
      const { records, rejected, read } = recordsOf(path, batch, builder, source.isRow !== null)
      if (state.rejected + rejected.length > most) throw tooManyRejects(path, most, rejected[0]!)
      requireAlone()
      rejects.write(rejected)
      state = store.transaction(() => {
        requireAlone()
        const written = write(store, kind, records)
        const next: ImportState = {
          ...state,
          next: batch.next,
          read: state.read + read,
          added: state.added + written.added,
          updated: state.updated + written.updated,
          repeated: state.repeated + written.repeated,
          rejected: state.rejected + rejected.length,
          rejectBytes: rejects.length,
        }
        keepState(store, kind, path, next)
        return next
      })
      kept = keptState(store, kind, path)
      task.update(batch.next.offset)
    }
    state = { ...state, isComplete: true }
    store.transaction(() => {
      requireAlone()
      keepState(store, kind, path, state)
    })
  } finally {
    task.end()
    rejects.close()
  }
  return summaryOf(path, kind, state, beginning.kind === 'go on' ? 'went on' : 'from the start')
}

/** Columns that a file without a header is asked for. */
function wantedColumns(kind: RecordKind, mapping: Mapping): string[] {
  if (mapping.attributes.includes('*')) {
    throw new InvalidOptionError(
      'attributes',
      '*',
      'names of fields',
      'JSON lines do not announce their fields',
    )
  }
  const fields = FIELDS[kind].filter((field) => !(field in mapping.constants))
  return [...new Set([...fields, ...Object.values(mapping.columns), ...mapping.attributes])]
}

/** Checks the rows of a batch: what can be stored, and why the rest cannot. */
function recordsOf<K extends RecordKind>(
  path: string,
  batch: Batch,
  builder: RecordBuilder<K>,
  isChecked: boolean,
): { records: RecordOf[K][]; rejected: Reject[]; read: number } {
  const records: RecordOf[K][] = []
  const rejected: Reject[] = []
  const reject = (line: number, field: string, value: unknown, reason: string) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    rejected.push({ file: path, line, field, value: text.slice(0, SHOWN), reason: `expected ${reason}` })
  }
  for (const { line, value, expected } of batch.faults) reject(line, ROW, value, expected)
  let first = 0
  for (const chunk of batch.chunks) {
    const columns = Array.from({ length: chunk.columnCount }, (_, at) => chunk.getColumnVector(at))
    builder.open(columns)
    const { rowCount } = chunk
    for (let row = 0; row < rowCount; row++) {
      const line = batch.lines[first + row]!
      if (isChecked && columns[0]!.getItem(row) !== true) {
        reject(line, ROW, columns[1]!.getItem(row), 'a JSON object')
        continue
      }
      const built = builder.build(row)
      if ('record' in built) records.push(built.record)
      else reject(line, built.problem.field, built.problem.value, built.problem.expected)
    }
    first += rowCount
  }
  rejected.sort((a, b) => a.line - b.line)
  return { records, rejected, read: records.length + rejected.length }
}

function write<K extends RecordKind>(store: Store, kind: K, records: RecordOf[K][]): WriteCount {
  const writers: { [Kind in RecordKind]: (records: RecordOf[Kind][]) => WriteCount } = {
    items: store.putItems,
    users: store.putUsers,
    collections: store.putCollections,
    events: store.appendEvents,
  }
  return writers[kind](records)
}

function tooManyRejects(path: string, most: number, first: Reject): InvalidFileError {
  return new InvalidFileError(path, `has more than ${most} rows that cannot be used`, {
    field: first.field,
    hint: `line ${first.line}, ${first.field}: ${first.reason}; is the mapping right? else raise --max-rejects`,
  })
}

function summaryOf(
  path: string,
  kind: RecordKind,
  state: ImportState,
  began: ImportSummary['began'],
): ImportSummary {
  const { read, added, updated, repeated, rejected, rejectFile } = state
  const file = rejected === 0 ? null : rejectFile
  return { file: path, kind, read, added, updated, repeated, rejected, rejectFile: file, began }
}
