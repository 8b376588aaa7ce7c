/**
 * @file What is asked about and what answers mean: taste clusters, items that each cluster likes more or less, and what is
 * believed of somebody after some answers.
 */

/** Known from people whose taste is known already. */
export interface TasteModel {
  clusters: number
  items: number
  /** Row-major, clusters × items: probability that somebody of the cluster likes the item when asked, in (0, 1). */
  likes: Float64Array
  /** Share of the people in each cluster. */
  prior: Float64Array
  /** One per item: how many know and like it. */
  popularity: Float64Array
}

/** Bayes' rule: what is believed of the cluster after one more answer; written over `belief`. */
export function learnAnswer(model: TasteModel, belief: Float64Array, item: number, isLiked: boolean): void {
  let sum = 0
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    const like = model.likes[cluster * model.items + item]!
    belief[cluster]! *= isLiked ? like : 1 - like
    sum += belief[cluster]!
  }
  for (let cluster = 0; cluster < model.clusters; cluster++) belief[cluster]! /= sum
}

/** Probability that somebody of whom this is believed likes the item. */
export function likeOf(model: TasteModel, belief: Float64Array, item: number): number {
  let sum = 0
  for (let cluster = 0; cluster < model.clusters; cluster++) {
    sum += belief[cluster]! * model.likes[cluster * model.items + item]!
  }
  return sum
}

/** In bits. */
export function entropyOf(belief: Float64Array): number {
  return belief.reduce((sum, share) => (share > 0 ? sum - share * Math.log2(share) : sum), 0)
}

/** Of a yes or no, in bits. */
export function binaryEntropy(probability: number): number {
  return entropyOf(Float64Array.of(probability, 1 - probability))
}
