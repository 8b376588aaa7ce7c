/** @file MovieLens-1M: a million ratings of films by 6,040 users, with age, gender and occupation. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidRowError } from '../../base/errors.ts'
import type { Progress } from '../../base/progress.ts'
import type { Store } from '../../store/store.ts'
import { allLines, gzipOrPlain, readLines, wholeNumber } from '../lines.ts'
import { orderBy } from '../order.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'
import { film, MOVIELENS_CITATION } from './movielens.ts'

const RATINGS = 1_000_209

export const movielens1m: DatasetReader = {
  name: 'movielens-1m',
  aliases: ['ml-1m'],
  folders: ['movielens-1m', 'ml-1m'],
  title: 'MovieLens-1M',
  licence: 'GroupLens: research use, no redistribution, no commercial use without permission',
  citation: MOVIELENS_CITATION,
  address: 'https://grouplens.org/datasets/movielens/1m/',
  files: [
    {
      path: 'ratings.tsv.gz',
      sha256: '907b934d5b7d9f3a61ec1237f02ef1937319ac2b8892b245af2b696cb1ab2090',
    },
    { path: 'movies.dat.gz', sha256: '0c4c296ce1204c20abb1508530260817acb42b9e6146769a116fbd47a1fb0cc4' },
    { path: 'users.dat.gz', sha256: '1bfdd04e6e7543fb1e26369bc4966040076d06814f07682a5b77497b1ffa2700' },
  ],
  alternatives: [
    {
      files: [{ path: 'ratings.dat' }, { path: 'movies.dat' }, { path: 'users.dat' }],
      archive: {
        path: 'ml-1m.zip',
        address: 'https://files.grouplens.org/datasets/movielens/ml-1m.zip',
        md5: 'c4d9eecfca2ab87c1945afe126590906',
        folder: 'ml-1m',
      },
    },
  ],
  split: { kind: 'temporal', fraction: 0.8 },
  surface: 'home',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    await readFilms(gzipOrPlain(folder, 'movies.dat'), writer)
    await readUsers(gzipOrPlain(folder, 'users.dat'), writer)
    writer.flush()
    const joined = join(folder, 'ratings.tsv.gz')
    const ratings = existsSync(joined)
      ? await readRatings(joined, JOINED, progress)
      : await readRatings(gzipOrPlain(folder, 'ratings.dat'), ORIGINAL, progress)
    return writeRatings(ratings, store, progress)
  },
}

/** Ratings as columns, in file order. */
interface Ratings {
  length: number
  user: Uint32Array
  movie: Uint32Array
  rating: Uint8Array
  /** Milliseconds since 1970, NaN where the file has none. */
  time: Float64Array
  /** 1-based place in the user's history, Infinity where the file has none. */
  position: Float64Array
}

interface RatingFormat {
  separator: string
  headerLines: number
  timeColumn: number
  /** Null when the format has none. */
  positionColumn: number | null
}

/** `UserID, MovieID, Rating, Position, Timestamp`; rows may end before the last two. */
const JOINED: RatingFormat = { separator: '\t', headerLines: 1, timeColumn: 4, positionColumn: 3 }
/** `UserID::MovieID::Rating::Timestamp`, as GroupLens publishes it. */
const ORIGINAL: RatingFormat = { separator: '::', headerLines: 0, timeColumn: 3, positionColumn: null }

async function readRatings(path: string, format: RatingFormat, progress: Progress): Promise<Ratings> {
  const ratings: Ratings = {
    length: 0,
    user: new Uint32Array(RATINGS),
    movie: new Uint32Array(RATINGS),
    rating: new Uint8Array(RATINGS),
    time: new Float64Array(RATINGS),
    position: new Float64Array(RATINGS),
  }
  const task = progress.start('read ratings', RATINGS)
  for await (const { lines, first } of readLines(path)) {
    for (let k = 0; k < lines.length; k++) {
      const line = first + k
      if (line <= format.headerLines || lines[k] === '') continue
      const fields = lines[k].split(format.separator)
      const row = ratings.length++
      if (row >= RATINGS) {
        throw new InvalidRowError({
          file: path,
          line,
          field: 'UserID',
          expected: `at most ${RATINGS} ratings`,
        })
      }
      const seconds = fields[format.timeColumn]
      const position = format.positionColumn === null ? '' : fields[format.positionColumn]
      ratings.user[row] = wholeNumber(fields[0], path, line, 'UserID')
      ratings.movie[row] = wholeNumber(fields[1], path, line, 'MovieID')
      ratings.rating[row] = wholeNumber(fields[2], path, line, 'Rating')
      ratings.time[row] = seconds ? wholeNumber(seconds, path, line, 'Timestamp') * 1000 : Number.NaN
      ratings.position[row] = position
        ? wholeNumber(position, path, line, 'Position')
        : Number.POSITIVE_INFINITY
    }
    task.update(ratings.length)
  }
  task.end()
  return ratings
}

/**
 * Appends the ratings user by user, each user's in the order in which they were made: by time, then by position,
 * then as in the file.
 */
function writeRatings(ratings: Ratings, store: Store, progress: Progress): string[] {
  const { length, user, time } = ratings
  const order = orderBy(length, [user, time, ratings.position])
  const writer = new StoreWriter(store)
  const task = progress.start('write ratings', length)
  const untimedUsers = new Set<number>()
  let untimed = 0
  for (const row of order) {
    const timed = !Number.isNaN(time[row])
    if (!timed) {
      untimed++
      untimedUsers.add(user[row])
    }
    writer.event({
      user: String(user[row]),
      item: String(ratings.movie[row]),
      kind: 'rating',
      value: ratings.rating[row],
      time: timed ? time[row] : null,
    })
    if (writer.events % 20_000 === 0) task.update(writer.events)
  }
  writer.flush()
  task.end()
  if (untimed === 0) {
    return [
      'All ratings have a time, so the temporal split covers all users, not only those of the published half.',
    ]
  }
  const share = Math.round((100 * (length - untimed)) / length)
  return [
    `${share} % of the ${length.toLocaleString('en')} ratings have a time; the ${untimed.toLocaleString('en')} ratings ` +
      `of ${untimedUsers.size.toLocaleString('en')} users have none, only their order.`,
  ]
}

async function readFilms(path: string, writer: StoreWriter): Promise<void> {
  for (const [k, line] of (await allLines(path, 'latin1')).entries()) {
    const [id, title, genres] = line.split('::')
    if (genres === undefined) {
      throw new InvalidRowError({
        file: path,
        line: k + 1,
        field: 'Genres',
        expected: 'MovieID::Title::Genres',
      })
    }
    writer.item(film(id, title, genres))
  }
}

async function readUsers(path: string, writer: StoreWriter): Promise<void> {
  for (const [k, line] of (await allLines(path, 'latin1')).entries()) {
    const [id, gender, ageCode, occupationCode] = line.split('::')
    const age = AGES[ageCode]
    const occupation = OCCUPATIONS[Number(occupationCode)]
    if (!age || !occupation) {
      throw new InvalidRowError({
        file: path,
        line: k + 1,
        field: age ? 'Occupation' : 'Age',
        value: age ? occupationCode : ageCode,
        expected: 'a code of the MovieLens readme',
      })
    }
    // The fifth field, the zip code, is left out: nothing here needs to know where somebody lives.
    writer.user({ id, attributes: { gender, age, occupation, segment: `${gender} ${age}` } })
  }
}

const AGES: Record<string, string> = {
  1: 'under 18',
  18: '18–24',
  25: '25–34',
  35: '35–44',
  45: '45–49',
  50: '50–55',
  56: '56+',
}

const OCCUPATIONS = [
  'other',
  'academic or educator',
  'artist',
  'clerical or admin',
  'college or grad student',
  'customer service',
  'doctor or health care',
  'executive or managerial',
  'farmer',
  'homemaker',
  'K-12 student',
  'lawyer',
  'programmer',
  'retired',
  'sales or marketing',
  'scientist',
  'self-employed',
  'technician or engineer',
  'tradesman or craftsman',
  'unemployed',
  'writer',
]
