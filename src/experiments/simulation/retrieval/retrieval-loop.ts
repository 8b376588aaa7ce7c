/**
 * @file A product that shows what it retrieves, as a closed loop: serve, click, log, and fit again every night, while new
 * items arrive. What differs between runs is how much better than expected a score is taken to be, always or by a draw.
 */

import { userDrawer } from '../../../data/world/events.ts'
import type { Exploration } from '../../../models/uncertainty/optimistic-search.ts'
import { secondMoment } from '../../../models/uncertainty/posterior.ts'
import { vectorAt, vectorMatrix } from '../../../vectors/vector-matrix.ts'
import { ImpressionLog } from '../impression-log.ts'
import type { SimulationOptions } from '../options.ts'
import { DAY_MS, dayRandom, openProduct, type Product } from '../product.ts'
import { Browsed } from './browsed.ts'
import { Matching, ORIGIN_DIM } from './match.ts'
import {
  fitRetrieval,
  type Known,
  LOGGED,
  openRetrieval,
  type Retrieval,
  type RetrievalModel,
} from './retrieval-model.ts'

/** An item is new for so long. */
export const NEW_MS = 7 * DAY_MS

/** One day, request by request. */
export interface RetrievalDay {
  /** From 0, the days in which nobody was optimistic yet included. */
  day: number
  users: Uint32Array
  /** Clicks that the list brings on average, by the truth: what was clicked, without its noise. */
  expectedClicks: Float64Array
  clicks: Uint8Array
  /** Of the shown items, those that were new; and clicks on them. */
  newShown: Uint8Array
  newClicks: Uint8Array
  /** Items shown to anybody that day, as a share of those that could be. */
  coverage: number
  /** The same of new items. */
  newCoverage: number
}

/** How it retrieves from the first optimistic day on. */
export interface RetrievalPolicy {
  /** β, see `BoundSearch` and `DrawSearch`. */
  optimism: number
  exploration: Exploration
}

/** What the product knows before it serves a day. */
export interface Morning {
  product: Product
  known: Known
  matching: Matching
  /** Of matches. */
  weights: Float64Array
  model: RetrievalModel
  day: number
  /** That can be shown. */
  items: Uint32Array
}

export interface RetrievalRunOptions extends RetrievalPolicy {
  /** Looks at what is known, and changes nothing. */
  eachMorning?(morning: Morning): void
  /** Days before the first optimistic one: until then all runs of a seed are the same. */
  plainDays: number
}

export function* runRetrievalLoop(
  options: SimulationOptions,
  { optimism, exploration, plainDays, eachMorning }: RetrievalRunOptions,
): Generator<RetrievalDay, void> {
  const browsed = new Browsed()
  const product = openProduct(options, (world, observed) => browsed.watch(world, observed, options.seed))
  const { weights, logOdds: browsedLogOdds } = browsed.fit()
  const matching = new Matching(product.world, product.observed)
  const labels = matching.labels()
  const origins = vectorMatrix(options.users, ORIGIN_DIM)
  for (let user = 0; user < options.users; user++) matching.origin(user, vectorAt(origins, user))
  const log = new ImpressionLog(LOGGED)
  const moment = secondMoment(origins)
  const known = { browsed, browsedLogOdds, log, origins, moment, items: options.items }
  const clicked = Array.from({ length: options.users }, () => new Set<number>())
  let model: RetrievalModel | null = null
  for (let day = 0; day < options.days; day++) {
    model = fitRetrieval(known, options.ownRequests, model)
    const items = itemsAt(product, day)
    eachMorning?.({ product, known, matching, weights, model, day, items })
    const retrieval = openRetrieval(model, labels, items, exploration)
    const serving = { product, known, matching, weights, model, retrieval, clicked }
    yield serve(serving, day, day < plainDays ? 0 : optimism)
  }
}

/** What is there in the morning: what arrives during a day is found from the next one on. */
function itemsAt({ world: { items }, begins }: Product, day: number): Uint32Array {
  return Uint32Array.from(items.createdAt.keys()).filter(
    (item) => items.hidden[item] === 0 && items.createdAt[item]! <= begins + day * DAY_MS,
  )
}

/** The seed of what is drawn for one request. */
function drawOf({ options: { seed, requestsPerDay } }: Product, day: number, request: number): number {
  return Math.imul(seed, 0x9e3779b1) ^ (day * requestsPerDay + request)
}

interface Serving {
  product: Product
  known: Known
  matching: Matching
  weights: Float64Array
  model: RetrievalModel
  retrieval: Retrieval
  /** What each user has clicked on in a list: it is not shown to them again. */
  clicked: Set<number>[]
}

function serve(
  { product, known: { log, origins }, matching, weights, model, retrieval, clicked }: Serving,
  day: number,
  optimism: number,
): RetrievalDay {
  const { world, observed, audience, options, begins } = product
  const { requestsPerDay, places } = options
  const random = dayRandom(product, day, 'requests')
  const clicking = dayRandom(product, day, 'clicks')
  const drawUser = userDrawer(world, random)
  const rowOf = new Uint32Array(world.items.count)
  retrieval.items.forEach((item, row) => {
    rowOf[item] = row
  })
  const query = new Float32Array(retrieval.dim)
  const outcome = new Uint8Array(places)
  const seen = new Set<number>()
  const result: RetrievalDay = {
    day,
    users: new Uint32Array(requestsPerDay),
    expectedClicks: new Float64Array(requestsPerDay),
    clicks: new Uint8Array(requestsPerDay),
    newShown: new Uint8Array(requestsPerDay),
    newClicks: new Uint8Array(requestsPerDay),
    coverage: 0,
    newCoverage: 0,
  }
  for (let request = 0; request < requestsPerDay; request++) {
    const time = begins + (day + (request + 0.5) / requestsPerDay) * DAY_MS
    const user = drawUser(time)
    matching.userVector(user, weights, query)
    const matches = query.slice(0, matching.dim)
    for (let k = 0; k < matching.dim; k++) query[k]! *= model.scale
    query.set(vectorAt(origins, user), matching.dim)
    const excluded = Uint32Array.from(clicked[user]!, (item) => rowOf[item]!)
    const found = retrieval.search(query, optimism, drawOf(product, day, request), places, excluded)
    const shown = found.items.map((row) => retrieval.items[row]!)
    result.users[request] = user
    result.expectedClicks[request] = audience.expectedClicks(user, shown, time)
    audience.show(user, shown, time, clicking, outcome)
    log.begin(shown.length)
    shown.forEach((item, place) => {
      const row = log.rows++
      const isClicked = outcome[place] === 1
      const isNew = world.items.createdAt[item]! > time - NEW_MS
      log.values.set([matching.score(matches, item), user], row * LOGGED.length)
      log.labels[row] = outcome[place]!
      log.items[row] = item
      log.places[row] = place
      log.propensities[row] = Number.NaN
      seen.add(item)
      if (isNew) result.newShown[request]!++
      if (!isClicked) return
      clicked[user]!.add(item)
      result.clicks[request]!++
      if (isNew) result.newClicks[request]!++
    })
    // After the log: a click changes what is known of the user.
    shown.forEach((item, place) => {
      observed.impression(user, item, time, outcome[place] === 1)
    })
  }
  const isNew = (item: number) => world.items.createdAt[item]! > begins + day * DAY_MS - NEW_MS
  const shareSeen = (items: Uint32Array) =>
    items.filter((item) => seen.has(item)).length / Math.max(1, items.length)
  result.coverage = shareSeen(retrieval.items)
  result.newCoverage = shareSeen(retrieval.items.filter(isNew))
  return result
}
