/** @file What to ask a newcomer next: four policies for onboarding, each a score of what has not been asked yet. */

import { binaryEntropy, likeOf, type TasteModel } from './taste-model.ts'

/**
 * Chooses the next item to ask about.
 *
 * @param belief of the clusters so far
 * @param asked items that were asked about, in their order
 * @returns an item not asked about yet; there must be one
 */
export type Elicitor = (model: TasteModel, belief: Float64Array, asked: readonly number[]) => number

/** What most people like: what is done where nothing is measured. */
export const askPopular: Elicitor = (model, _belief, asked) =>
  best(model, asked, (item) => model.popularity[item]!)

/** What it is least certain that they like, whatever that tells about their taste. */
export const askUncertain: Elicitor = (model, belief, asked) =>
  best(model, asked, (item) => binaryEntropy(likeOf(model, belief, item)))

/** Whose answer tells most about the taste: mutual information of answer and cluster. */
export const askInformative: Elicitor = (model, belief, asked) =>
  best(model, asked, (item) => informationGain(model, belief, item))

/** What clusters that nothing asked so far stood for like more than others do: greedy coverage, whatever the answers. */
export const askDiverse: Elicitor = (model, _belief, asked) => {
  const lift = (cluster: number, item: number) =>
    model.likes[cluster * model.items + item]! - model.popularity[item]!
  const covered = new Float64Array(model.clusters)
  for (const item of asked) {
    for (let cluster = 0; cluster < model.clusters; cluster++) {
      covered[cluster] = Math.max(covered[cluster]!, lift(cluster, item))
    }
  }
  return best(model, asked, (item) => {
    let gain = 0
    for (let cluster = 0; cluster < model.clusters; cluster++) {
      gain += model.prior[cluster]! * Math.max(0, lift(cluster, item) - covered[cluster]!)
    }
    return gain
  })
}

export const ELICITORS = {
  popularity: askPopular,
  entropy: askUncertain,
  'information-gain': askInformative,
  diversity: askDiverse,
} as const satisfies Record<string, Elicitor>

/** Expected decrease of the entropy of the belief by the answer, in bits. */
export function informationGain(model: TasteModel, belief: Float64Array, item: number): number {
  let within = 0
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    within += belief[cluster]! * binaryEntropy(model.likes[cluster * model.items + item]!)
  }
  return binaryEntropy(likeOf(model, belief, item)) - within
}

/** Ties go to the smaller number. */
function best(model: TasteModel, asked: readonly number[], score: (item: number) => number): number {
  let found = -1
  let most = Number.NEGATIVE_INFINITY
  for (let item = 0; item < model.items; item++) {
    if (asked.includes(item)) continue
    const value = score(item)
    if (value > most) {
      most = value
      found = item
    }
  }
  return found
}
