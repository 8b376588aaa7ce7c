/** @file The code blocks of the documentation, by language, with the file that a block stands for. */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

export interface Block {
  language: string
  text: string
  /** Name of the file whose content this is: the block is introduced by a line that ends with "`NAME`:". */
  file: string | null
}

/** README and everything in docs/ but the generated reference, by path. */
export function documents(): Map<string, Block[]> {
  const paths = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })]
  const written = paths.filter((path) => !path.startsWith(join('docs', 'reference'))).sort()
  return new Map(written.map((path) => [path, blocksOf(readFileSync(join(ROOT, path), 'utf8'))]))
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  for (const match of markdown.matchAll(/(?:`([\w./-]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm)) {
    blocks.push({ language: match[2]!, text: match[3]!, file: match[1] ?? null })
  }
  return blocks
}

/** Commands of a shell block; a command goes on over lines while a quote is open. */
export function commandsOf(text: string): string[] {
  const commands: string[] = []
  let open = ''
  for (const line of text.split('\n')) {
    open = open ? `${open}\n${line}` : line
    if (open.split("'").length % 2 === 0) continue
    if (open.trim() !== '') commands.push(open)
    open = ''
  }
  return commands
}
