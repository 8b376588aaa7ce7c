/** @file Nested records of typed arrays to artefacts and back: `{ items: { ids: { bytes } } }` ↔ `items.ids.bytes`. */

import type { Artefact } from './array-file.ts'
import { DamagedArtefactError } from './errors.ts'
import type { NumericArray } from './shared.ts'

type Scalar = string | number | boolean | null

/** Flattens a record; typed arrays go to `arrays`, scalars and plain lists to `meta`, both under dotted names. */
export function packColumns(record: object): Artefact {
  const artefact: Artefact = { arrays: {}, meta: {} }
  const visit = (value: unknown, name: string): void => {
    if (ArrayBuffer.isView(value)) artefact.arrays[name] = value as NumericArray
    else if (value === undefined) return
    else if (value === null || typeof value !== 'object' || Array.isArray(value))
      artefact.meta[name] = value as Scalar
    else for (const [key, inner] of Object.entries(value)) visit(inner, name ? `${name}.${key}` : key)
  }
  visit(record, '')
  return artefact
}

/**
 * Rebuilds what `packColumns` flattened.
 *
 * @param required dotted names that must be there
 * @throws DamagedArtefactError when one is missing or a name could reach outside the record
 */
export function unpackColumns<T>(artefact: Artefact, file: string, required: readonly string[]): T {
  const root: Record<string, unknown> = {}
  for (const [name, value] of [...Object.entries(artefact.arrays), ...Object.entries(artefact.meta)]) {
    const path = name.split('.')
    if (path.some((key) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(key) || key === 'constructor')) {
      throw new DamagedArtefactError(file, `unexpected name ${JSON.stringify(name)}`)
    }
    let at = root
    for (const key of path.slice(0, -1)) {
      at[key] ??= {}
      at = at[key] as Record<string, unknown>
    }
    at[path.at(-1)!] = value
  }
  for (const name of required) {
    if (!(name in artefact.arrays) && !(name in artefact.meta))
      throw new DamagedArtefactError(file, `"${name}" is missing`)
  }
  return root as T
}
