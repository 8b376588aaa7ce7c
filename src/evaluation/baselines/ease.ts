/** @file EASE as published, λ = 300 (Steck 2019): the strong linear baseline for catalogues of thousands. */

import { fitDenseEase } from '../../models/ease.ts'
import type { Baseline } from './baseline.ts'

const LAMBDA = 300
/** The reference stops here too: the weights are a dense square. */
const MAX_ITEMS = 12_000

export const easeBaseline: Baseline = {
  name: 'ease-300',
  summary: `linear autoencoder, λ = ${LAMBDA}, all weights`,
  unsuitable({ protocol, catalogue }) {
    if (protocol === 'sessions, temporal') return 'sessions use the last click'
    return catalogue.length > MAX_ITEMS ? `more than ${MAX_ITEMS} items` : null
  },
  fit({ matrix, threads, progress }) {
    const options = { lambda: LAMBDA, rowExponent: 0, minimumSupport: 1 }
    return fitDenseEase(matrix, options, threads, progress)
  },
  open(arrays) {
    const items = arrays.items as Uint32Array
    const weights = arrays.weights as Float32Array
    const size = items.length
    const sums = new Float64Array(size)
    const position = new Map(Array.from(items, (item, at) => [item, at]))
    return {
      score({ known }, scores) {
        sums.fill(0)
        for (const item of known) {
          const row = position.get(item)
          if (row === undefined) continue
          for (let j = 0, at = row * size; j < size; j++, at++) sums[j]! += weights[at]!
        }
        scores.fill(0)
        for (let j = 0; j < size; j++) scores[items[j]!] = sums[j]!
      },
    }
  },
}
