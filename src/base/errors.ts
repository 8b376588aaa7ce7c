/** @file Typed errors: one class per kind; each says what was wrong, where, and what to do next. */

/** Every error that Labrador throws on purpose. `code` is stable and machine-readable; `status` is its HTTP status. */
export abstract class LabradorError extends Error {
  abstract readonly code: string
  readonly status: number = 400
  /** The field, option or parameter at fault, when there is one. */
  readonly field?: string
  /** What the reader can do about it. */
  readonly hint?: string

  constructor(message: string, where: { field?: string; hint?: string; cause?: unknown } = {}) {
    super(
      where.hint ? `${message} — ${where.hint}` : message,
      where.cause ? { cause: where.cause } : undefined,
    )
    this.name = new.target.name
    this.field = where.field
    this.hint = where.hint
  }
}

/** Where a bad row stands and what was expected there. `line` is 1-based and counts the header. */
export interface RowFault {
  file: string
  line: number
  field: string
  value?: unknown
  expected: string
  hint?: string
}

/** A row of an imported file that cannot be used. */
export class InvalidRowError extends LabradorError {
  readonly code = 'invalid-row'
  readonly fault: RowFault

  constructor(fault: RowFault) {
    const shown = fault.value === undefined ? '' : ` ${JSON.stringify(fault.value)?.slice(0, 80)}`
    super(`${fault.file}:${fault.line}: field "${fault.field}"${shown}: expected ${fault.expected}`, {
      field: fault.field,
      hint: fault.hint,
    })
    this.fault = fault
  }
}

/** A file that cannot be used at all: missing, empty, wrong format, a column that is not there. */
export class InvalidFileError extends LabradorError {
  readonly code = 'invalid-file'
  readonly file: string

  constructor(file: string, problem: string, where: { field?: string; hint?: string; cause?: unknown } = {}) {
    super(`${file}: ${problem}`, where)
    this.file = file
  }
}

/** An option, parameter or configuration value outside its declared range. */
export class InvalidOptionError extends LabradorError {
  readonly code = 'invalid-option'

  constructor(field: string, value: unknown, expected: string, hint?: string) {
    super(`${field}: got ${shown(value)}, expected ${expected}`, { field, hint })
  }
}

/** As JSON, which has no word for numbers that are none. */
const shown = (value: unknown) => (typeof value === 'number' ? String(value) : JSON.stringify(value))

/** An item, user, collection, dataset or snapshot that is not there. */
export class NotFoundError extends LabradorError {
  readonly code = 'not-found'
  override readonly status = 404

  constructor(kind: string, id: string, where: { field?: string; hint?: string } = {}) {
    super(`unknown ${kind} ${JSON.stringify(id.slice(0, 200))}`, {
      field: where.field ?? kind,
      hint: where.hint,
    })
  }
}

/** None of the query's items is known to the source or graph that was asked. */
export class EmptyQueryError extends LabradorError {
  readonly code = 'empty-query'

  constructor(where: string) {
    super(`${where}: no query item is known here`, { field: 'items' })
  }
}

/** A stored artefact (snapshot, array file, store) that is damaged or of another version. */
export class DamagedArtefactError extends LabradorError {
  readonly code = 'damaged-artefact'
  override readonly status = 500

  constructor(file: string, problem: string, hint = 'fit again: `labrador fit`') {
    super(`${file}: ${problem}`, { hint })
  }
}

/** Something outside the process that is needed and missing: a download, a tool, a model file. */
export class UnavailableError extends LabradorError {
  readonly code = 'unavailable'
  override readonly status = 503

  constructor(what: string, hint?: string, cause?: unknown) {
    super(what, { hint, cause })
  }
}

/** More memory than the machine has left; nothing has been allocated. */
export class InsufficientMemoryError extends LabradorError {
  readonly code = 'insufficient-memory'
  override readonly status = 507

  constructor(what: string, bytes: number, free: number, hint = 'use a narrower format, or fewer rows') {
    const gigabytes = (n: number) => `${(n / 2 ** 30).toFixed(2)} GiB`
    super(`${what} needs ${gigabytes(bytes)}, the machine has ${gigabytes(free)} left`, { hint })
  }
}
