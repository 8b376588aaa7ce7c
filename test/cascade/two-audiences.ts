/**
 * @file A store in which words and taste cross: two audiences, each of which reads books in three dialects that have no word
 * in common. That `harbour` and `ledger` are of one kind only the readers say.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { fitStore } from '../../src/cascade/fit-store.ts'
import { equalBlend } from '../../src/ranking/blend.ts'
import type { Item } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'

export const WORDS = [
  ['harbour', 'ledger', 'winter'],
  ['meadow', 'quarry', 'kingdom'],
] as const
const BOOKS = 90
const READERS = 80
const READ = 14
const NOW = 1_707_700_000_000

export const audienceOf = (book: number) => book % 2
/** The word that a book shares with the others of its audience and dialect. */
export const wordOf = (book: number) => WORDS[audienceOf(book)]![(book >> 1) % 3]!
export const bookOf = ({ id }: { id: string }) => Number(id.slice('book-'.length))

/** `book-0` … `book-89`; book-5 is hidden. */
export function book(number: number, given: Partial<Item> = {}): Item {
  return {
    id: `book-${number}`,
    title: `${wordOf(number)} number${number}`,
    text: '',
    tags: [],
    attributes: {},
    image: null,
    createdAt: NOW,
    hidden: number === 5,
    ...given,
  }
}

/** The store with an active snapshot of the named sources, in a folder of its own. */
export async function fittedAudiences(sources: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-audiences-'))
  const storePath = join(folder, 'store.db')
  const snapshotFolder = join(folder, 'snapshots')
  const store = openStore(storePath)
  store.putItems(Array.from({ length: BOOKS }, (_, number) => book(number)))
  const random = createRandom(1)
  store.appendEvents(
    Array.from({ length: READERS * READ }, (_, k) => ({
      id: `reading-${k}`,
      time: NOW + k * 60_000,
      user: `reader-${k % READERS}`,
      item: `book-${2 * random.below(BOOKS / 2) + (k % 2)}`,
      kind: 'save' as const,
      value: null,
      session: null,
      context: null,
    })),
  )
  const lists = { asked: sources.map(() => 100), pool: 100 }
  const ranking = { blend: equalBlend(sources, lists), rankers: [] }
  await fitStore(store, {
    ...{ snapshotFolder, keep: 1, threads: 1, seed: 1, progress: silentProgress, now: NOW },
    sources,
    sourceOptions: {
      'two-tower': {
        ...{ dim: 16, hidden: 32, content: 16, temperature: 0.2, rate: 0.01, tableRate: 0.02 },
        ...{ batch: 16, epochs: 20, hiddenIds: 0.3 },
      },
      // In a catalog of ninety every book is frequent: the usual subsampling would leave nothing to learn from.
      item2vec: { subsampling: 1 },
    },
    learned: { related: ranking, home: ranking },
  })
  store.close()
  const remove = () => rm(folder, { recursive: true, force: true })
  return { folder, storePath, snapshotFolder, remove }
}
