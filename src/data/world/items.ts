/** @file Items of the simulated world as columns: subject, look, place, quality, age, and what goes with what. */

import { createRandom, type Random, shuffle } from '../../base/random.ts'
import { periodOf, type WorldOptions } from './options.ts'
import { firstAbove, type Topics } from './topics.ts'
import { LANGUAGES, REGIONS } from './vocabulary.ts'

/** Marks an item that has no complement or sequel. */
export const NO_ITEM = 0xffffffff

/** Looks that a picture can have; nothing in text or category tells them. */
export const STYLES = 8

export interface WorldItems {
  count: number
  topic: Uint16Array
  /** Visual style, 0 … STYLES − 1. */
  style: Uint8Array
  /** 0 = of interest everywhere, else 1 + position in REGIONS. */
  region: Uint8Array
  /** Position in LANGUAGES. */
  language: Uint8Array
  /** Who made it, numbered within the topic; makers bring out sequels. */
  maker: Uint16Array
  /** In [0, 1). */
  quality: Float32Array
  /** How often it comes up, before anybody judges it: Zipf-like, > 0. */
  exposure: Float64Array
  /** ms since 1970. */
  createdAt: Float64Array
  hidden: Uint8Array
  /** What is bought along with it: an item of another topic, or NO_ITEM. */
  complement: Uint32Array
  /** What people go on to: an item of the same maker, or NO_ITEM. */
  sequel: Uint32Array
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000
/** Exposure of the r-th item goes with (r + 5)^−0.8: near Zipf's law, without one item that dwarfs all. */
const ZIPF_EXPONENT = 0.8
const ZIPF_OFFSET = 5
const REGIONAL_SHARE = 0.7
/** Regional items in the language of the region rather than the common one. */
const LOCAL_LANGUAGE_SHARE = 0.4
const COMPLEMENT_SHARE = 0.4
const ITEMS_PER_MAKER = 12

export function createItems(options: WorldOptions, topics: Topics): WorldItems {
  const count = options.items
  const random = createRandom(options.seed, 2)
  const items: WorldItems = {
    count,
    topic: new Uint16Array(count),
    style: new Uint8Array(count),
    region: new Uint8Array(count),
    language: new Uint8Array(count),
    maker: new Uint16Array(count),
    quality: new Float32Array(count),
    exposure: new Float64Array(count),
    createdAt: new Float64Array(count),
    hidden: new Uint8Array(count),
    complement: new Uint32Array(count).fill(NO_ITEM),
    sequel: new Uint32Array(count).fill(NO_ITEM),
  }
  const ranks = shuffle(
    Uint32Array.from({ length: count }, (_, k) => k),
    random,
  )
  const makers = Math.max(1, Math.round(count / topics.count / ITEMS_PER_MAKER))
  for (let item = 0; item < count; item++) {
    // The first items give every topic one that is there from the start, for all to see.
    const isFirst = item < topics.count
    items.topic[item] = isFirst ? item : firstAbove(topics.cumulated, random.float(), 0, topics.count - 1)
    items.style[item] = random.below(STYLES)
    items.region[item] = random.float() < REGIONAL_SHARE ? 1 + drawRegion(random) : 0
    items.language[item] = localLanguage(items.region[item], random, LOCAL_LANGUAGE_SHARE)
    items.maker[item] = random.below(makers)
    items.quality[item] = (random.float() + random.float()) / 2
    items.exposure[item] = (ranks[item] + ZIPF_OFFSET) ** -ZIPF_EXPONENT * (0.5 + items.quality[item])
    items.createdAt[item] = creation(options, isFirst, random)
    items.hidden[item] = random.float() < options.hidden && !isFirst ? 1 : 0
  }
  plantSequels(items)
  if (topics.count > 1) plantComplements(items, random)
  return items
}

/** Regions shrink from the first to the last: shares of about 30, 24, 19, 15 and 12 %. */
export function drawRegion(random: Random): number {
  const share = random.float()
  let sum = 0
  for (let region = 0; region < REGIONS.length - 1; region++) {
    sum += 0.8 ** region * (0.2 / (1 - 0.8 ** REGIONS.length))
    if (share < sum) return region
  }
  return REGIONS.length - 1
}

/**
 * The language of somebody or something from a region (0 = everywhere).
 *
 * @param share how often it is the region's own rather than the common one
 */
export function localLanguage(region: number, random: Random, share: number): number {
  const own = region === 0 ? 0 : region % LANGUAGES.length
  return random.float() < share ? own : 0
}

function creation(options: WorldOptions, isFirst: boolean, random: Random): number {
  const { start, end } = periodOf(options)
  const isOld = random.float() < options.itemsAtStart || isFirst
  return isOld ? start - Math.floor(random.float() * YEAR_MS) : start + random.below(end - start)
}

/** The next item, in order of creation, of the same topic, maker and region. */
function plantSequels(items: WorldItems): void {
  const latest = new Map<string, number>()
  const order = Uint32Array.from(items.createdAt.keys()).sort(
    (a, b) => items.createdAt[a] - items.createdAt[b] || a - b,
  )
  for (const item of order) {
    const series = `${items.topic[item]} ${items.maker[item]} ${items.region[item]} ${items.language[item]}`
    const before = latest.get(series)
    if (before !== undefined) items.sequel[before] = item
    latest.set(series, item)
  }
}

/** Pairs across topics that the same people can buy: same region, same language, the complement no younger. */
function plantComplements(items: WorldItems, random: Random): void {
  const alike = new Map<number, number[]>()
  for (let item = 0; item < items.count; item++) {
    const kind = items.region[item] * LANGUAGES.length + items.language[item]
    const found = alike.get(kind)
    if (found) found.push(item)
    else alike.set(kind, [item])
  }
  for (let item = 0; item < items.count; item++) {
    const candidates = alike.get(items.region[item] * LANGUAGES.length + items.language[item])!
    if (random.float() >= COMPLEMENT_SHARE) continue
    for (let attempt = 0; attempt < 20; attempt++) {
      const other = candidates[random.below(candidates.length)]
      if (items.topic[other] === items.topic[item]) continue
      if (items.createdAt[other] > items.createdAt[item] || items.hidden[other]) continue
      items.complement[item] = other
      break
    }
  }
}
