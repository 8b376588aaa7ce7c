/** @file A small world for server tests, fitted once: a reading club whose members keep to their two favourite genres. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { fitStore } from '../../src/cascade/fit-store.ts'
import { equalBlend } from '../../src/ranking/blend.ts'
import { defaultSources, sourceDefinition } from '../../src/sources/registry.ts'
import type { Surface } from '../../src/sources/request.ts'
import type { EventRecord, Item } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'

const GENRES = ['poetry', 'crime', 'travel', 'cooking', 'history', 'fantasy']
const NOUNS = ['Harbour', 'Letters', 'Winter', 'Garden', 'Kingdom', 'River', 'Kitchen', 'Station', 'Island']
const ADJECTIVES = ['Quiet', 'Hidden', 'Northern', 'Last', 'Golden', 'Distant']
/** 2024-01-01 */
const START = 1_704_067_200_000
const DAY = 24 * 60 * 60 * 1000

export interface Club {
  folder: string
  storePath: string
  snapshotFolder: string
  remove(): Promise<void>
}

/** `book-0` … `book-119`, twenty of each genre; `book-k` is of genre k mod 6. `book-7` has an image, `book-119` is hidden. */
export function clubItems(): Item[] {
  return Array.from({ length: 120 }, (_, k) => {
    const genre = GENRES[k % GENRES.length]!
    return {
      id: `book-${k}`,
      title: `The ${ADJECTIVES[k % 5]} ${NOUNS[(k * 7) % 9]} of ${genre} ${k}`,
      text: `A book about ${genre}.`,
      tags: [genre, `shelf-${k % 4}`],
      attributes: {
        category: genre,
        year: 1990 + (k % 30),
        region: k % 2 ? 'north' : 'south',
        language: 'en',
      },
      image: k === 7 ? 'images/book-7.png' : k === 8 ? 'images/missing.png' : null,
      createdAt: START + (k % 30) * DAY,
      hidden: k === 119,
    }
  })
}

/** Members `member-0` … `member-59`, each of whom reads books of two genres, one a day. */
export function clubEvents(): EventRecord[] {
  const random = createRandom(1)
  const events: EventRecord[] = []
  for (let day = 0; day < 40; day++) {
    for (let member = 0; member < 60; member++) {
      const genre = random.float() < 0.7 ? member % 6 : (member + 1) % 6
      const book = Math.floor(random.float() ** 1.5 * 20) * 6 + genre
      events.push({
        id: `reading-${day}-${member}`,
        time: START + day * DAY + member * 60_000,
        user: `member-${member}`,
        item: `book-${book}`,
        kind: random.float() < 0.5 ? 'click' : 'save',
        value: null,
        session: `visit-${day}-${member}`,
        context: null,
      })
    }
  }
  return events
}

/** The club's store, not fitted yet, in a folder of its own. */
export async function openClub(): Promise<Club> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-club-'))
  const storePath = join(folder, 'store.db')
  const store = openStore(storePath)
  store.putItems(clubItems())
  store.putUsers(
    Array.from({ length: 60 }, (_, k) => ({
      id: `member-${k}`,
      attributes: { region: k % 2 ? 'north' : 'south', language: 'en', segment: `group-${k % 3}` },
    })),
  )
  store.appendEvents(clubEvents())
  store.close()
  await mkdir(join(folder, 'images'))
  const picture = { create: { width: 64, height: 64, channels: 3 as const, background: '#3377aa' } }
  await sharp(picture)
    .png()
    .toFile(join(folder, 'images', 'book-7.png'))
  return {
    folder,
    storePath,
    snapshotFolder: join(folder, 'snapshots'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Ranking that needs no learning: the tests are about serving, not about quality. */
export function plainRanking() {
  const blend = (surface: Surface) => {
    const names = defaultSources().filter((name) => sourceDefinition(name).surfaces.includes(surface))
    return { blend: equalBlend(names, { asked: names.map(() => 400), pool: 200 }), rankers: [] }
  }
  return { related: blend('related'), home: blend('home') }
}

/** The club with an active snapshot. */
export async function fittedClub(now = START + 41 * DAY): Promise<Club> {
  const club = await openClub()
  const store = openStore(club.storePath)
  await fitStore(store, {
    snapshotFolder: club.snapshotFolder,
    keep: 3,
    threads: 1,
    seed: 1,
    progress: silentProgress,
    learned: plainRanking(),
    now,
  })
  store.close()
  return club
}
