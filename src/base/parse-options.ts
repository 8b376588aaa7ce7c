/** @file Reads options by their schema: what is not declared or out of range is refused by its full name. */

import type { z } from 'zod'
import { InvalidOptionError } from './errors.ts'

/**
 * @param group put before the names of the options: `ease` gives `ease.lambda`
 * @param given the declared defaults when undefined
 * @throws InvalidOptionError
 */
export function parseOptions<Options>(group: string, options: z.ZodType<Options>, given: unknown): Options {
  const parsed = options.safeParse(given ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const isUnknown = issue.code === 'unrecognized_keys'
  const path = isUnknown ? [...issue.path, issue.keys[0]!] : issue.path
  const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], given)
  const expected = isUnknown ? 'no such option: none of this name is declared' : issue.message
  throw new InvalidOptionError([group, ...path].join('.'), value, expected)
}
