/** @file `labrador import`: items, users, collections and events from files into a store. */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { InvalidFileError, InvalidOptionError } from '../base/errors.ts'
import { DEFAULT_MAX_REJECTS, type ImportSummary, importFile } from '../store/import/import-file.ts'
import { type MappingInput, RECORD_KINDS, type RecordKind, TIME_FORMATS } from '../store/import/mapping.ts'
import { FILE_FORMATS } from '../store/import/read-file.ts'
import { openStore } from '../store/sqlite-store.ts'
import { oneOf, wholeNumber } from './options.ts'
import { terminalProgress } from './terminal.ts'

interface ImportArguments extends Partial<Record<RecordKind, string[]>> {
  store: string
  map?: string[]
  set?: string[]
  kinds?: string
  mapping?: string
  attributes?: string
  timeFormat?: string
  delimiter?: string
  separator?: string
  deriveIds: boolean
  format?: string
  rejects?: string
  maxRejects: string
  again: boolean
  json: boolean
  quiet: boolean
}

const EXAMPLES = `
Examples:
  labrador import --store shop/store.db --events events.csv
  labrador import --store shop/store.db --items items.jsonl.gz --users users.csv --collections boards.parquet
  labrador import --store shop/store.db --events clicks.csv --map user=visitor_id,item=sku,time=ts --set kind=click
  labrador import --store shop/store.db --events log.csv --kinds transaction=purchase,addtocart=save,view=view
  labrador import --store shop/store.db --items films.csv --map id=film --attributes year,category --separator ';'

Columns that are called like the fields need no --map. With files of several kinds in one command, name the kind:
--map events.user=visitor_id,items.id=sku.
  items: id, title, text, tags, image, createdAt, hidden, attributes     users: id, attributes
  collections: id, title, owner, items          events: id, time, user, item, kind, value, session, context

Rows that cannot be used go to a reject file and all others go in. An import that was interrupted goes on where it
stopped; a file of events that was imported completely is not counted again.`

/** The command, to be added to the program. */
export function importCommand(): Command {
  return new Command('import')
    .description('Import items, users, collections and events from CSV, JSON lines or Parquet.')
    .requiredOption('--store <file>', 'the store; it is created where there is none')
    .option('--items <file...>', 'files of items')
    .option('--users <file...>', 'files of users')
    .option('--collections <file...>', 'files of collections')
    .option('--events <file...>', 'files of events')
    .option('--map <list...>', 'field=column, separated by commas')
    .option('--set <list...>', 'field=value for every row, separated by commas')
    .option('--kinds <list>', "word=kind: what the file's words for kinds of events mean")
    .option(
      '--mapping <file>',
      'the whole mapping as JSON: { "events": { "columns": { "user": "visitor_id" } } }',
    )
    .option('--attributes <columns>', 'columns that become attributes, separated by commas; * for all others')
    .option('--time-format <format>', `${TIME_FORMATS.join(', ')} (default: auto)`)
    .option('--delimiter <character>', 'between the columns of CSV (default: a comma; a tab in .tsv files)')
    .option('--separator <text>', 'between tags, and between the items of a collection (default: |)')
    .option(
      '--derive-ids',
      'give events without an id one from their content: overlapping files count once',
      false,
    )
    .option('--format <format>', `${FILE_FORMATS.join(', ')} (default: by the name of the file)`)
    .option('--rejects <folder>', 'where reject files are written (default: rejects, beside the store)')
    .option('--max-rejects <n>', 'stop at more bad rows than this in a file', String(DEFAULT_MAX_REJECTS))
    .option('--again', 'import files whole, whatever was imported before', false)
    .option('--json', 'print the summary as JSON', false)
    .option('--quiet', 'no progress', false)
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(given: ImportArguments): Promise<void> {
  const files = RECORD_KINDS.flatMap((kind) => (given[kind] ?? []).map((file) => ({ kind, file })))
  if (files.length === 0) {
    throw new InvalidOptionError(
      'events',
      undefined,
      'at least one of --items, --users, --collections, --events',
    )
  }
  const maxRejects = wholeNumber('max-rejects', given.maxRejects, 0)
  const format = given.format === undefined ? undefined : oneOf('format', given.format, FILE_FORMATS)
  const kinds = [...new Set(files.map(({ kind }) => kind))]
  const mappings = mappingsOf(given, kinds)
  const progress = terminalProgress(given.quiet)
  const store = openStore(given.store, { isBulk: true })
  const summaries: ImportSummary[] = []
  try {
    for (const { kind, file } of files) {
      const options = { format, maxRejects, again: given.again, rejectFolder: given.rejects, progress }
      const summary = await importFile(store, kind, file, { ...options, mapping: mappings[kind] })
      summaries.push(summary)
      if (!given.json) console.log(sentenceOf(summary))
    }
    const counts = store.counts()
    if (given.json) console.log(JSON.stringify({ store: store.path, files: summaries, counts }, null, 2))
    else {
      const held = RECORD_KINDS.map((kind) => `${counts[kind].toLocaleString('en')} ${kind}`)
      console.log(`The store holds ${held.join(', ')}.`)
      console.log(`Next: labrador stats --store ${given.store}`)
    }
  } finally {
    store.close()
  }
}

function sentenceOf(summary: ImportSummary): string {
  const count = (value: number) => value.toLocaleString('en')
  const { file, kind, read, added, updated, repeated, rejected, rejectFile, began } = summary
  if (began === 'already imported')
    return `${file}: imported before, nothing to do (${count(added)} ${kind}).`
  const parts = [`${count(added)} ${kind} added`]
  if (updated > 0) parts.push(`${count(updated)} updated`)
  if (repeated > 0) parts.push(`${count(repeated)} known already`)
  if (rejected > 0) parts.push(`${count(rejected)} rejected, see ${rejectFile}`)
  const went = began === 'went on' ? ' (went on where it stopped)' : ''
  return `${file}: ${count(read)} rows${went}: ${parts.join(', ')}.`
}

/** The mapping file, and over it what the command line says, by kind. */
function mappingsOf(given: ImportArguments, kinds: readonly RecordKind[]): Record<RecordKind, MappingInput> {
  const fromFile = given.mapping === undefined ? {} : readMappings(given.mapping)
  const mappings = {} as Record<RecordKind, MappingInput>
  for (const kind of RECORD_KINDS) {
    const base = (fromFile[kind] ?? {}) as MappingInput
    mappings[kind] = { ...base, columns: { ...base.columns }, constants: { ...base.constants } }
  }
  const assign = (option: 'map' | 'set', part: 'columns' | 'constants') => {
    for (const [name, value] of pairsOf(option, given[option] ?? [])) {
      const dot = name.indexOf('.')
      const kind =
        dot === -1 ? kinds.length === 1 && kinds[0] : RECORD_KINDS.find((one) => one === name.slice(0, dot))
      if (!kind)
        throw new InvalidOptionError(option, name, `KIND.FIELD with KIND one of ${RECORD_KINDS.join(', ')}`)
      mappings[kind][part]![name.slice(dot + 1)] = value
    }
  }
  assign('map', 'columns')
  assign('set', 'constants')
  for (const kind of kinds) {
    const mapping = mappings[kind]
    if (given.timeFormat !== undefined) mapping.timeFormat = given.timeFormat as MappingInput['timeFormat']
    if (given.delimiter !== undefined) mapping.delimiter = given.delimiter === '\\t' ? '\t' : given.delimiter
    if (given.separator !== undefined) mapping.separator = given.separator
  }
  if (given.attributes !== undefined) {
    const names = given.attributes.split(',').map((name) => name.trim())
    for (const kind of ['items', 'users'] as const)
      if (kinds.includes(kind)) mappings[kind].attributes = names
  }
  if (given.kinds !== undefined)
    mappings.events.kinds = Object.fromEntries(pairsOf('kinds', [given.kinds])) as MappingInput['kinds']
  if (given.deriveIds) mappings.events.deriveIds = true
  return mappings
}

function readMappings(path: string): Partial<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new InvalidFileError(path, `is no mapping: ${(cause as Error).message}`, {
      field: 'mapping',
      cause,
    })
  }
  const names =
    typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.keys(parsed) : null
  const unknown = names?.find((name) => !(RECORD_KINDS as readonly string[]).includes(name))
  if (names === null || unknown !== undefined) {
    throw new InvalidFileError(path, `is no mapping${unknown ? `: "${unknown}" is no kind of record` : ''}`, {
      field: 'mapping',
      hint: `it must be an object with ${RECORD_KINDS.join(', ')}`,
    })
  }
  return parsed as Partial<Record<string, unknown>>
}

function pairsOf(option: string, lists: readonly string[]): [string, string][] {
  return lists
    .flatMap((list) => list.split(','))
    .map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 1) throw new InvalidOptionError(option, pair, 'NAME=VALUE, separated by commas')
      return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
    })
}
