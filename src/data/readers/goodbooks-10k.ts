/** @file goodbooks-10k: ratings and to-read marks of ten thousand books, with authors, years and covers; no times. */

import { existsSync } from 'node:fs'
import { InvalidFileError } from '../../base/errors.ts'
import type { Progress } from '../../base/progress.ts'
import type { Attributes } from '../../store/records.ts'
import { type CsvRow, readCsv } from '../csv.ts'
import { decodeEntities } from '../entities.ts'
import { gzipOrPlain, readLines, wholeNumber } from '../lines.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'

const PUBLISHER = 'https://raw.githubusercontent.com/zygmuntz/goodbooks-10k/master'

export const goodbooks10k: DatasetReader = {
  name: 'goodbooks-10k',
  aliases: ['goodbooks'],
  title: 'goodbooks-10k',
  licence: 'CC BY-SA 4.0',
  citation:
    'Zygmunt Zając. 2017. Goodbooks-10k: a new dataset for book recommendations. FastML. https://fastml.com/goodbooks-10k',
  address: 'https://github.com/zygmuntz/goodbooks-10k',
  files: [
    { path: 'ratings.csv.gz', sha256: '4ddb8f3a5e202be5a4990474352e4a27adb2ce3259c2068f2342338e7109525f' },
    { path: 'books.csv.gz', sha256: '0a82b3ceb9dbbb12e4a99c895ec1ce515648023022bb22ab664b39f1fa1d7f88' },
    { path: 'to_read.csv.gz', sha256: '89e5206453a0755abe93cab5876fc78a3ed283cb60f45de1991c740c5fbe0847' },
  ],
  // What the publisher offers today is a later edition with six million ratings: the same books, other figures.
  alternatives: [
    {
      files: ['ratings.csv', 'books.csv', 'to_read.csv', 'tags.csv', 'book_tags.csv'].map((path) => ({
        path,
        address: `${PUBLISHER}/${path}`,
      })),
    },
    { files: [{ path: 'ratings.csv' }, { path: 'books.csv' }, { path: 'to_read.csv' }] },
  ],
  split: { kind: 'hold-out', buckets: 5 },
  // To-read marks are wishes, not likings: they are in the store as saves, and are not positive unless asked for.
  positive: { weights: { save: 0 }, minimumRating: 4 },
  surface: 'home',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    const shelves = await readShelves(folder)
    let laterEdition = false
    let withoutCover = 0
    for await (const rows of readCsv(gzipOrPlain(folder, 'books.csv'), ['book_id', 'title', 'authors'])) {
      for (const row of rows) {
        laterEdition ||= row.goodreads_book_id !== undefined
        const item = book(row, shelves)
        if (item.image === null) withoutCover++
        writer.item(item)
      }
    }
    const ratings = await readRatings(gzipOrPlain(folder, 'ratings.csv'), writer, progress)
    await readToRead(gzipOrPlain(folder, 'to_read.csv'), writer, progress)
    writer.flush()
    const notes = [
      'The ratings have no times; their order in the file means nothing.',
      `${withoutCover.toLocaleString('en')} books have no cover.`,
    ]
    if (ratings.repeats > 0) {
      notes.push(`${ratings.repeats.toLocaleString('en')} ratings repeat a user and book already rated.`)
    }
    notes.push(
      laterEdition
        ? 'This is the later edition with six million ratings: figures of the first edition do not apply.'
        : 'At most 100 ratings of a book were published, so popularity in the ratings means nothing.',
    )
    return notes
  },
}

/**
 * A book as an item. Its authors, its series and its shelves are tags; the year of publication says nothing about when
 * it came to the service, so the creation time stays unknown.
 */
function book(row: CsvRow, shelves: Map<string, string[]>) {
  // In the first edition `id` is the id that ratings use and `book_id` that of Goodreads; the later one renamed both.
  const id = row.goodreads_book_id === undefined ? row.id : row.book_id
  const goodreadsId = row.goodreads_book_id ?? row.book_id
  const title = tidy(row.title)
  const original = tidy(row.original_title ?? '')
  const authors = row.authors.split(',').map(tidy)
  const attributes: Attributes = { author: authors[0] }
  const year = Number(row.original_publication_year)
  if (row.original_publication_year && Number.isFinite(year)) attributes.year = year
  const language = languageOf(row.language_code ?? '')
  if (language) attributes.language = language
  if (row.average_rating) attributes.averageRating = Number(row.average_rating)
  if (row.ratings_count) attributes.ratingsOnGoodreads = Number(row.ratings_count)
  const series = SERIES.exec(title)?.[1]
  return {
    id,
    title,
    text: original !== '' && !title.startsWith(original) ? original : '',
    tags: [...new Set([...authors, ...(series ? [series] : []), ...(shelves.get(goodreadsId) ?? [])])],
    attributes,
    image: row.image_url && !row.image_url.includes('/nophoto/') ? row.image_url : null,
  }
}

/** "The Hunger Games (The Hunger Games, #1)", "Dune (Dune Chronicles #1)" */
const SERIES = /\(([^()#]+?),? #[\d.–-]+\)/

/** Goodreads mixes ISO 639-2 codes and locales; the many ways to write English become one. */
function languageOf(code: string): string {
  return code === 'eng' || code.startsWith('en-') ? 'en' : code
}

const tidy = (text: string) => decodeEntities(text).replace(/\s+/g, ' ').trim()

const RATINGS = 981_756

async function readRatings(
  path: string,
  writer: StoreWriter,
  progress: Progress,
): Promise<{ repeats: number }> {
  const task = progress.start('read ratings', RATINGS)
  const seen = new Set<number>()
  let read = 0
  await eachRow(path, ['user_id', 'book_id', 'rating'], ([user, book, rating]) => {
    writer.event({ user: String(user), item: String(book), kind: 'rating', value: rating })
    seen.add(user * 2 ** 20 + book)
    if (++read % 20_000 === 0) task.update(read)
  })
  task.end()
  return { repeats: read - seen.size }
}

async function readToRead(path: string, writer: StoreWriter, progress: Progress): Promise<void> {
  const task = progress.start('read to-read marks')
  await eachRow(path, ['user_id', 'book_id'], ([user, book]) => {
    writer.event({ user: String(user), item: String(book), kind: 'save' })
  })
  task.end()
}

/** Rows of a CSV file of whole numbers, fields in the order of `columns`: the two editions order them differently. */
async function eachRow(
  path: string,
  columns: readonly string[],
  visit: (row: number[]) => void,
): Promise<void> {
  let positions: number[] | null = null
  for await (const { lines, first } of readLines(path)) {
    for (let k = 0; k < lines.length; k++) {
      const fields = lines[k].split(',')
      if (positions === null) {
        positions = columns.map((column) => fields.indexOf(column))
        const missing = columns[positions.indexOf(-1)]
        if (missing) throw new InvalidFileError(path, `has no column "${missing}"`, { field: missing })
      } else if (lines[k] !== '') {
        visit(positions.map((at, c) => wholeNumber(fields[at], path, first + k, columns[c])))
      }
    }
  }
}

/** The most used shelves of each book by its Goodreads id, where the file that links them is there. */
async function readShelves(folder: string): Promise<Map<string, string[]>> {
  const shelves = new Map<string, string[]>()
  const links = gzipOrPlain(folder, 'book_tags.csv')
  const tags = gzipOrPlain(folder, 'tags.csv')
  if (!existsSync(links) || !existsSync(tags)) return shelves
  const names = new Map<string, string>()
  for await (const rows of readCsv(tags, ['tag_id', 'tag_name'])) {
    for (const { tag_id, tag_name } of rows) names.set(tag_id, tag_name)
  }
  for await (const rows of readCsv(links, ['goodreads_book_id', 'tag_id', 'count'])) {
    for (const { goodreads_book_id, tag_id } of rows) {
      // The file lists each book's shelves by falling use.
      const ofBook = shelves.get(goodreads_book_id) ?? []
      const name = names.get(tag_id)
      if (name && ofBook.length < MOST_SHELVES && !READING_STATE.test(name)) ofBook.push(name)
      shelves.set(goodreads_book_id, ofBook)
    }
  }
  return shelves
}

const MOST_SHELVES = 10
/** Shelves that say what a reader did with a book, not what it is. */
const READING_STATE = /to-read|currently|owned|own-|favou?rite|books-i|library|default|kindle|wish/
