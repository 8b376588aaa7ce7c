/** @file Each reader on a few lines in the format of its dataset, faults included. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { idAt } from '../../src/base/id-table.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { amazonBeauty } from '../../src/data/readers/amazon-beauty.ts'
import { citeulikeT } from '../../src/data/readers/citeulike-t.ts'
import { goodbooks10k } from '../../src/data/readers/goodbooks-10k.ts'
import { film } from '../../src/data/readers/movielens.ts'
import { movielens1m } from '../../src/data/readers/movielens-1m.ts'
import { movielensLatestSmall } from '../../src/data/readers/movielens-latest-small.ts'
import { pinterest } from '../../src/data/readers/pinterest.ts'
import { yoochoose } from '../../src/data/readers/yoochoose.ts'
import { datasetReader, datasetReaders } from '../../src/data/readers.ts'
import { splitDataset } from '../../src/data/split.ts'
import { eventsOf, readInto } from './folder.ts'

const FILMS = Buffer.from(
  '1::Toy Story (1995)::Animation|Comedy\n73::Misérables, Les (1995)::Drama|Musical\n',
  'latin1',
)
const PEOPLE = '1::F::1::10::48067\n2::M::56::16::70072\n'

test('names and aliases are distinct, and an unknown name is answered with the known ones', () => {
  const names = datasetReaders.flatMap((reader) => [reader.name, ...(reader.aliases ?? [])])
  assert.equal(new Set(names).size, names.length)
  assert.equal(datasetReader('yoochoose-100k').name, 'yoochoose')
  assert.throws(() => datasetReader('netflix'), { code: 'not-found', message: /one of movielens-1m, / })
})

test('film titles get their article back, their year and their genres', () => {
  assert.deepEqual(film('1', 'Postino, Il (The Postman) (1994)', 'Drama|Romance'), {
    id: '1',
    title: 'Il Postino (The Postman) (1994)',
    tags: ['Drama', 'Romance'],
    attributes: { year: 1994, category: 'Drama' },
  })
  assert.equal(film('1', "Enfer, L' (1994)", 'Drama').title, "L'Enfer (1994)")
  assert.equal(film('1', 'Crying, Laughing (1994)', 'Drama').title, 'Crying, Laughing (1994)')
  assert.deepEqual(film('1', 'Nameless', '(no genres listed)').attributes, {})
})

test('MovieLens-1M: latin-1 titles, rows that end early, order by time and then by position', async (context) => {
  const ratings =
    'UserID\tMovieID\tRating\tPosition\tTimestamp\n' +
    '1\t73\t5\t2\t978300760\n' + // same moment as the next, but later in the user's order
    '1\t1\t3\t1\t978300760\n' +
    '2\t1\t4\t2\t\n' +
    '2\t73\t2\n'
  const { store, notes } = await readInto(context, movielens1m, {
    'movies.dat.gz': FILMS,
    'users.dat.gz': PEOPLE,
    'ratings.tsv.gz': ratings,
  })
  assert.equal(store.getItem('73')?.title, 'Les Misérables (1995)')
  assert.deepEqual(store.getUser('1')?.attributes, {
    gender: 'F',
    age: 'under 18',
    occupation: 'K-12 student',
    segment: 'F under 18',
  })
  assert.deepEqual(
    eventsOf(store).map(({ user, item, value, time }) => [user, item, value, time]),
    [
      ['1', '1', 3, 978300760000],
      ['1', '73', 5, 978300760000],
      ['2', '1', 4, null],
      ['2', '73', 2, null],
    ],
  )
  assert.match(notes[0], /50 % of the 4 ratings have a time/)

  const timed = loadDataset(store)
  assert.equal(timed.interactions.length, 2)
  assert.match(timed.notes.at(-1)!, /2 events without a time were left out/)
  const all = loadDataset(store, { untimed: 'first' })
  assert.deepEqual(
    [...all.interactions.time!],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 978300760000, 978300760000],
  )
})

test('MovieLens-1M as GroupLens publishes it is read too', async (context) => {
  const { store } = await readInto(context, movielens1m, {
    'movies.dat': FILMS,
    'users.dat': PEOPLE,
    'ratings.dat': '1::73::5::978300760\n2::1::4::978300000\n',
  })
  assert.deepEqual(
    eventsOf(store).map(({ user, item, time }) => [user, item, time]),
    [
      ['1', '73', 978300760000],
      ['2', '1', 978300000000],
    ],
  )
})

test('a rating that is no number is named with its file, line and field', async (context) => {
  const files = {
    'movies.dat': FILMS,
    'users.dat': PEOPLE,
    'ratings.dat': '1::73::5::978300760\n2::x::4::978300000\n',
  }
  await assert.rejects(readInto(context, movielens1m, files), {
    code: 'invalid-row',
    message: /ratings\.dat:2: field "MovieID" "x": expected a whole number/,
  })
})

test('MovieLens latest-small: quoted titles, half stars, free tags once each', async (context) => {
  const { store } = await readInto(context, movielensLatestSmall, {
    'movies.csv': 'movieId,title,genres\r\n11,"American President, The (1995)",Comedy|Drama\r\n',
    'links.csv': 'movieId,imdbId,tmdbId\r\n11,0112346,\r\n',
    'tags.csv': 'userId,movieId,tag,timestamp\r\n2,11,Politics,1\r\n3,11,politics ,2\r\n',
    'ratings.csv': 'userId,movieId,rating,timestamp\r\n2,11,4.5,964982703\r\n',
  })
  const item = store.getItem('11')!
  assert.equal(item.title, 'The American President (1995)')
  assert.deepEqual(item.tags, ['Comedy', 'Drama', 'politics'])
  assert.equal(item.attributes.imdb, 'tt0112346')
  assert.deepEqual(
    eventsOf(store).map(({ value, time }) => [value, time]),
    [[4.5, 964982703000]],
  )
})

const FIRST_EDITION =
  'id,book_id,authors,original_publication_year,original_title,title,language_code,average_rating,ratings_count,image_url\n' +
  '1,2767052,"Suzanne Collins, Somebody Else",2008.0,The Hunger Games,"The Hunger Games (The Hunger Games, #1)",en-US,4.34,4780653,https://img/1.jpg\n' +
  '2,3,Homer,-750.0,Ὀδύσσεια,The Odyssey,,3.7,9,https://s.gr-assets.com/assets/nophoto/book/x.png\n'

test('goodbooks-10k: authors and series as tags, missing covers, ratings below 4 and repeats left out', async (context) => {
  const { store, notes } = await readInto(context, goodbooks10k, {
    'books.csv.gz': FIRST_EDITION,
    'ratings.csv.gz': 'book_id,user_id,rating\n1,7,5\n1,7,4\n2,7,3\n2,8,4\n1,8,2\n1,8,5\n',
    'to_read.csv.gz': 'user_id,book_id\n9,1\n',
  })
  const [first, second] = [store.getItem('1')!, store.getItem('2')!]
  assert.deepEqual(first.tags, ['Suzanne Collins', 'Somebody Else', 'The Hunger Games'])
  assert.equal(first.attributes.language, 'en')
  assert.equal(first.image, 'https://img/1.jpg')
  assert.deepEqual([second.image, second.text, second.attributes.year], [null, 'Ὀδύσσεια', -750])
  assert.ok(notes.includes('2 ratings repeat a user and book already rated.'))

  const { interactions, users, catalog, notes: all } = loadDataset(store)
  const pairs = Array.from(
    interactions.user,
    (user, k) => `${idAt(users.users, user)} ${idAt(catalog.items, interactions.item[k])}`,
  )
  assert.deepEqual(pairs, ['7 1', '8 2', '8 1'])
  assert.equal(all.at(-1), '1 repeats of a user–item pair were dropped.')
  assert.equal(interactions.time, null)
})

test('goodbooks-10k, later edition: other column names, shelves as tags', async (context) => {
  const { store, notes } = await readInto(context, goodbooks10k, {
    'books.csv':
      'book_id,goodreads_book_id,authors,original_publication_year,original_title,title,language_code,average_rating,ratings_count,image_url\n' +
      '1,2767052,Suzanne Collins,2008.0,,The Hunger Games,eng,4.34,4780653,https://img/1.jpg\n',
    'ratings.csv': 'user_id,book_id,rating\n7,1,5\n',
    'to_read.csv': 'user_id,book_id\n9,1\n',
    'tags.csv': 'tag_id,tag_name\n10,dystopia\n11,to-read\n',
    'book_tags.csv': 'goodreads_book_id,tag_id,count\n2767052,11,900\n2767052,10,80\n',
  })
  assert.deepEqual(store.getItem('1')?.tags, ['Suzanne Collins', 'dystopia'])
  assert.deepEqual(
    eventsOf(store).map(({ user, item, kind, value }) => [user, item, kind, value]),
    [
      ['7', '1', 'rating', 5],
      ['9', '1', 'save', null],
    ],
  )
  assert.match(notes.at(-1)!, /later edition/)
})

test('Pinterest: repeats are dropped, and test pairs that train already has', async (context) => {
  const { store, notes } = await readInto(context, pinterest, {
    'train.txt.gz': '0 1 2 2 3\n1 4\n',
    'test.txt.gz': '0 3 5 5\n1\n',
  })
  assert.match(notes[0], /^1 repeated pairs in train, 1 in test and 1 test pairs that are also in train/)
  const { train, test: held } = splitDataset(loadDataset(store))
  assert.deepEqual([train.interactions.length, held.length], [4, 1])
  assert.equal(idAt(train.catalog.items, held.item[0]), '5')
  assert.deepEqual([...new Set(train.interactions.weight)], [1])
})

test('CiteULike-t: tags by how common they are, papers that nobody saved, and a wrong count is an error', async (context) => {
  const files = {
    'users.dat': '2 0 1\n1 1\n',
    'tag-item.dat': '1 1\n3 0 1 2\n',
    'tags.dat': 'rare\ncommon\n',
  }
  const { store, notes } = await readInto(context, citeulikeT, files)
  assert.deepEqual(store.getItem('1')?.tags, ['common', 'rare'])
  assert.match(notes[1], /^1 tagged papers are in nobody's library/)
  assert.equal(loadDataset(store).catalog.items.ids.length, 3)
  await assert.rejects(readInto(context, citeulikeT, { ...files, 'users.dat': '3 0 1\n' }), {
    code: 'invalid-row',
    message: /users\.dat:1: field "count"/,
  })
})

test('YooChoose: milliseconds, sessions as users, the last sessions are test', async (context) => {
  const header = 'SessionId\tItemId\tTime\n'
  const sessions = Array.from(
    { length: 5 },
    (_, k) => `${9 - k}\t5\t${100 + k}.25\n${9 - k}\t6\t${100 + k}.251\n`,
  )
  const { store } = await readInto(context, yoochoose, {
    'yoochoose-clicks-100k_train_full.txt': header + sessions.join(''),
    'yoochoose-clicks-100k_test.txt': header,
  })
  const { train, test: held, protocol } = splitDataset(loadDataset(store))
  assert.equal(protocol, 'sessions, temporal')
  assert.equal(train.interactions.length, 8)
  assert.deepEqual([...held.time!], [104250, 104251])
  assert.deepEqual([...held.session], [5, 5])
})

test('Amazon Beauty: character references resolved, the last item of each user is test', async (context) => {
  const { store } = await readInto(context, amazonBeauty, {
    'items.tsv':
      'item_id\tasin\ttitle\tcategories\n' +
      '1\tB1\tBrush &amp; Comb &#9733; Caf&eacute;&#153;\tBeauty > Hair Care > Brushes ; Beauty > Tools\n',
    'sequential_data.txt': '1 1 2 3\n2 3 1\n',
  })
  const item = store.getItem('1')!
  assert.equal(item.title, 'Brush & Comb ★ Café™')
  assert.deepEqual(item.tags, ['Hair Care', 'Brushes', 'Tools'])
  assert.deepEqual(item.attributes, { asin: 'B1', category: 'Hair Care' })
  const { train, test: held } = splitDataset(loadDataset(store))
  const ids = (items: Uint32Array) => Array.from(items, (one) => idAt(train.catalog.items, one))
  assert.deepEqual(ids(held.item), ['3', '1'])
  assert.deepEqual(ids(train.interactions.item), ['1', '2', '3'])
})
