/** @file A worker that chooses the bins of one feature at a time. */

import { serveTasks } from '../../base/worker-pool.ts'
import { categoricalBins, type FeatureBins, numericBins } from './feature-bins.ts'
import type { TreeOptions } from './tree-options.ts'

export interface BinsShared {
  /** Row-major, rows × width. */
  values: Float32Array
  width: number
  sampled: Uint32Array
  options: TreeOptions
}

export interface BinsTask {
  feature: number
  isCategorical: boolean
}

serveTasks(
  ({ values, width, sampled, options }: BinsShared) =>
    ({ feature, isCategorical }: BinsTask): FeatureBins => {
      const sample = new Float32Array(sampled.length)
      for (let k = 0; k < sampled.length; k++) sample[k] = values[sampled[k] * width + feature]
      return isCategorical ? categoricalBins(sample, options) : numericBins(sample, options)
    },
)
