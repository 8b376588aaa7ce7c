/** @file Planted taste clusters: some items everybody likes, each cluster has its own, and a few split the clusters. */

import type { Random } from '../../base/random.ts'
import type { TasteModel } from './taste-model.ts'

export interface PlantedOptions {
  clusters: number
  items: number
  /** Items that everybody likes alike, as a share: popular, and telling nothing. */
  universal: number
}

/** Like-rates are kept this far from 0 and 1: people err. */
const NOISE = 0.08

export function plantTastes({ clusters, items, universal }: PlantedOptions, random: Random): TasteModel {
  const likes = new Float64Array(clusters * items)
  for (let item = 0; item < items; item++) {
    const isUniversal = item < universal * items
    const own = random.below(clusters)
    // Of the others, some are liked by several clusters, some by one.
    const width = 1 + random.below(Math.ceil(clusters / 2))
    const common = 0.6 + 0.3 * random.float()
    for (let cluster = 0; cluster < clusters; cluster++) {
      const isLiked = (cluster - own + clusters) % clusters < width
      const like = isUniversal ? common : isLiked ? 0.75 + 0.2 * random.float() : 0.1 * random.float()
      likes[cluster * items + item] = NOISE + (1 - 2 * NOISE) * like
    }
  }
  const prior = Float64Array.from({ length: clusters }, () => 0.5 + random.float())
  const total = prior.reduce((sum, weight) => sum + weight, 0)
  for (let cluster = 0; cluster < clusters; cluster++) prior[cluster]! /= total
  const popularity = Float64Array.from({ length: items }, (_, item) => {
    let sum = 0
    for (let cluster = 0; cluster < clusters; cluster++)
      sum += prior[cluster]! * likes[cluster * items + item]!
    return sum
  })
  return { clusters, items, likes, prior, popularity }
}
