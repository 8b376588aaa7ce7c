/** @file Pages of the reference that are made from declarations: commands and sources. */

import type { Command } from 'commander'
import { z } from 'zod'
import { commands } from '../src/cli/commands.ts'
import { spaceOf } from '../src/experiments/tuning/space.ts'
import { sourceDefinitions } from '../src/sources/registry.ts'

const MADE = '<!-- Made by `npm run docs`: change the declarations instead. -->'

/** By file name in `docs/reference/`. */
export function referencePages(): Record<string, string> {
  return { 'cli.md': commandPage(), 'sources.md': sourcePage() }
}

function commandPage(): string {
  const parts = commands().flatMap((command) => [
    `## labrador ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``,
    ...command.commands.map(
      (part) => `### labrador ${command.name()} ${part.name()}\n\n\`\`\`text\n${helpOf(part)}\n\`\`\``,
    ),
  ])
  return `# Commands\n\n${MADE}\n\n${parts.join('\n\n')}\n`
}

/** The help as a terminal of 100 columns shows it, with its examples. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  // The number of threads and workers is that of the machine at hand.
  return text.replace(/(--(?:threads|workers) <n>[^(]*)\(default: "?\d+"?\)/g, '$1(default: all)').trim()
}

/** What is read of a JSON schema. */
interface JsonSchema {
  type?: string
  properties?: Record<string, JsonSchema>
  default?: unknown
  minimum?: number
  maximum?: number
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
}

function sourcePage(): string {
  const parts = sourceDefinitions.map(({ name, summary, surfaces, options }) => {
    const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as JsonSchema
    const rows = Object.entries(schema.properties ?? {}).map(
      ([option, declared]) =>
        `| \`${option}\` | ${typeOf(declared)} | ${rangeOf(declared)} | ${defaultOf(declared)} | ${searchedOf(name, option, options)} |`,
    )
    const head = '\n\n| option | type | range | default | searched |\n| --- | --- | --- | --- | --- |\n'
    return `## ${name}\n\n${summary} For ${surfaces.join(' and ')}.${rows.length ? head + rows.join('\n') : ''}`
  })
  const intro = 'Options are given from code: `fit(store, { sourceOptions: { ease: { lambda: 500 } } })`.'
  return `# Sources and their options\n\n${MADE}\n\n${intro}\n\n${parts.join('\n\n')}\n`
}

/** What `labrador tune` looks at: the range on its scale, or the choices. */
function searchedOf(source: string, option: string, options: z.ZodType): string {
  const path = `${source}.${option}`
  const searched = spaceOf(source, options).filter(({ name }) => name === path || name.startsWith(`${path}.`))
  const texts = searched.map((parameter) => {
    const inner = parameter.name.slice(path.length + 1)
    const range =
      parameter.kind === 'choice'
        ? parameter.choices.join(', ')
        : `${parameter.from} … ${parameter.to}${parameter.scale === 'log' ? ' (log)' : ''}`
    return inner ? `${inner}: ${range}` : range
  })
  return texts.join('; ')
}

function typeOf({ type, anyOf, oneOf }: JsonSchema): string {
  const choices = anyOf ?? oneOf
  return choices ? [...new Set(choices.map(typeOf))].join(' or ') : (type ?? 'any')
}

function rangeOf(schema: JsonSchema): string {
  const { minimum, maximum } = schema.anyOf?.find((choice) => choice.type === 'number') ?? schema
  if (minimum === undefined && maximum === undefined) return ''
  // A whole number without a bound of its own is bounded by what a double holds exactly.
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return `≥ ${minimum}`
  return `${minimum} … ${maximum}`
}

function defaultOf(schema: JsonSchema): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``
}
