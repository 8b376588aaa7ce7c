/** @file Selected rows to records of the store, each checked; what cannot be used says which field and why. */

import type { Attributes, AttributeValue, Collection, EventRecord, Item, User } from '../records.ts'
import { EVENT_KINDS, type EventKind } from '../records.ts'
import type { Mapping, RecordKind } from './mapping.ts'
import type { SelectedFields } from './select-fields.ts'

export interface RecordOf {
  items: Item
  users: User
  collections: Collection
  events: EventRecord
}

/** Why a row cannot be used. */
export interface RowProblem {
  field: string
  value: unknown
  expected: string
}

/** A field's values in the chunk at hand. */
export interface ColumnReader {
  getItem(row: number): unknown
}

/** The HTTP API has the same limits (`src/server/schemas.ts`). */
const MAX_ID = 256
/** Year 2100: a later time is a mistake of units. */
const MAX_TIME = 4_102_444_800_000
const MAX_CONTEXT = 4096
const MAX_ATTRIBUTES = 50
const MAX_ATTRIBUTE = 1000

/** Thrown inside a row only; the row's builder catches it. */
class Unusable extends Error {
  readonly problem: RowProblem

  constructor(field: string, value: unknown, expected: string) {
    super(expected)
    this.problem = { field, value, expected }
  }
}

/** Reads one kind of record out of chunks. */
export class RecordBuilder<K extends RecordKind> {
  readonly #fields: SelectedFields
  readonly #mapping: Mapping
  readonly #build: (row: number) => RecordOf[K]
  #columns: readonly ColumnReader[] = []

  constructor(kind: K, fields: SelectedFields, mapping: Mapping) {
    this.#fields = fields
    this.#mapping = mapping
    const builders: { [Kind in RecordKind]: (row: number) => RecordOf[Kind] } = {
      items: (row) => this.#item(row),
      users: (row) => ({ id: this.#id('id', row), attributes: this.#attributes(row) }),
      collections: (row) => this.#collection(row),
      events: (row) => this.#event(row),
    }
    this.#build = builders[kind]
  }

  /** Turns to the next chunk. */
  open(columns: readonly ColumnReader[]): void {
    this.#columns = columns
  }

  build(row: number): { record: RecordOf[K] } | { problem: RowProblem } {
    try {
      return { record: this.#build(row) }
    } catch (error) {
      if (error instanceof Unusable) return { problem: error.problem }
      throw error
    }
  }

  #event(row: number): EventRecord {
    const event: EventRecord = {
      id: this.#optionalId('id', row),
      time: this.#time('time', row),
      user: this.#id('user', row),
      item: this.#id('item', row),
      kind: this.#kind(row),
      value: this.#value(row),
      session: this.#optionalId('session', row),
      context: null,
    }
    if (this.#fields.at.context !== undefined) event.context = this.#context(row)
    return event
  }

  #item(row: number): Item {
    return {
      id: this.#id('id', row),
      title: this.#text('title', row) ?? '',
      text: this.#text('text', row) ?? '',
      tags: this.#list('tags', row),
      attributes: this.#attributes(row),
      image: this.#text('image', row),
      createdAt: this.#time('createdAt', row),
      hidden: this.#truth('hidden', row),
    }
  }

  #collection(row: number): Collection {
    const items = this.#list('items', row)
    for (const item of items) if (item.length > MAX_ID) throw new Unusable('items', item, idExpected)
    return {
      id: this.#id('id', row),
      title: this.#text('title', row) ?? '',
      owner: this.#optionalId('owner', row),
      items,
    }
  }

  #text(field: string, row: number): string | null {
    const at = this.#fields.at[field]
    if (at === undefined) return null
    const text = this.#columns[at]!.getItem(row) as string | null
    if (text?.includes('\0')) throw new Unusable(field, text, 'text without NUL characters')
    return text
  }

  #optionalId(field: string, row: number): string | null {
    const id = this.#text(field, row)
    if (id !== null && id.length > MAX_ID) throw new Unusable(field, id, idExpected)
    return id
  }

  #id(field: string, row: number): string {
    const id = this.#optionalId(field, row)
    if (id === null) throw new Unusable(field, '', idExpected)
    return id
  }

  #raw(field: string, row: number): string | null {
    return this.#columns[this.#fields.rawAt[field]!]!.getItem(row) as string | null
  }

  #time(field: string, row: number): number | null {
    const at = this.#fields.at[field]
    if (at === undefined) return null
    const time = this.#columns[at]!.getItem(row) as number | null
    if (time !== null && time >= 0 && time <= MAX_TIME) return time
    const raw = this.#raw(field, row)
    if (raw === null) return null
    throw new Unusable(field, raw, timeExpected[this.#mapping.timeFormat])
  }

  #value(row: number): number | null {
    const at = this.#fields.at.value
    if (at === undefined) return null
    const value = this.#columns[at]!.getItem(row) as number | null
    if (value !== null && Number.isFinite(value)) return value
    const raw = this.#raw('value', row)
    if (raw === null) return null
    throw new Unusable('value', raw, 'a finite number')
  }

  #kind(row: number): EventKind {
    const number = this.#columns[this.#fields.at.kind!]!.getItem(row) as number | null
    if (number !== null) return EVENT_KINDS[number]!
    const expected = `one of ${EVENT_KINDS.join(', ')}, or a word given with --kinds`
    throw new Unusable('kind', this.#raw('kind', row) ?? '', expected)
  }

  #truth(field: string, row: number): boolean {
    const word = this.#text(field, row)
    if (word === null) return false
    const lower = word.toLowerCase()
    if (lower === 'true' || lower === '1') return true
    if (lower === 'false' || lower === '0') return false
    throw new Unusable(field, word, 'true or false')
  }

  /** A JSON list of texts, else parts between separators. */
  #list(field: string, row: number): string[] {
    const text = this.#text(field, row)
    if (text === null) return []
    const list = text.startsWith('[') ? parseJson(text) : undefined
    if (Array.isArray(list) && list.every((part) => typeof part === 'string' && !part.includes('\0')))
      return list
    return text
      .split(this.#mapping.separator)
      .map((part) => part.trim())
      .filter((part) => part !== '')
  }

  #attributes(row: number): Attributes {
    const attributes: Attributes = {}
    const text = this.#text('attributes', row)
    if (text !== null) {
      const given = parseJson(text)
      if (!isObject(given)) throw new Unusable('attributes', text, 'a JSON object')
      for (const [name, value] of Object.entries(given)) {
        if (!isAttributeValue(value)) throw new Unusable(`attributes.${name}`, value, attributeExpected)
        setOwn(attributes, name, value)
      }
    }
    for (const [name, at] of Object.entries(this.#fields.attributeAt)) {
      const cell = this.#columns[at]!.getItem(row) as string | null
      if (cell === null || cell === '') continue
      const value = attributeOf(cell)
      if (!isAttributeValue(value)) throw new Unusable(name, cell, attributeExpected)
      setOwn(attributes, name, value)
    }
    if (Object.keys(attributes).length > MAX_ATTRIBUTES)
      throw new Unusable('attributes', text ?? '', `at most ${MAX_ATTRIBUTES} attributes`)
    return attributes
  }

  #context(row: number): Record<string, unknown> | null {
    const text = this.#text('context', row)
    if (text === null) return null
    const context = text.length <= MAX_CONTEXT ? parseJson(text) : undefined
    if (isObject(context)) return context
    throw new Unusable('context', text, `a JSON object of at most ${MAX_CONTEXT / 1024} kB`)
  }
}

const idExpected = `an id of 1 to ${MAX_ID} characters`
const attributeExpected = `a text of at most ${MAX_ATTRIBUTE} characters, a finite number, or true or false`
const timeExpected = {
  auto: 'a time from 1970 to 2100: ISO 8601, Unix seconds or Unix milliseconds',
  iso: 'a time from 1970 to 2100 in ISO 8601',
  seconds: 'Unix seconds from 1970 to 2100',
  milliseconds: 'Unix milliseconds from 1970 to 2100',
}

/** Numbers and truths that are written as they would be printed; "007" and "1e3" stay texts. */
function attributeOf(cell: string): AttributeValue {
  if (cell === 'true' || cell === 'false') return cell === 'true'
  const number = Number(cell)
  return String(number) === cell && Number.isFinite(number) ? number : cell
}

function isAttributeValue(value: unknown): value is AttributeValue {
  if (typeof value === 'string') return value.length <= MAX_ATTRIBUTE && !value.includes('\0')
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

/** Plain assignment would lose an attribute called `__proto__`. */
function setOwn(attributes: Attributes, name: string, value: AttributeValue): void {
  Object.defineProperty(attributes, name, { value, enumerable: true, configurable: true, writable: true })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
