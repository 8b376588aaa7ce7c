/** @file The lines of a text model, with the position for messages: entries `name=value`, lists of numbers. */

import { InvalidRowError } from '../../base/errors.ts'

/** The value of a line `name=value`; a bare word has the value ''. */
export interface Entry {
  readonly line: number
  readonly value: string
}

/** Entries by name, and the line where they start. */
export interface Section {
  readonly line: number
  readonly fields: ReadonlyMap<string, Entry>
}

export interface ModelLines {
  /** The line at hand. */
  current(): string
  at(): Entry
  /** Goes on to the next line that is not empty. @returns the line that was left behind */
  next(): string
  /** Reads lines up to the next tree or the end of trees. */
  section(): Section
  /** `[name: value]` lines after the trees. */
  parameters(): [name: string, value: string][]
  required(section: Section, name: string): Entry
  numbers(section: Section, name: string, count: number): number[]
  integers(section: Section, name: string, count: number, least: number, most: number): number[]
  fail(field: string, value: string, expected: string): never
  failAt(entry: Entry, field: string, expected: string): never
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const INFINITE = /^([+-]?)inf(inity)?$/i
/** Longer lists are not written, so what they would need is never asked for. */
const SHOWN = 60

export function openLines(text: string, file: string): ModelLines {
  const lines = text.split('\n')
  let at = 0

  function failOn(line: number, field: string, value: string, expected: string): never {
    throw new InvalidRowError({ file, line: line + 1, field, value: value.slice(0, SHOWN), expected })
  }

  function current(): string {
    if (at >= lines.length) failOn(lines.length - 1, 'file', '', 'more lines: the file is cut off')
    return lines[at].trimEnd()
  }

  function skipEmpty(): void {
    while (at < lines.length && lines[at].trim() === '') at++
  }

  function next(): string {
    const line = current()
    at++
    skipEmpty()
    return line
  }

  function entry(section: Section, name: string): Entry {
    return section.fields.get(name) ?? failOn(section.line, name, '', `a line ${name}= from here on`)
  }

  function list(
    section: Section,
    name: string,
    count: number,
    parse: (token: string) => number | null,
    expected: string,
  ): number[] {
    const { line, value } = entry(section, name)
    const tokens = value.split(' ').filter((token) => token !== '')
    if (tokens.length !== count) failOn(line, name, value, `${count} values, not ${tokens.length}`)
    return tokens.map((token) => parse(token) ?? failOn(line, name, token, expected))
  }

  return {
    current,
    at: () => ({ line: at, value: current() }),
    next,
    section() {
      const first = at
      const fields = new Map<string, Entry>()
      while (!/^(Tree=|end of trees)/.test(current())) {
        const line = at
        const text = next()
        const equals = text.indexOf('=')
        const name = equals < 0 ? text : text.slice(0, equals)
        if (fields.has(name)) failOn(line, name, text, 'this field only once')
        fields.set(name, { line, value: equals < 0 ? '' : text.slice(equals + 1) })
      }
      return { line: first, fields }
    },
    parameters() {
      const found: [string, string][] = []
      for (; at < lines.length; at++) {
        const match = /^\[([^:\]]+): ?(.*)\]\s*$/.exec(lines[at])
        if (match) found.push([match[1], match[2]])
      }
      return found
    },
    required: entry,
    numbers: (section, name, count) => list(section, name, count, parseNumber, 'a number'),
    integers: (section, name, count, least, most) =>
      list(
        section,
        name,
        count,
        (token) => parseInteger(token, least, most),
        `a whole number, ${least} … ${most}`,
      ),
    fail: (field, value, expected) => failOn(at, field, value, expected),
    failAt: ({ line, value }, field, expected) => failOn(line, field, value, expected),
  }
}

function parseNumber(token: string): number | null {
  if (NUMBER.test(token)) {
    const value = Number(token)
    return Number.isFinite(value) ? value : null
  }
  const infinite = INFINITE.exec(token)
  if (!infinite) return null
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function parseInteger(token: string, least: number, most: number): number | null {
  if (!/^-?\d+$/.test(token)) return null
  const value = Number(token)
  return value >= least && value <= most ? value : null
}
