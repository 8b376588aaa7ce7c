/** @file Pages of the reference that are made from declarations: commands, sources, and the constants of a cascade beside them. */

import type { Command } from 'commander'
import { z } from 'zod'
import { QUOTAS, quotaOptions, SURFACE, surfaceOptions } from '../src/cascade/surfaces.ts'
import { commands } from '../src/cli/commands.ts'
import { BLEND } from '../src/experiments/tuning/cascade-objective.ts'
import { spaceOf } from '../src/experiments/tuning/space.ts'
import { blendOptions } from '../src/ranking/fit-blend.ts'
import { rankerDefinitions } from '../src/ranking/rankers/registry.ts'
import { sourceDefinitions } from '../src/sources/registry.ts'

const MADE = '<!-- Made by `npm run docs`: change the declarations instead. -->'

/** By file name in `docs/reference/`. */
export function referencePages(): Record<string, string> {
  return { 'cli.md': commandPage(), 'sources.md': sourcePage(), 'constants.md': constantPage() }
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
  const parts = sourceDefinitions.map(
    ({ name, summary, surfaces, options }) =>
      `## ${name}\n\n${summary} For ${surfaces.join(' and ')}.${tableOf(name, options)}`,
  )
  const intro = 'Options are given from code: `fit(store, { sourceOptions: { ease: { lambda: 500 } } })`.'
  return `# Sources and their options\n\n${MADE}\n\n${intro}\n\n${parts.join('\n\n')}\n`
}

/** One table for each group that `labrador tune` knows beside the sources. */
function constantPage(): string {
  const groups: [title: string, summary: string, group: string, options: z.ZodType][] = [
    [BLEND, 'How the sources are weighed, on each surface.', BLEND, blendOptions],
    ['surface, related', 'How sources are asked for the page of an item.', SURFACE, surfaceOptions.related],
    ['surface, home', 'How sources are asked for a user.', SURFACE, surfaceOptions.home],
    [
      QUOTAS,
      'Share of `candidatesPerSource` that a source is asked for, on each surface; the same for every source.',
      QUOTAS,
      quotaOptions(['name-of-a-source']),
    ],
    ...rankerDefinitions.map(({ name, options }): (typeof groups)[number] => [
      name,
      'A ranker.',
      name,
      options,
    ]),
  ]
  const parts = groups.map(
    ([title, summary, group, options]) => `## ${title}\n\n${summary}${tableOf(group, options)}`,
  )
  const intro =
    'Constants of a cascade beside the [options of its sources](sources.md). `ranked` of a surface is searched with `--ranker`.'
  return `# Constants of a cascade\n\n${MADE}\n\n${intro}\n\n${parts.join('\n\n')}\n`
}

/** Options with their ranges and defaults; nothing where there are none. */
function tableOf(group: string, options: z.ZodType): string {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const rows = Object.entries(schema.properties ?? {}).map(
    ([option, declared]) =>
      `| \`${option}\` | ${typeOf(declared)} | ${rangeOf(declared)} | ${defaultOf(declared)} | ${searchedOf(group, option, options)} |`,
  )
  const head = '\n\n| option | type | range | default | searched |\n| --- | --- | --- | --- | --- |\n'
  return rows.length ? head + rows.join('\n') : ''
}

/** What `labrador tune` looks at: the range on its scale, or the choices. */
function searchedOf(group: string, option: string, options: z.ZodType): string {
  const path = `${group}.${option}`
  const searched = spaceOf(group, options).filter(({ name }) => name === path || name.startsWith(`${path}.`))
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
