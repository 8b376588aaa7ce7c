/** @file Which rows and features each tree is fitted on. */

import { createRandom, shuffle } from '../../base/random.ts'
import type { TreeOptions } from './tree-options.ts'

export interface Sampling {
  /** Draws the rows of the next tree when it is time to: 1 = in the bag. */
  drawBag(trees: number, bag: Uint8Array): void
  /** Features of the next tree, ascending. */
  drawFeatures(): Uint32Array
}

/** Streams of the seed. */
const BAG_STREAM = 2
const FEATURE_STREAM = 3

export function openSampling(rows: number, features: number, options: TreeOptions, seed: number): Sampling {
  const { baggingFraction, baggingFreq, featureFraction } = options
  const rowRandom = createRandom(seed, BAG_STREAM)
  const featureRandom = createRandom(seed, FEATURE_STREAM)
  const all = Uint32Array.from({ length: features }, (_, f) => f)
  const wanted = Math.max(1, Math.round(featureFraction * features))
  return {
    drawBag(trees, bag) {
      const isBagging = baggingFreq > 0 && baggingFraction < 1
      if (!isBagging) {
        if (trees === 0) bag.fill(1)
      } else if (trees % baggingFreq === 0) {
        for (let row = 0; row < rows; row++) bag[row] = rowRandom.float() < baggingFraction ? 1 : 0
      }
    },
    drawFeatures: () =>
      wanted === features ? all : shuffle(all.slice(), featureRandom).subarray(0, wanted).slice().sort(),
  }
}
