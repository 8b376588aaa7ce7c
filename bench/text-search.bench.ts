/**
 * @file Search by words alone, by what a source finds near those words, and by both: a case for each source that can.
 *
 * Tags as queries: half of the items of each queried tag have lost it, in the index and in what the source is fitted on; they
 * have to be found by their other words and by who had them. Titles as queries: typed whole, with a word left out, with a
 * letter left out of the longest word. Half of the queries chose how much words and nearness count and which source is asked
 * (`--quick` measures on those), the figures are of the other half. `--only item2vec` takes no training of towers.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, shuffle } from '../src/base/random.ts'
import { stringAt, stringColumn } from '../src/base/string-column.ts'
import { fitSources, openSources } from '../src/cascade/fit.ts'
import { searchItems } from '../src/cascade/search-items.ts'
import type { Dataset } from '../src/data/dataset.ts'
import { itemTexts } from '../src/data/item-texts.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { bootstrap, bootstrapDefaults, differenceOf } from '../src/evaluation/bootstrap.ts'
import { markHits, ndcgAt, recallAt, reciprocalRankAt } from '../src/evaluation/metrics.ts'
import { fitItemSearch, openItemSearch } from '../src/text/item-search.ts'
import { words } from '../src/text/tokens.ts'
import type { BenchContext, Benchmark, BenchRow } from './bench.ts'

interface Data {
  name: string
  /** Tags of so many items are queries. */
  items: { least: number; most: number }
  towers: Record<string, unknown>
}

interface Case {
  data: Data
  source: string
  options: Record<string, unknown>
}

const TOWERS = { dim: 128, rate: 0.0003, tableRate: 0.0006, pooling: 'sum' }
const DATA: Data[] = [
  {
    name: 'movielens-1m',
    items: { least: 12, most: 4000 },
    towers: { ...TOWERS, temperature: 0.4, epochs: 3 },
  },
  {
    name: 'citeulike-t',
    items: { least: 12, most: 600 },
    towers: { ...TOWERS, temperature: 0.2, epochs: 8 },
  },
  {
    name: 'goodbooks-10k',
    items: { least: 6, most: 600 },
    towers: { ...TOWERS, temperature: 0.1, rate: 0.00003, epochs: 1, batch: 512 },
  },
]
const CASES = DATA.flatMap((data): Case[] => [
  { data, source: 'two-tower', options: data.towers },
  { data, source: 'item2vec', options: {} },
])
const nameOf = ({ data, source }: Case) => `${data.name} ${source}`
const TAGS = 400
const TITLES = 300
/** Enough that a hundred remain without the items that kept the tag. */
const ASKED = 1000

/** A query, and the items that it should find. */
interface Query {
  text: string
  relevant: Uint32Array
  /** Left out of the answer before it is judged. */
  known: ReadonlySet<number>
}

type Finder = (query: string) => Uint32Array
type Finders = Record<'both' | 'words' | 'near', Finder>
type Judge = (hits: Uint8Array, relevant: number) => number

const benchmark: Benchmark = {
  summary: 'What search finds by words and by what lies near them; differences are paired over queries.',
  async run(context) {
    const rows: BenchRow[] = []
    const folder = await mkdtemp(join(tmpdir(), 'labrador-text-search-'))
    const named = CASES.filter((each) => context.only === undefined || nameOf(each).includes(context.only))
    try {
      for (const each of named) rows.push(...(await measure(each, folder, context)))
      return rows
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
export default benchmark

async function measure(each: Case, folder: string, context: BenchContext) {
  const { progress, quick } = context
  const { name, items } = each.data
  const store = await prepareDataset(name, { storeDirectory: folder, progress })
  const whole = loadDataset(store, { untimed: 'first' })
  store.close()
  const { dataset, queries } = withoutSomeTags(whole, items)
  const finders = await openFinders(dataset, each, context)
  const judged = queries.filter((_, k) => (k % 2 === 0) === quick)
  const rows = compare(`${nameOf(each)}, tags`, judged, finders, TAG_METRICS, context)
  for (const [kind, titles] of Object.entries(titleQueries(dataset, quick)))
    rows.push(...compare(`${nameOf(each)}, ${kind}`, titles, finders, TITLE_METRICS, context))
  return rows
}

const TAG_METRICS: Record<string, Judge> = {
  'recall@10': (hits, relevant) => recallAt(hits, relevant, 10),
  'recall@100': (hits, relevant) => recallAt(hits, relevant, 100),
  'NDCG@100': (hits, relevant) => ndcgAt(hits, relevant, 100),
}
const TITLE_METRICS: Record<string, Judge> = {
  'hit rate@1': (hits, relevant) => recallAt(hits, relevant, 1),
  'recall@10': (hits, relevant) => recallAt(hits, relevant, 10),
  'MRR@100': (hits, relevant) => reciprocalRankAt(hits, relevant, 100),
}

/** Takes each of some tags from half of its items, which are what the tag is asked for. */
function withoutSomeTags(dataset: Dataset, { least, most }: Data['items']) {
  const { catalog } = dataset
  const random = createRandom(7)
  const tagsOf = Array.from({ length: catalog.tags.length }, (_, item) =>
    stringAt(catalog.tags, item)
      .split('\n')
      .filter((tag) => tag !== ''),
  )
  const itemsOf = new Map<string, number[]>()
  tagsOf.forEach((tags, item) => {
    for (const tag of tags) itemsOf.set(tag, [...(itemsOf.get(tag) ?? []), item])
  })
  const askable = [...itemsOf].filter(([, { length }]) => length >= least && length <= most)
  const chosen = shuffle(Uint32Array.from(askable.keys()), random).slice(0, TAGS)
  const queries = Array.from(chosen, (k): Query => {
    const [text, items] = askable[k]!
    const order = shuffle(Uint32Array.from(items), random)
    const half = order.length >> 1
    return { text, relevant: order.slice(0, half).sort(), known: new Set(order.slice(half)) }
  })
  for (const { text, relevant } of queries)
    for (const item of relevant) tagsOf[item] = tagsOf[item]!.filter((tag) => tag !== text)
  const tags = stringColumn(tagsOf.map((all) => all.join('\n')))
  return { dataset: { ...dataset, catalog: { ...catalog, tags } }, queries }
}

/** Titles of three words and more, as one remembers them and as one types them. */
function titleQueries({ catalog }: Dataset, quick: boolean): Record<string, Query[]> {
  const random = createRandom(11)
  const kinds: Record<string, Query[]> = {
    'whole titles': [],
    'a word left out': [],
    'a letter left out': [],
  }
  const titled = Uint32Array.from({ length: catalog.title.length }, (_, item) => item).filter(
    (item) => words(stringAt(catalog.title, item)).length >= 3,
  )
  // The first of them chose.
  const from = quick ? 0 : TITLES
  for (const item of shuffle(titled, random).slice(from, from + TITLES)) {
    const typed = words(stringAt(catalog.title, item))
    const left = random.below(typed.length)
    const longest = typed.reduce((best, word, k) => (word.length > typed[best]!.length ? k : best), 0)
    const letter = random.below(typed[longest]!.length)
    const without = typed[longest]!.slice(0, letter) + typed[longest]!.slice(letter + 1)
    const query = (all: readonly string[]) => ({
      text: all.join(' '),
      relevant: Uint32Array.of(item),
      known: new Set<number>(),
    })
    kinds['whole titles']!.push(query(typed))
    kinds['a word left out']!.push(query(typed.filter((_, k) => k !== left)))
    kinds['a letter left out']!.push(query(typed.with(longest, without)))
  }
  return kinds
}

async function openFinders(
  dataset: Dataset,
  { source, options }: Case,
  { threads, progress }: BenchContext,
): Promise<Finders> {
  const fitted = await fitSources(dataset, {
    ...{ surfaces: ['home'], sources: [source], sourceOptions: { [source]: options } },
    ...{ threads, seed: 1, progress },
  })
  const sources = openSources(fitted, 'home')
  const index = openItemSearch(fitItemSearch(itemTexts(dataset.catalog)))
  const isHidden = () => false
  return {
    both: (query) => searchItems(index, sources, query, ASKED, isHidden).items,
    words: (query) => index.search(query, ASKED, isHidden).items,
    near: (query) => sources[0]!.search!(index.itemsOfWords(query), ASKED).items,
  }
}

/** A row a metric: both against words alone; beside it what the source alone finds. */
function compare(
  what: string,
  queries: readonly Query[],
  finders: Finders,
  metrics: Record<string, Judge>,
  { note }: BenchContext,
): BenchRow[] {
  if (queries.length === 0) return []
  const hits = new Uint8Array(ASKED)
  const judge = (finder: Finder) =>
    queries.map(({ text, relevant, known }) => {
      const found = finder(text).filter((item) => !known.has(item))
      const marked = markHits(found, relevant, hits)
      return Object.values(metrics).map((metric) => metric(marked, relevant.length))
    })
  const found = { both: judge(finders.both), words: judge(finders.words), near: judge(finders.near) }
  return Object.keys(metrics).map((metric, m) => {
    const values = Float64Array.from(
      queries.flatMap((_, q) => [found.both[q]![m]!, found.words[q]![m]!, found.near[q]![m]!]),
    )
    const drawn = bootstrap(values, 3, Uint32Array.from(queries.keys()), queries.length)
    const [both, byWords, byNear] = Array.from(drawn.means) as [number, number, number]
    const { value, low, high } = differenceOf(drawn, 0, 1, bootstrapDefaults.confidence)
    note(
      `${what}, ${metric} of ${queries.length} queries: ${[both, byWords, byNear].map((mean) => mean.toFixed(3)).join(', ')} by both, words, nearness; both less words ${[value, low, high].map(signed).join(', ')}`,
    )
    const row = { metric: `${what}, ${metric}`, value: both, unit: 'mean', peer: 'words alone' }
    return { ...row, peerValue: byWords, ratio: both / byWords }
  })
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
