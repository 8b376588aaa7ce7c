/** @file MovieLens latest-small: 100,836 ratings and 3,683 free tags with true times; for development, not for reports. */

import { InvalidRowError } from '../../base/errors.ts'
import { type CsvRow, readCsv } from '../csv.ts'
import { gzipOrPlain } from '../lines.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'
import { film, MOVIELENS_CITATION } from './movielens.ts'

export const movielensLatestSmall: DatasetReader = {
  name: 'movielens-latest-small',
  aliases: ['ml-latest-small'],
  folders: ['movielens-latest-small', 'ml-latest-small'],
  title: 'MovieLens latest-small',
  licence:
    'GroupLens: research use, redistribution under the same terms, no commercial use without permission',
  citation: MOVIELENS_CITATION,
  address: 'https://grouplens.org/datasets/movielens/latest/',
  files: [
    { path: 'ratings.csv.gz', sha256: 'f5357a61740ebcf47e20ec53456997d048298ba3ef35fdc6060ed6c677728145' },
    { path: 'movies.csv.gz', sha256: '1d059d5fc8793fc0c8be8bad9e26907fed81b7ea1594b92d9b0d6166b8145d63' },
    { path: 'tags.csv.gz', sha256: '4761011ed74c28cd034188969c1efef2b3209ef2f7d54fd6ec89fab80f925754' },
    { path: 'links.csv.gz', sha256: '53c954d8087ae88dfb91fb48d83ceba3a8fca7c00cae918196fd9dcc892e27b8' },
  ],
  alternatives: [
    {
      files: [{ path: 'ratings.csv' }, { path: 'movies.csv' }, { path: 'tags.csv' }, { path: 'links.csv' }],
      // GroupLens replaces this archive from time to time, so it has no lasting checksum.
      archive: {
        path: 'ml-latest-small.zip',
        address: 'https://files.grouplens.org/datasets/movielens/ml-latest-small.zip',
        folder: 'ml-latest-small',
      },
    },
  ],
  split: { kind: 'temporal', fraction: 0.8 },
  surface: 'home',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    const imdb = await readColumn(gzipOrPlain(folder, 'links.csv'), 'movieId', 'imdbId')
    const freeTags = await readTags(gzipOrPlain(folder, 'tags.csv'))
    for await (const rows of readCsv(gzipOrPlain(folder, 'movies.csv'), ['movieId', 'title', 'genres'])) {
      for (const { movieId, title, genres } of rows) {
        const item = film(movieId, title, genres)
        const imdbId = imdb.get(movieId)
        if (imdbId) item.attributes.imdb = `tt${imdbId}`
        item.tags.push(...(freeTags.get(movieId) ?? []))
        writer.item(item)
      }
    }
    const path = gzipOrPlain(folder, 'ratings.csv')
    const task = progress.start('read ratings', 100_836)
    for await (const rows of readCsv(path, ['userId', 'movieId', 'rating', 'timestamp'])) {
      for (const row of rows) {
        const line = writer.events + 2
        writer.event({
          user: row.userId,
          item: row.movieId,
          kind: 'rating',
          value: number(row, 'rating', path, line),
          time: number(row, 'timestamp', path, line) * 1000,
        })
      }
      task.update(writer.events)
    }
    writer.flush()
    task.end()
    return ['GroupLens asks that this development set is not used to report results.']
  },
}

/** Distinct tags that users gave a film, in lower case, in file order. */
async function readTags(path: string): Promise<Map<string, Set<string>>> {
  const tags = new Map<string, Set<string>>()
  for await (const rows of readCsv(path, ['movieId', 'tag'])) {
    for (const { movieId, tag } of rows) {
      const ofFilm = tags.get(movieId) ?? new Set()
      ofFilm.add(tag.trim().toLowerCase())
      tags.set(movieId, ofFilm)
    }
  }
  return tags
}

async function readColumn(path: string, key: string, column: string): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  for await (const rows of readCsv(path, [key, column])) {
    for (const row of rows) values.set(row[key], row[column])
  }
  return values
}

function number(row: CsvRow, field: string, file: string, line: number): number {
  const value = Number(row[field])
  if (row[field] !== '' && Number.isFinite(value)) return value
  throw new InvalidRowError({ file, line, field, value: row[field], expected: 'a number' })
}
