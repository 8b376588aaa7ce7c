/**
 * @file Training batches of the two-tower model: users with a part of their history as the query and another part as
 * targets, and one set of candidate items for all of them (targets of the batch, uniform negatives and hard ones).
 *
 * A candidate's score is corrected by the probability that it is there, so that the softmax over candidates is in the mean
 * that over the catalogue (Bengio and Senécal 2008; Yi et al. 2019). That probability is not the same for all users: a hard
 * negative follows from its user's query, and is there for certain in that row, while in another row it is there by chance.
 * So it counts once in its own row, where it would otherwise count as often as it is rare, and what is likely for a user but
 * no more than that would be held for bad. Elsewhere the chance counts that somebody brings it.
 */

import { type Csr, degree, rowOf } from '../../base/csr.ts'
import { createRandom, type Random, shuffle } from '../../base/random.ts'
import { sharedFloat32, sharedInt32, sharedUint32 } from '../../base/shared.ts'
import type { BatchTask, TrainBatch } from '../../nn/batches.ts'
import { type VectorMatrix, vectorAt } from '../../vectors/vector-matrix.ts'
import { type Conditions, drawConditions, narrowLabels } from './conditions.ts'
import { openHardNegatives, sharesOfLists } from './hard-negatives.ts'
import { openSolvedWeights, type Solving } from './solved-weights.ts'

/**
 * A history is summed, with weights that solve for what is wanted (`solved-weights.ts`), or by what its items say of each other
 * (`attention.ts`).
 */
export type Pooling = 'sum' | 'solved' | 'attention'

/** How batches are drawn. */
export interface BatchOptions {
  /** Users in a batch. */
  batch: number
  /** Items that a batch ranks: its targets, and uniform draws. */
  candidates: number
  /** Whether items that are nobody's target are drawn until there are enough candidates (Yang et al. 2020). */
  mixedNegatives: boolean
  /** Items besides, of each user, that go with the query and that the user has not had. */
  hardNegatives: number
  /** Query items of a user at most. */
  queryItems: number
  /** Sums ask for bags of items, attention for each of them. */
  pooling: Pooling
  /** Targets of a user at most. */
  targets: number
  /** Probability that a candidate's id is hidden, so that what an item is made of learns to stand alone. */
  hiddenIds: number
}

export interface TwoTowerExamples extends BatchOptions {
  /** Users × items, distinct, oldest first. */
  histories: Csr
  /** Users that teach, each with at least two items. */
  learners: Uint32Array
  /** Whether a target comes after the query items in time; else both are drawn from the whole history. */
  isOrdered: boolean
  /** Share of all targets that fall on each item: sums to 1. */
  popularity: Float32Array
  /** What items are made of; null when nothing is known. */
  content: VectorMatrix | null
  /** Items × items, what was taken together most; null without hard negatives. */
  neighbours: Csr | null
  /** Codes of each user's attributes, one array per attribute. */
  attributes: readonly Uint32Array[]
  /** What users may ask for; left out where nobody asks for anything. */
  conditions?: Conditions
  /** What weighs the items of histories; all count alike when left out. */
  solving?: Solving
  seed: number
}

/** Labels of (user, candidate); targets have their share, see `softmax-loss.ts`. */
const NEGATIVE = 0
const MASKED = -1
const OWN_HARD = 2

/** Batches in an epoch, all full: who is left over comes in another epoch's order. */
export const batchCount = ({ learners, batch }: TwoTowerExamples) =>
  Math.max(1, Math.floor(learners.length / batch))

/** Opens a maker of batches; the same task gives the same batch. */
export function openBatches(examples: TwoTowerExamples): (task: BatchTask) => TrainBatch {
  const { histories, learners, batch, candidates, pooling, content, conditions, seed } = examples
  const items = histories.columns
  const order = learners.slice()
  // Items that nobody had are no negatives: their rows would learn that nobody wants them.
  const warm = Uint32Array.from({ length: items }, (_, item) => item).filter(
    (item) => examples.popularity[item]! > 0,
  )
  const hard = openHard(examples)
  const weigh = openWeights(examples.solving)
  let shuffled = -1
  /** Place of an item among the candidates of the batch at hand, 0 = not there, else place + 1. */
  const places = new Uint32Array(items)
  return ({ epoch, index }) => {
    if (shuffled !== epoch) {
      order.set(learners)
      shuffle(order, createRandom(seed, epoch))
      shuffled = epoch
    }
    const batchNumber = epoch * batchCount(examples) + index
    const random = createRandom(seed ^ 0x62617463, batchNumber)
    const users = order.subarray(index * batch, Math.min(order.length, (index + 1) * batch))
    const parts = Array.from(users, (user) => divide(examples, user, random))
    const uniform = examples.mixedNegatives ? random : null
    const chosen = chooseCandidates(parts, places, warm, candidates, uniform)
    const hardOnes = parts.map((part, row) => hard.of(part.query, users[row]!))
    const all = addCandidates(chosen, hardOnes, places)
    const weights = parts.map(({ query }) => weigh(query))
    const asked = pooling === 'attention' ? rowsOf(parts) : bagsOf(parts, weights)
    const labels = labelsOf(parts, hardOnes, histories, users, places, all.length)
    const arrays: Record<string, Float32Array | Int32Array | Uint32Array> = {
      ...asked,
      candidates: hideSome(all, items, examples.hiddenIds, random),
      logQ: logInclusion(chosen, all, examples.popularity, hard.shares, users.length - 1),
      labels,
    }
    if (content) {
      arrays.content = contentOf(all, content)
      arrays['query/content'] =
        pooling === 'attention' ? contentOf(asked.query, content) : summedContent(parts, weights, content)
    }
    examples.attributes.forEach((codes, k) => {
      const own = sharedInt32(users.length)
      users.forEach((user, row) => {
        own[row] = codes[user]!
      })
      arrays[`attribute/${k}`] = own
    })
    if (conditions) {
      const targets = parts.map((part) => part.targets)
      arrays.condition = drawConditions(conditions, targets, seed, batchNumber)
      narrowLabels(labels, MASKED, arrays.condition, all, conditions)
    }
    for (const item of all) places[item] = 0
    return arrays
  }
}

interface Part {
  query: Uint32Array
  targets: Uint32Array
}

/** A user's items as query and targets. */
function divide(
  { histories, isOrdered, queryItems, targets }: TwoTowerExamples,
  user: number,
  random: Random,
): Part {
  const start = histories.offsets[user]!
  const count = degree(histories, user)
  const own = histories.targets.slice(start, start + count)
  if (isOrdered) {
    // What comes before a moment of the user's, and what comes after it.
    const cut = 1 + random.below(count - 1)
    const later = own.slice(cut)
    return {
      query: own.slice(Math.max(0, cut - queryItems), cut),
      targets: shuffle(later, random).slice(0, targets),
    }
  }
  shuffle(own, random)
  const most = Math.min(targets, Math.max(1, Math.floor(count / 2)))
  return { targets: own.slice(0, most), query: own.slice(most, most + queryItems) }
}

interface Hard {
  of(query: Uint32Array, user: number): Uint32Array
  /** Share of the users that bring each item; null when nobody brings any. */
  shares: Float64Array | null
}

function openHard(examples: TwoTowerExamples): Hard {
  const { histories, learners, neighbours, hardNegatives, seed } = examples
  if (!neighbours || hardNegatives === 0) return { of: () => new Uint32Array(0), shares: null }
  const find = openHardNegatives(neighbours, hardNegatives)
  const of = (query: Uint32Array, user: number) => find(query, rowOf(histories, user))
  const random = createRandom(seed ^ 0x68617264)
  const shares = sharesOfLists(histories.columns, learners.length, (k) =>
    of(divide(examples, learners[k]!, random).query, learners[k]!),
  )
  return { of, shares }
}

interface Chosen {
  items: Uint32Array
  /** Targets of the whole batch, and how many of the candidates were drawn uniformly. */
  drawn: number
  uniform: number
  catalogue: number
}

/** Distinct targets, in the order in which they come, then uniform draws until there are enough, when there is a `random`. */
function chooseCandidates(
  parts: readonly Part[],
  places: Uint32Array,
  warm: Uint32Array,
  wanted: number,
  random: Random | null,
): Chosen {
  const catalogue = warm.length
  const size = Math.min(wanted, catalogue)
  const items = sharedUint32(size)
  let count = 0
  let drawn = 0
  const take = (item: number) => {
    if (places[item] !== 0 || count === size) return
    items[count++] = item
    places[item] = count
  }
  for (const { targets } of parts) {
    // What is drawn when no place is left does not make an item any likelier to be there.
    if (count < size) drawn += targets.length
    targets.forEach(take)
  }
  const uniform = random ? size - count : 0
  while (random && count < size) take(warm[random.below(catalogue)]!)
  return { items: items.subarray(0, count), drawn, uniform, catalogue }
}

/** The chosen ones, and hard ones that are not there yet behind them: they take no other candidate's room. */
function addCandidates(
  { items: chosen }: Chosen,
  hardOnes: readonly Uint32Array[],
  places: Uint32Array,
): Uint32Array {
  const most = hardOnes.reduce((sum, own) => sum + own.length, chosen.length)
  if (most === chosen.length) return chosen
  const items = sharedUint32(most)
  items.set(chosen)
  let count = chosen.length
  for (const own of hardOnes) {
    for (const item of own) {
      if (places[item] !== 0) continue
      items[count++] = item
      places[item] = count
    }
  }
  return items.subarray(0, count)
}

/**
 * log of the probability that an item is among the candidates: by one of `drawn` targets, by one of the uniform draws, or as
 * a hard negative of one of the `others`, which the row of a user who has it not as their own sees.
 */
function logInclusion(
  { items, drawn, uniform, catalogue }: Chosen,
  all: Uint32Array,
  popularity: Float32Array,
  shares: Float64Array | null,
  others: number,
): Float32Array {
  const logs = sharedFloat32(all.length)
  const missed = Math.max(0, 1 - uniform / Math.max(1, catalogue - (items.length - uniform)))
  all.forEach((item, k) => {
    const notHard = shares ? (1 - shares[item]!) ** others : 1
    logs[k] = Math.log(Math.max(1e-9, 1 - missed * Math.exp(-drawn * popularity[item]!) * notHard))
  })
  return logs
}

/** The row behind the catalogue stands for an item whose id is not known. */
function hideSome(items: Uint32Array, unknown: number, share: number, random: Random): Uint32Array {
  if (share === 0) return items
  const hidden = sharedUint32(items.length)
  items.forEach((item, k) => {
    hidden[k] = random.float() < share ? unknown : item
  })
  return hidden
}

/** Of a user's query items, with squares that sum to 1: so long histories speak louder, but not in proportion. */
function openWeights(solving: Solving | undefined): (query: Uint32Array) => Float64Array {
  const solve = solving && openSolvedWeights(solving)
  return (query) => {
    if (!solve) return new Float64Array(query.length).fill(1 / Math.sqrt(query.length))
    const weights = new Float64Array(query.length).fill(1)
    solve(query, weights)
    const length = Math.hypot(...weights)
    return weights.map((weight) => weight / length)
  }
}

/** Query items as bags. */
function bagsOf(parts: readonly Part[], own: readonly Float64Array[]) {
  const ids = queryItemsOf(parts)
  const offsets = sharedUint32(parts.length + 1)
  const weights = sharedFloat32(ids.length)
  parts.forEach(({ query }, row) => {
    const from = offsets[row]!
    offsets[row + 1] = from + query.length
    weights.set(own[row]!, from)
  })
  return { query: ids, 'query/offsets': offsets, 'query/weights': weights }
}

/** Query items one by one, with the row of the user whom each is of. */
function rowsOf(parts: readonly Part[]) {
  const ids = queryItemsOf(parts)
  const rows = sharedInt32(ids.length)
  const scale = sharedFloat32(parts.length)
  let from = 0
  parts.forEach(({ query }, row) => {
    rows.fill(row, from, from + query.length)
    from += query.length
    scale[row] = 1 / Math.sqrt(query.length)
  })
  return { query: ids, 'query/row': rows, 'query/scale': scale }
}

/** User after user. */
function queryItemsOf(parts: readonly Part[]): Uint32Array {
  const ids = sharedUint32(parts.reduce((sum, { query }) => sum + query.length, 0))
  let from = 0
  for (const { query } of parts) {
    ids.set(query, from)
    from += query.length
  }
  return ids
}

/** What items are made of, one by one. */
function contentOf(items: Uint32Array, content: VectorMatrix): Float32Array {
  const own = sharedFloat32(items.length * content.dim)
  items.forEach((item, k) => {
    own.set(vectorAt(content, item), k * content.dim)
  })
  return own
}

/** What query items are made of together, weighted as in `bagsOf`. */
function summedContent(
  parts: readonly Part[],
  weights: readonly Float64Array[],
  content: VectorMatrix,
): Float32Array {
  const { dim } = content
  const asked = sharedFloat32(parts.length * dim)
  parts.forEach(({ query }, row) => {
    query.forEach((item, k) => {
      const weight = weights[row]![k]!
      const vector = vectorAt(content, item)
      for (let j = 0, at = row * dim; j < dim; j++) asked[at + j]! += weight * vector[j]!
    })
  })
  return asked
}

/**
 * Row-major users × candidates: a target's share of its user's targets, −1 for what the user has, 2 for what is hard for this
 * user, 0 for others.
 */
function labelsOf(
  parts: readonly Part[],
  hardOnes: readonly Uint32Array[],
  histories: Csr,
  users: Uint32Array,
  places: Uint32Array,
  width: number,
): Float32Array {
  const labels = sharedFloat32(users.length * width).fill(NEGATIVE)
  users.forEach((user, row) => {
    const start = row * width - 1
    for (let k = histories.offsets[user]!; k < histories.offsets[user + 1]!; k++) {
      const place = places[histories.targets[k]!]!
      if (place > 0) labels[start + place] = MASKED
    }
    const { targets } = parts[row]!
    const kept = targets.filter((item) => places[item] !== 0)
    for (const item of kept) labels[start + places[item]!] = 1 / kept.length
    for (const item of hardOnes[row]!) labels[start + places[item]!] = OWN_HARD
  })
  return labels
}
