/** @file The page of the HTTP API, made from the OpenAPI document that a server publishes. */

import { join } from 'node:path'
import { createApp } from '../src/server/app.ts'
import type { Serving } from '../src/server/serving.ts'

/** What is read of a JSON schema. */
interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

/** What is read of an operation. */
interface Operation {
  summary?: string
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[]
  requestBody?: Content
  responses?: Record<string, Content>
}

interface Content {
  content?: Record<string, { schema?: Schema }>
}

const HEAD = '| field | in | type | required | default | meaning |\n| --- | --- | --- | --- | --- | --- |'

/** @returns Markdown: every address with its parameters, body, answer and refusals */
export async function httpPage(): Promise<string> {
  const paths = await pathsOfTheApi()
  const parts = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      section(`${method.toUpperCase()} ${path}`, operation),
    ),
  )
  const intro =
    'The same as a machine reads it is at `/openapi.json` of a server. Every refusal has one form: [serve](../guides/serving.md).'
  return `# HTTP\n\n<!-- Made by \`npm run docs\`: change the declarations instead. -->\n\n${intro}\n\n${parts.join('\n\n')}\n`
}

async function pathsOfTheApi(): Promise<Record<string, Record<string, Operation>>> {
  const nowhere = join(import.meta.dirname, 'no-such-folder')
  const app = await createApp({
    // Routes ask a recommender when a request comes; none does.
    serving: {} as Serving,
    pageFolder: nowhere,
    imageFolder: nowhere,
    log: false,
  })
  const { paths } = app.swagger()
  await app.close()
  return paths as Record<string, Record<string, Operation>>
}

function section(
  title: string,
  { summary, parameters = [], requestBody, responses = {} }: Operation,
): string {
  const asked = [
    ...parameters.map(({ name, in: place, required = false, description, schema }) =>
      row(name, place, { ...schema, description: description ?? schema.description }, required),
    ),
    ...fields(schemaOf(requestBody), 'body'),
  ]
  const answered = fields(schemaOf(responses['200']), 'answer')
  const refusals = Object.keys(responses).filter((status) => status !== '200')
  const rows = [...asked, ...answered]
  return [
    `## \`${title}\``,
    ...(summary ? [`${summary}.`] : []),
    ...(rows.length > 0 ? [`${HEAD}\n${rows.join('\n')}`] : []),
    ...(refusals.length > 0 ? [`Refusals: ${refusals.join(', ')}.`] : []),
  ].join('\n\n')
}

function schemaOf(part: Content | undefined): Schema {
  return part?.content?.['application/json']?.schema ?? {}
}

/** One row a field, fields of fields after it: `items[].id`. */
function fields(schema: Schema, place: string, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const below = field.items?.properties ? `${path}[].` : `${path}.`
    const required = schema.required?.includes(name) ?? false
    return [row(path, place, field, required), ...fields(field.items ?? field, place, below)]
  })
}

function row(name: string, place: string, schema: Schema, required: boolean): string {
  const { default: standard, description = '' } = schema
  const written = standard === undefined ? '' : `\`${JSON.stringify(standard)}\``
  const cells = [`\`${name}\``, place, typeOf(schema), required ? 'yes' : '', written, description]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function typeOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ')
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.items) return `list of ${typeOf(schema.items)}${sizes(schema.minItems, schema.maxItems)}`
  const type = [schema.type ?? 'any'].flat().join(' or ')
  return type + sizes(schema.minimum ?? schema.minLength, schema.maximum ?? schema.maxLength)
}

/** Bounds of a value, a length or a count; a whole number's own limits say nothing. */
function sizes(least?: number, most?: number): string {
  const bounded = most !== undefined && most !== Number.MAX_SAFE_INTEGER
  if (least === undefined || Math.abs(least) === Number.MAX_SAFE_INTEGER) return bounded ? `, ≤ ${most}` : ''
  return bounded ? `, ${least} … ${most}` : `, ≥ ${least}`
}
