/** @file Reads what can be tuned from the schemas of options: ranges, scales and defaults stand where they are declared. */

import { z } from 'zod'
import { parseOptions } from '../../base/parse-options.ts'
import type { TuneHint } from '../../base/tunable.ts'
import type { Parameter, ParameterValue, Space, Values } from './parameter.ts'

/** What is read of a JSON schema. */
interface JsonSchema {
  type?: string
  properties?: Record<string, JsonSchema>
  default?: unknown
  const?: unknown
  minimum?: number
  maximum?: number
  multipleOf?: number
  enum?: ParameterValue[]
  oneOf?: JsonSchema[]
  anyOf?: JsonSchema[]
  tune?: TuneHint | false
}

/**
 * Options that have a default and a range. Objects are looked into; of a union, the branch of the default is.
 *
 * @param group put before the names of the options: `ease` gives `ease.lambda`
 */
export function spaceOf(group: string, options: z.ZodType): Space {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  return Object.entries(schema.properties ?? {}).flatMap(([option, declared]) =>
    parametersOf(group, `${group}.${option}`, declared, declared.default),
  )
}

/**
 * Options with some of their values replaced.
 *
 * @param values by names as in `spaceOf`; those of other groups are left alone
 * @returns only options of which something was given, complete with what was not
 */
export function optionsWith(group: string, options: z.ZodType, values: Values): Record<string, unknown> {
  const defaults = options.parse({}) as Record<string, unknown>
  const changed: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    const [owner, option, ...path] = name.split('.') as [string, string, ...string[]]
    if (owner !== group) continue
    if (path.length === 0) {
      changed[option] = value
      continue
    }
    changed[option] ??= structuredClone(defaults[option])
    let inner = changed[option] as Record<string, unknown>
    for (const key of path.slice(0, -1)) inner = inner[key] as Record<string, unknown>
    inner[path.at(-1)!] = value
  }
  return changed
}

/** The values that options have, for the parameters of a group. */
export function valuesIn(group: string, options: z.ZodType, given: unknown): Values {
  const parsed = parseOptions(group, options, given)
  const entries = spaceOf(group, options).map(({ name }) => {
    const path = name.split('.').slice(1)
    return [name, path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], parsed)]
  })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Values
}

function parametersOf(group: string, name: string, declared: JsonSchema, initial: unknown): Parameter[] {
  const { tune } = declared
  if (tune === false || initial === undefined || initial === null) return []
  const branches = declared.oneOf ?? declared.anyOf
  if (branches) {
    const branch = branches.find((candidate) => fits(candidate, initial))
    return branch ? parametersOf(group, name, { tune, ...branch }, initial) : []
  }
  if (declared.properties) {
    const inside = initial as Record<string, unknown>
    return Object.entries(declared.properties).flatMap(([key, inner]) =>
      parametersOf(group, `${name}.${key}`, inner, inside[key]),
    )
  }
  if (declared.enum)
    return [{ kind: 'choice', name, group, choices: declared.enum, default: initial as string }]
  if (declared.type === 'boolean') {
    return [{ kind: 'choice', name, group, choices: [false, true], default: initial as boolean }]
  }
  const from = tune?.from ?? declared.minimum
  const to = tune?.to ?? declared.maximum
  if (typeof initial !== 'number' || !isBound(from) || !isBound(to)) return []
  const step = declared.multipleOf ?? (declared.type === 'integer' ? 1 : 0)
  return [{ kind: 'number', name, group, scale: tune?.scale ?? 'linear', from, to, step, default: initial }]
}

/** Whether a value may be of this branch of a union, by its constants or its type. */
function fits(branch: JsonSchema, value: unknown): boolean {
  if (!branch.properties) return branch.type === typeof value
  return Object.entries(branch.properties).every(
    ([key, inner]) => inner.const === undefined || (value as Record<string, unknown>)[key] === inner.const,
  )
}

/** A whole number without a bound of its own is bounded by what a double holds exactly. */
function isBound(bound: number | undefined): bound is number {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER
}
